"""Whether the pairs of customers who may be one are what the customers' own rows say."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from customers.services.comparing import (
    actors,
    check_pairs,
    compare_pending,
    note_everyone,
    places,
)


class Command(BaseCommand):
    help = (
        "Compare those who wait for it, then check everybody's keys and pairs against the "
        "customers' own rows. Names what differs, and then fails."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rebuild", action="store_true", help="compare everyone anew, after a repair in SQL"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            for actor in actors():
                with transaction.atomic():
                    note_everyone(actor=actor)
        compared = compare_pending()
        self.stdout.write(f"{compared} customers compared.")
        faults = 0
        for place in places():
            found = check_pairs(place)
            faults += not found.is_none
            self.stdout.write(
                f"{place.organization_id} {place.environment}: {found.missing_keys} keys missing, "
                f"{found.wrong_keys} wrong; {found.missing_pairs} pairs missing, "
                f"{found.wrong_pairs} wrong"
            )
        if faults:
            raise CommandError("Run it with --rebuild.")

"""Demo data."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from core.clock import now
from core.database_roles import as_owner
from core.tenancy.models import Organization
from crm.demo.organizations import plans
from crm.demo.seeding import MANY, seed


class Command(BaseCommand):
    help = (
        "Fill the database with plausible demo organizations and customers. The same seed gives "
        "the same data, with times counted from "
        "today. For development: outside it the command refuses unless forced, for the demo's "
        "passwords and keys are public."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--customers",
            type=int,
            metavar="N",
            help="customers of the first organization (1000; a second gets a fifth of that); with "
            "more than two organizations the total "
            "of all: a fifth in the first, the rest spread evenly",
        )
        parser.add_argument(
            "--organizations", type=int, default=2, metavar="M", help="how many organizations (2)"
        )
        parser.add_argument(
            "--seed", default="1", metavar="S", help="other seeds give other data (1)"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="do nothing when there is any organization"
        )
        parser.add_argument("--force", action="store_true", help="also outside development")

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():  # who writes very many rows takes indexes away meanwhile
            self._seed(options)

    def _seed(self, options: dict[str, Any]) -> None:
        if options["if_empty"] and Organization.objects.exists():
            return
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "Demo data has public passwords and keys: outside development (DEBUG=true) add "
                "--force to have it all the same."
            )
        if options["organizations"] < 1 or (options["customers"] or 0) < 0:
            raise CommandError(
                "There must be one organization or more, and no negative number of customers."
            )
        wanted = plans(customers=options["customers"], organizations=options["organizations"])
        taken = Organization.objects.filter(slug__in=[plan.slug for plan in wanted]).values_list(
            "slug", flat=True
        )
        if taken:
            raise CommandError(
                f"There already is an organization called {', '.join(sorted(taken)[:3])}: demo "
                "data goes into an empty database."
            )
        started = time.monotonic()
        seed(wanted, seed=options["seed"], today=now().date())
        total = sum(plan.customers for plan in wanted)
        if connection.vendor == "postgresql" and total >= MANY:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM (ANALYZE)")
        took = time.monotonic() - started
        self.stdout.write(
            f"Demo data: {total:,} customers in {len(wanted)} organization{'s' * (len(wanted) > 1)}"
            f", in {took:.1f} s."
        )

"""Everything held on one customer, written to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import NotFound
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers.selectors.lookup import parse_customer_id
from customers.services.archive import archive_customer


class Command(BaseCommand):
    help = "Write the archive of a customer (a ZIP of JSON, CSV and a readable page) to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", metavar="ID")
        parser.add_argument("--organization", metavar="SLUG", required=True)
        parser.add_argument("--environment", choices=Environment.values, default=Environment.LIVE)
        parser.add_argument("--output", metavar="FILE", help="customer-<ID>.zip unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        key = parse_customer_id(options["customer"])
        if organization is None or key is None:
            raise CommandError("There is no such organization or customer")
        actor = Actor.system(
            organization=organization,
            label="write_archive command",
            environment=options["environment"],
        )
        path = Path(options["output"] or f"customer-{key}.zip")
        try:
            with path.open("x+b") as file:
                archive_customer(actor=actor, customer_id=key, file=file)
        except FileExistsError as error:
            raise CommandError(f"{path} is there already") from error
        except NotFound as error:
            path.unlink()
            raise CommandError("There is no such organization or customer") from error
        self.stdout.write(f"{path}")

"""Everything held on one customer, written to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from core.commands import OrganizationCommand
from core.errors import NotFound
from customers.selectors.lookup import parse_customer_id
from customers.services.archive import archive_customer


class Command(OrganizationCommand):
    help = "Write the archive of a customer (a ZIP of JSON, CSV and a readable page) to a file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", metavar="ID")
        super().add_arguments(parser)
        parser.add_argument("--output", metavar="FILE", help="customer-<ID>.zip unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = self.actor_of(options, label="write_archive command")
        key = parse_customer_id(options["customer"])
        if key is None:
            raise CommandError(f"There is no customer {options['customer']}")
        path = Path(options["output"] or f"customer-{key}.zip")
        try:
            with path.open("x+b") as file:
                archive_customer(actor=actor, customer_id=key, file=file)
        except FileExistsError as error:
            raise CommandError(f"{path} is there already") from error
        except NotFound as error:
            path.unlink()
            raise CommandError(f"There is no customer {options['customer']}") from error
        self.stdout.write(f"{path}")

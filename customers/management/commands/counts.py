"""The counts that lists and statistics read, compared with the customers and repaired."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers.counts import are_kept, differences, repair


class Command(BaseCommand):
    help = (
        "Name every kept count that isn't the number of customers it is of (exit 1 if any); "
        "--repair brings them up to date. Both while others write."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not are_kept():
            self.stdout.write("This database counts customers whenever it is asked.")
            return
        if options["repair"]:
            self.stdout.write(f"{repair()} counts repaired")
            return
        wrong = differences()
        for organization, environment, dimension, value, *by in wrong:
            missing = ", ".join(map(str, by))
            self.stdout.write(f"{organization} {environment}: {dimension} {value!r}: {missing}")
        if wrong:
            raise CommandError(f"{len(wrong)} counts differ; --repair brings them up to date")
        self.stdout.write("All counts are the numbers of customers.")

"""Scheduled tasks by hand."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from core.jobs.schedule import run_periodic


class Command(BaseCommand):
    help = "Run one scheduled task now, due or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(settings.SCHEDULE))

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{options['name']}: {run_periodic(options['name'], whenever=True)}")

"""Scheduled tasks by hand."""

from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Run one task of the schedule now, in this process, due or not."

    def add_arguments(self, parser: CommandParser) -> None:
        tasks = sorted(entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values())
        parser.add_argument("task", choices=tasks)

    def handle(self, *args: Any, **options: Any) -> None:
        result = current_app.tasks[options["task"]].apply(throw=True).get()
        self.stdout.write(f"{options['task']}: {result}")

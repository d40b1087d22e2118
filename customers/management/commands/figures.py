"""Computed values of customers, compared with their source rows and repaired."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers.services.recalculation import disagreements, recalculate_organization


class Command(BaseCommand):
    help = (
        "Name every customer whose computed values differ from its source rows (exit 1 if any); "
        "--repair brings them up to date."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="only this one")
        parser.add_argument("--repair", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for actor in actors(options["organization"]):
            name = f"{actor.organization.slug} {actor.environment}"
            if options["repair"]:
                changed = recalculate_organization(actor=actor, progress=self._progress(name))
                self.stdout.write(f"{name}: {changed} customers repaired")
                continue
            for customer_id, columns in disagreements(actor=actor):
                wrong += 1
                self.stdout.write(f"{name}: {customer_id}: {', '.join(columns)}")
        if wrong:
            raise CommandError(f"{wrong} customers differ; --repair brings them up to date")
        if not options["repair"]:
            self.stdout.write("All computed values equal their source rows.")

    def _progress(self, name: str) -> Any:
        def show(done: int, total: int) -> None:
            if self.stdout.isatty():
                self.stdout.write(
                    f"\r{name}: {done:,} of {total:,}", ending="" if done < total else "\n"
                )

        return show


def actors(slug: str | None) -> Iterator[Actor]:
    """The system, in each environment of the named organization, or of all."""
    organizations = Organization.objects.filter(slug=slug) if slug else Organization.objects.all()
    if slug and not organizations.exists():
        raise CommandError(f"There is no organization {slug}")
    for organization in organizations:
        for environment in Environment.values:
            yield Actor.system(
                organization=organization, label="figures command", environment=environment
            )

"""What management commands share."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization


class DomainCommand(BaseCommand):
    """What the domain, the disk or the network refuses is told in a sentence, without a trace."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Raises CommandError."""
        try:
            return super().execute(*args, **options)
        except DomainError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            where = f"{error.filename2 or error.filename}: " if error.filename else ""
            raise CommandError(f"{where}{error.strerror or error}") from error


def organization_called(slug: str) -> Organization:
    """Raises CommandError."""
    organization = Organization.objects.filter(slug=slug).first()
    if organization is None:
        raise CommandError(f"There is no organization {slug}")
    return organization


class OrganizationCommand(DomainCommand):
    """Works in one environment of one organization, as its system."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", required=True)
        parser.add_argument("--environment", choices=Environment.values, default=Environment.LIVE)

    def actor_of(self, options: dict[str, Any], *, label: str) -> Actor:
        """Raises CommandError."""
        organization = organization_called(options["organization"])
        return Actor.system(
            organization=organization, label=label, environment=options["environment"]
        )

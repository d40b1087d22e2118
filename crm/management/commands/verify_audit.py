"""Whether the audit trail is as it was sealed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit.models import AuditSeal
from core.audit.verifying import Verification, verify_everything
from core.tenancy.actor import Actor
from core.tenancy.models import Organization


class Command(BaseCommand):
    help = (
        "Verify the audit trails of all organizations, seal by seal. Names what was altered, put "
        "in or taken out, and then fails."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--organization", help="its short name; all unless given")
        parser.add_argument(
            "--head", help="a head that was noted earlier, which must still be among the seals"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Organization.objects.order_by("pk")
        if slug := options["organization"]:
            chosen = chosen.filter(slug=slug)
            if not chosen.exists():
                raise CommandError(f"No organization is called {slug}.")
        faults = sum(
            self.write_report(actor, report) for actor, report in verify_everything(chosen)
        )
        head = options["head"]
        if head and not AuditSeal.objects.unscoped().filter(digest=head).exists():
            faults += 1
            self.stdout.write(f"No seal has the head {head}: the trail was cut short.")
        if faults:
            raise CommandError(f"{faults} faults.")

    def write_report(self, actor: Actor, report: Verification) -> int:
        """Writes what was found. Returns how many faults."""
        self.stdout.write(
            f"{actor.organization.slug} {actor.environment}: {report.entries} entries under "
            f"{report.seals} seals, {report.waiting} not sealed yet, head {report.head or 'none'}: "
            f"{'verified' if report.is_sound else f'{report.faults} faults'}"
        )
        for sentence in report.told:
            self.stdout.write(f"  {sentence}")
        return report.faults

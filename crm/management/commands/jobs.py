"""Background work from the command line: looked at, followed, called off."""

import time
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet

from core.commands import DomainCommand, organization_called
from core.ids import parse_id
from core.jobs.models import ACTIVE, Job
from core.jobs.services import cancel
from core.tenancy.actor import Actor

LOOK = 1.0
"""Seconds between looks at a job that is followed."""


class Command(DomainCommand):
    help = "List the newest background jobs; follow one until it ends, or call it off."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="only this one's")
        parser.add_argument("--limit", type=int, default=20)
        one = parser.add_mutually_exclusive_group()
        one.add_argument(
            "--follow",
            metavar="ID",
            help="show its progress until it ends; exit 1 unless it succeeds",
        )
        one.add_argument("--cancel", metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Job.objects.unscoped().select_related("organization").order_by("-pk")
        if options["organization"]:
            rows = rows.filter(organization=organization_called(options["organization"]))
        if options["follow"]:
            self._follow(self._one(rows, options["follow"]).pk)
        elif options["cancel"]:
            job = self._one(rows, options["cancel"])
            actor = Actor.system(
                organization=job.organization, label="jobs command", environment=job.environment
            )
            self._show(cancel(actor=actor, job_id=job.pk))
        else:
            for job in rows[: max(0, options["limit"])]:
                self._show(job)

    def _one(self, rows: "QuerySet[Job]", text: str) -> Job:
        job = rows.filter(pk=parse_id(text)).first()
        if job is None:
            raise CommandError(f"There is no job {text}")
        return job

    def _follow(self, key: UUID) -> None:
        while (
            job := Job.objects.unscoped().select_related("organization").get(pk=key)
        ).state in ACTIVE:
            if self.stdout.isatty():
                self.stdout.write(f"\r{job.state}: {job.done:,} of {job.total or '?'}", ending="")
            time.sleep(LOOK)
        self._show(job)
        if job.state != "succeeded":
            raise CommandError(f"The job {job.state}. {job.error}".strip())

    def _show(self, job: Job) -> None:
        place = f"{job.organization.slug} {job.environment}"
        amount = f"{job.done:,} of {job.total:,}" if job.total is not None else f"{job.done:,}"
        told = job.error or " ".join(f"{name}={value}" for name, value in job.result.items())
        self.stdout.write(
            (
                f"{job.pk}  {job.created_at:%Y-%m-%d %H:%M}  {place:20} {job.kind:14} "
                f"{job.state:10} {amount:18} {told}"
            ).rstrip()
        )

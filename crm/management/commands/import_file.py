"""Imports from the command line."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from core.commands import OrganizationCommand
from core.imports.models import FileImport
from core.imports.options import OnMatch, Options, RowKey
from core.imports.reports import REFUSED, ImportOutcome
from core.imports.services import check_import, get_import, import_rows, problems, run_import
from core.jobs.models import JobState
from core.jobs.services import run_now
from core.tenancy.actor import Actor


class Command(OrganizationCommand):
    help = (
        "Check a file of customers, projects, transactions, interactions or appointments, and with "
        "--run import it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("resource", choices=settings.IMPORTS)
        parser.add_argument("file", type=Path)
        super().add_arguments(parser)
        parser.add_argument("--run", action="store_true", help="write the rows that can be written")
        parser.add_argument("--on-match", choices=OnMatch.values, default=OnMatch.UPDATE)
        parser.add_argument("--match", choices=RowKey.values, nargs="+", metavar="KEY")
        parser.add_argument(
            "--column",
            metavar="HEADER=FIELD",
            action="append",
            default=[],
            help="what a column means, nothing to leave it out; repeatable",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        actor = self.actor_of(options, label="import command")
        chosen = {"on_match": options["on_match"], "match": options["match"]}
        if odd := [text for text in options["column"] if "=" not in text]:
            raise CommandError(f"--column {odd[0]}: write HEADER=FIELD, or HEADER= to leave it out")
        mapping = dict(text.rpartition("=")[::2] for text in options["column"])
        row = check_import(
            actor=actor,
            resource=options["resource"],
            data=options["file"].read_bytes(),
            filename=options["file"].name,
            options=Options.load({name: value for name, value in chosen.items() if value}),
            mapping={header: name or None for header, name in mapping.items()},
        )
        row = self._done(actor, row)
        if options["run"]:
            row = self._done(actor, run_import(actor=actor, import_id=row.pk))
        self._tell(actor, row)

    def _done(self, actor: Actor, row: FileImport) -> FileImport:
        """The import when its job has ended: this process does it, if no worker has begun."""
        job = row.run_job or row.check_job
        assert job is not None
        if job.state == JobState.QUEUED:
            run_now(job)
        found: FileImport = get_import(actor=actor, import_id=row.pk)
        job = found.run_job or found.check_job
        assert job is not None
        if job.state != JobState.SUCCEEDED:
            raise CommandError(job.error or f"It is {job.state}; see import {row.pk}")
        return found

    def _tell(self, actor: Actor, row: FileImport) -> None:
        counts = [f"{getattr(row, outcome.value):,} {outcome.value}" for outcome in ImportOutcome]
        done = "imported" if row.run_job else "checked, nothing is written yet"
        self.stdout.write(f"{row.rows:,} rows {done}: {', '.join(counts)}")
        refused = import_rows(actor=actor, import_id=row.pk).filter(outcome__in=REFUSED)
        for each in refused.order_by("line")[:20]:
            self.stdout.write(f"line {each.line}: {'; '.join(problems(each))}")

"""Checking and writing files in the background. Safe to begin again."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.db.models import F

from core.changes.selectors import kept_since
from core.characters import replace_unstorable
from core.imports.files import clean_files, delete_file
from core.imports.models import FileImport, FileImportRow
from core.imports.reports import (
    REFUSED,
    ImportOutcome,
    Report,
    RowResult,
    as_json,
    as_list,
)
from core.imports.resources import import_resource
from core.imports.services import forget_rows, read_import
from core.imports.uploads import Upload
from core.inserting import insert
from core.jobs.running import Run
from core.jobs.tasks import job_task
from core.tenancy.actor import Actor


@dataclass(slots=True)
class ImportCheckpoint:
    """
    Where an import's job stands: counts and rows of the report are written in the transaction of
    the rows that they tell of.
    """

    run: Run
    row: FileImport
    upload: Upload
    cells: dict[int, dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.cells = {line.number: line.cells for line in self.upload.lines}

    def load(self) -> Counter[str]:
        return Counter({name: getattr(self.row, name) for name in ImportOutcome.values})

    def progress(self, rows: int) -> None:
        self.run.progress(rows)

    def save(self, report: Report) -> None:
        actor = self.run.actor
        self._insert(actor, report.results)
        counts = Counter(result.outcome.value for result in report.results)
        FileImport.objects.for_actor(actor).filter(pk=self.row.pk).update(
            rows=F("rows") + len(report.results),
            **{name: F(name) + number for name, number in counts.items()},
        )
        self.run.done = report.rows
        self.run.keep({"rows": report.rows, **report.counts})

    def _insert(self, actor: Actor, results: Sequence[RowResult]) -> None:
        insert(
            [
                FileImportRow.objects.new(
                    actor,
                    file_import_id=self.row.pk,
                    line=result.line,
                    outcome=result.outcome.value,
                    row_id=result.row_id,
                    matched_by=result.matched_by,
                    reason=result.reason,
                    faults=as_json(result.faults),
                    remarks=as_json(result.remarks),
                    cells=self._cells(result.line) if result.outcome in REFUSED else {},
                )
                for result in results
            ]
        )

    def _cells(self, line: int) -> dict[str, str]:
        cells = self.cells[line]
        return {header: replace_unstorable(cell) for header, cell in cells.items()}

    def save_check(self, report: Report) -> None:
        """
        What a check found: its own rows were rolled back. In pieces, for whoever would call it off,
        or erases somebody, waits for the job's row meanwhile; a check that is begun again forgets
        them.
        """
        with transaction.atomic():
            forget_rows(self.row)
            FileImport.objects.for_actor(self.run.actor).filter(pk=self.row.pk).update(
                notes=as_list(report.notes)
            )
            self.run.keep({})
        results, report.results = report.results, []
        for start in range(0, len(results), 5000):
            report.results = results[start : start + 5000]
            with transaction.atomic():
                self.save(report)
            report.let_go()


def _of(run: Run) -> FileImport:
    return FileImport.objects.for_actor(run.actor).get(pk=UUID(run.parameters["import"]))


def _asker(run: Run) -> Actor:
    """Who asked for it: what is written is theirs."""
    return replace(run.actor, kind=run.job.asked_by_kind, id=run.job.asked_by_id)


@job_task
def check_import(run: Run) -> dict[str, Any]:
    """What would become of the rows of a file: outcome → rows. Nothing of it is kept."""
    row = _of(run)
    upload, options, columns = read_import(row)
    checkpoint = ImportCheckpoint(run, row, upload)
    report = import_resource(row.resource).run(
        actor=_asker(run),
        upload=upload,
        options=options,
        mapping=columns,
        dry_run=True,
        checkpoint=checkpoint,
    )
    checkpoint.save_check(report)
    return {"rows": report.rows, **report.counts}


@job_task
def write_import(run: Run) -> dict[str, Any]:
    """
    The rows of a checked file: outcome → rows. Begun again, it goes on after those that are
    written.
    """
    row = _of(run)
    if not row.file:  # an earlier attempt had come to the end
        return {"rows": row.rows, **{name: getattr(row, name) for name in ImportOutcome.values}}
    upload, options, columns = read_import(row)
    report = import_resource(row.resource).run(
        actor=_asker(run),
        upload=upload,
        options=options,
        mapping=columns,
        checkpoint=ImportCheckpoint(run, row, upload),
    )
    FileImport.objects.for_actor(run.actor).filter(pk=row.pk).update(file="", corrections={})
    delete_file(row.file)
    return {"rows": report.rows, **report.counts}


@shared_task
def clean_imports() -> int:
    """
    Deletes uploaded files once nobody may import them any more, and reports once what they tell of
    can't be taken back any more. Returns how many files.
    """
    old = FileImport.objects.unscoped().filter(created_at__lt=kept_since())
    rows = FileImportRow.objects.unscoped().filter(file_import__in=old.values("pk"))
    rows._raw_delete(rows.db)
    old.delete()
    return clean_files()

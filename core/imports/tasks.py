"""Imports in the background. Each app's tasks name its nouns."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from celery import shared_task

from core.imports.files import clean_files, delete_file, read_file
from core.imports.options import Options
from core.imports.reports import Report
from core.jobs.running import Run


@dataclass(frozen=True, slots=True)
class JobCheckpoint:
    """A job's result tells how far its rows are written: both are written in one transaction."""

    run: Run

    def load(self) -> Report | None:
        return Report.load(self.run.job.result) if "rows_left_out" in self.run.job.result else None

    def save(self, report: Report) -> None:
        self.run.progress(report.rows)
        if not report.dry_run:
            self.run.keep(report.dump())


def import_stored(run: Run, service: Callable[..., Report]) -> dict[str, Any]:
    """
    Checks or imports a job's stored file through `service`, as who asked for it, and answers the
    report (`Report.dump`). Begun again, it goes on after the rows that are written.
    """
    asked, checkpoint = run.parameters, JobCheckpoint(run)
    options = Options.load(asked)
    report = checkpoint.load()
    if report is None or not report.recorded:
        report = service(
            actor=replace(run.actor, kind=run.job.asked_by_kind, id=run.job.asked_by_id),
            upload=read_file(asked["file"], options.encoding),
            options=options,
            dry_run=asked["dry_run"],
            checkpoint=checkpoint,
        )
    if not asked["dry_run"]:
        delete_file(asked["file"])
    return report.dump()


@shared_task
def clean_imports() -> int:
    """Deletes uploaded files that were never imported, once nobody may confirm them any more."""
    return clean_files()

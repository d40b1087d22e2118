"""Exports in the background."""

from pathlib import Path
from typing import Any

from celery import shared_task
from django.core.files import File

from core.exports import files
from core.exports.services import selection_of
from core.exports.streaming import Format, Selection
from core.jobs.running import Run
from core.jobs.tasks import job_task


@job_task
def write_export(run: Run) -> dict[str, Any]:
    """
    Writes the file and hands it to the storage: {"file", "rows", "bytes"}. Until then nobody sees
    it, so nobody sees half of it; each attempt writes a file of its own.
    """
    form = Format(run.parameters["format"])
    name = f"{run.job.pk.hex}-{run.job.attempts}.{form}"
    with files.workplace(run.job) as folder:
        path = folder / name
        rows = _write(selection_of(actor=run.actor, parameters=run.parameters), form, path, run)
        with path.open("rb") as file:
            return {
                "file": files.storage().save(name, File(file)),
                "rows": rows,
                "bytes": path.stat().st_size,
            }


def _write(selection: Selection, form: Format, path: Path, run: Run) -> int:
    if form == Format.XLSX:
        return selection.workbook(path, run.progress)
    with path.open("wb") as file:
        for piece in selection.text(form, run.progress):
            file.write(piece)
    return run.done


@shared_task
def clean_exports() -> int:
    """Deletes the files of exports that have expired, and strays."""
    return files.clean_exports()

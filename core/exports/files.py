"""
Where exported files lie, and that they go: finished ones in the storage called `exports`, which all
machines share; what is being written, in a folder of the writing machine.
"""

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import transaction

from core.clock import now
from core.ids import parse_id
from core.jobs.models import ACTIVE, Job, JobState


def storage() -> Storage:
    return storages["exports"]


def expires_at(job: Job) -> dt.datetime | None:
    """When the file goes; None where there is none (any more)."""
    if job.finished_at is None or "file" not in job.result:
        return None
    expiry: dt.datetime = job.finished_at + settings.EXPORT_EXPIRY
    return expiry


def drop_file(job: Job) -> None:
    """
    Deletes a finished export's file, when the transaction commits. Should that fail,
    `clean_exports` finds a file that no job knows.
    """
    name = job.result.pop("file")
    job.save(update_fields=["result"])
    transaction.on_commit(lambda: storage().delete(name), robust=True)


@contextmanager
def workplace(job: Job) -> Iterator[Path]:
    """
    A folder for writing the job's file, gone afterwards; so are those that killed workers of this
    machine left.
    """
    _clear_workplace()
    folder = Path(settings.EXPORT_WORKPLACE) / f"{job.pk.hex}-{job.attempts}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_workplace() -> None:
    """
    Folders are listed before running jobs are asked for: a job that begins in between has its
    folder later, one listed here runs.
    """
    root = Path(settings.EXPORT_WORKPLACE)
    folders = list(root.iterdir()) if root.exists() else []
    running = {
        key.hex
        for key in Job.objects.unscoped()
        .filter(state=JobState.RUNNING)
        .values_list("pk", flat=True)
    }
    for folder in folders:
        if folder.name.partition("-")[0] not in running:
            shutil.rmtree(folder, ignore_errors=True)


def clean_exports() -> int:
    """
    Deletes the files of exports that have expired, and those that no export knows (a worker died
    saving them). Returns how many.
    """
    _clear_workplace()
    expired = Job.objects.unscoped().filter(
        result__has_key="file", finished_at__lte=now() - settings.EXPORT_EXPIRY
    )
    count = 0
    for job in expired.order_by("pk").iterator(chunk_size=500):
        drop_file(job)
        count += 1
    return count + sum(_drop_stray(name) for name in _names())


def _names() -> list[str]:
    try:
        return storage().listdir("")[1]
    except FileNotFoundError:  # nothing was ever exported
        return []


def _drop_stray(name: str) -> int:
    key = parse_id(name.partition("-")[0])
    job = Job.objects.unscoped().filter(pk=key).first() if key else None
    if job is not None and (job.state in ACTIVE or job.result.get("file") == name):
        return 0
    storage().delete(name)
    return 1

"""
Taking rows in from an uploaded file: a job checks it, and when somebody has looked at the report, a
job imports it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from core.clock import now
from core.errors import Gone, NotFound
from core.imports.files import CONFIRM_WITHIN, KIND, delete_file, load_file, save_file
from core.imports.options import USUAL, Options
from core.imports.uploads import read_upload
from core.jobs.models import ACTIVE, Job, JobState
from core.jobs.services import run_now, start
from core.rows import get_row
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes

FEW = 500
"""Rows that are checked and imported while the caller waits."""


def check_import(*, actor: Actor, resource: str, data: bytes, options: Options = USUAL) -> Job:
    """
    A job that runs the import of a file without keeping anything; its result is the report. Of a
    small file it has ended already.

    Raises Forbidden, TooLarge, and Malformed for what isn't a table; then nothing is stored.
    """
    actor.require(Permission.IMPORT)
    total = len(read_upload(data, options.encoding).lines)
    asked = {"resource": resource, "file": save_file(data), "dry_run": True}
    return _run_if_small(_start(actor=actor, parameters=asked | options.dump(), total=total))


def check_again(*, actor: Actor, check_id: UUID, options: Options) -> Job:
    """
    Another check of the same file, otherwise read. Raises what `check_import` does, and NotFound
    and Gone where the file isn't there any more.
    """
    asked = get_import(actor=actor, job_id=check_id).parameters
    data = load_file(asked.get("file", ""))
    return check_import(actor=actor, resource=asked["resource"], data=data, options=options)


def confirm_import(*, actor: Actor, check_id: UUID) -> Job:
    """
    A job that imports the file of a check; of a small file it has ended already. Asked for again,
    the same job is the answer.

    Raises Forbidden and NotFound, and Gone when the check isn't the actor's own or too long ago.
    """
    return _run_if_small(_confirm(actor=actor, check_id=check_id))


def imports(*, actor: Actor) -> "QuerySet[Job]":
    """The organization's checks and imports. Raises Forbidden."""
    actor.require(Permission.IMPORT)
    return Job.objects.for_actor(actor).filter(kind=KIND)


def get_import(*, actor: Actor, job_id: UUID) -> Job:
    """Raises Forbidden and NotFound."""
    job = imports(actor=actor).filter(pk=job_id).first()
    if job is None:
        raise NotFound("Import", job_id)
    return job


def withdraw_imports(*, actor: Actor) -> None:
    """
    Takes back the files and reports of every import of the actor's organization and environment;
    what is under way stops.

    Erasing a customer needs it, for their data may stand in any of them. Call it in the erasure's
    transaction.
    """
    rows = Job.objects.for_actor(actor).filter(kind=KIND).select_for_update(no_key=True)
    for job in rows.order_by("pk"):
        if job.state in ACTIVE:
            job.error = "Withdrawn: a customer was erased; import the file again."
            job.cancel_asked = True
        if job.state == JobState.QUEUED:
            job.state, job.finished_at = JobState.CANCELLED, now()
        if name := job.parameters.pop("file", ""):
            transaction.on_commit(partial(delete_file, name), robust=True)
        if "rows_left_out" in job.result:
            job.result |= {"rows_left_out": [], "notes": []}
        job.save(
            update_fields=["state", "finished_at", "cancel_asked", "error", "parameters", "result"]
        )


@writes(Permission.IMPORT)
def _confirm(*, actor: Actor, check_id: UUID) -> Job:
    check = get_row(Job, actor=actor, key=check_id, lock=True)
    asked = check.parameters
    if check.kind != KIND or not asked.get("dry_run"):
        raise NotFound("Import", check_id)
    if "confirmed" in asked:
        return get_import(actor=actor, job_id=UUID(asked["confirmed"]))
    there = check.state == JobState.SUCCEEDED and "file" in asked
    if not there or check.asked_by_id != actor.id or check.created_at < now() - CONFIRM_WITHIN:
        raise Gone("The check of this file has expired. Choose the file again.")
    parameters = {**asked, "dry_run": False}
    job = _start(actor=actor, parameters=parameters, total=check.total or 0)
    check.parameters["confirmed"] = str(job.pk)
    check.save(update_fields=["parameters"])
    return job


@writes(Permission.IMPORT)
def _start(*, actor: Actor, parameters: Mapping[str, Any], total: int) -> Job:
    job = start(
        actor=actor,
        kind=KIND,
        task=settings.IMPORT_TASKS[parameters["resource"]],
        permission=Permission.IMPORT,
        parameters=parameters,
        send=total > FEW,
    )
    job.total = total
    job.save(update_fields=["total"])
    return job


def _run_if_small(job: Job) -> Job:
    if (job.total or 0) <= FEW and job.state == JobState.QUEUED:
        run_now(job)
        job.refresh_from_db()
    return job

"""Taking rows out: permitted, audited, streamed at once or written to a file in the background."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.audit.ledger import record
from core.clock import now
from core.errors import Gone, NotFound, NotReady
from core.exports.files import drop_file, expires_at, storage
from core.exports.streaming import Selection, parse_format
from core.exports.tables import ExportColumn, ExportTable, table
from core.filters import Conditions
from core.jobs.filters import JobConditions
from core.jobs.models import ACTIVE, Job, JobState
from core.jobs.services import cancel, jobs, start
from core.rows import get_row
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes

KIND = "export"


@writes(Permission.EXPORT)
def start_export(
    *, actor: Actor, resource: str, form: str, columns: Mapping[str, str], conditions: Conditions
) -> Job:
    """
    A job that writes the rows of the table `resource` that meet `conditions` to a file of format
    `form`.

    `columns` maps the file's headers, in order, to columns of the table. Raises Forbidden and
    Invalid (resource, columns, format); then nothing is started.
    """
    wanted = table(resource)
    rows = _selection(actor, wanted, columns, conditions)[0]
    chosen = {"columns": list(columns.items()), "conditions": conditions.dump()}
    left_out = count_left_out(actor=actor, resource=resource, conditions=conditions)
    parameters = {
        "resource": resource,
        "format": parse_format(form),
        **chosen,
        **({} if left_out is None else {"left_out": left_out}),
    }
    job = start(
        actor=actor,
        kind=KIND,
        task="core.exports.tasks.write_export",
        permission=_permission_for(wanted.get_columns(list(columns.values())), conditions),
        parameters=parameters,
    )
    job.total = rows.count()
    job.save(update_fields=["total"])
    _record(actor, resource, columns, job.total)
    return job


def _permission_for(columns: Sequence[ExportColumn], conditions: Conditions) -> Permission:
    """What whoever takes the file has to have, as whoever asked for it had."""
    special = [column.permission for column in columns if column.permission]
    return Permission([*special, conditions.permission or Permission.EXPORT][0])


def count_left_out(*, actor: Actor, resource: str, conditions: Conditions) -> int | None:
    """
    How many rows a rule keeps out of the export (who hasn't agreed to marketing, of one for that);
    None where there is no such rule. Raises Forbidden and Invalid.
    """
    others = conditions.left_out()
    if others is None:
        return None
    number: int = table(resource).rows(actor=actor, conditions=others).count()
    return number


def is_withdrawn(job: Job) -> bool:
    """
    Whether the export no longer knows which rows it was asked for (`withdraw_exports`), so that it
    can't begin anew.
    """
    return job.cancel_asked and bool(job.error) and not job.parameters["conditions"]


@writes(Permission.EXPORT)
def start_again(*, actor: Actor, job_id: UUID) -> Job:
    """
    Another export of the same rows, columns and format, as they are now. Raises Forbidden, NotFound
    and Gone.
    """
    job = get_export(actor=actor, job_id=job_id)
    if is_withdrawn(job):
        raise Gone("What this export was asked for is forgotten; start a new one")
    asked = job.parameters
    conditions = table(asked["resource"]).load_conditions(asked["conditions"])
    columns = dict(asked["columns"])
    return start_export(
        actor=actor,
        resource=asked["resource"],
        form=asked["format"],
        columns=columns,
        conditions=conditions,
    )


@writes(Permission.EXPORT)
def export(
    *,
    actor: Actor,
    resource: str,
    columns: Mapping[str, str],
    conditions: Conditions,
    order: Sequence[Any] = (),
) -> Selection:
    """
    The same rows at once, to be streamed. The audit keeps that they were taken, by whom, and which
    columns.

    Raises Forbidden and Invalid.
    """
    rows, selection = _selection(actor, table(resource), columns, conditions, order)
    _record(actor, resource, columns, rows.count())
    return selection


def selection_of(*, actor: Actor, parameters: Mapping[str, Any]) -> Selection:
    """The rows and columns that a started export's parameters mean."""
    wanted = table(parameters["resource"])
    return _selection(
        actor, wanted, dict(parameters["columns"]), wanted.load_conditions(parameters["conditions"])
    )[1]


def exports(*, actor: Actor, conditions: JobConditions | None = None) -> "QuerySet[Job]":
    """
    The organization's exports that meet the conditions, under way and done. Raises Forbidden.
    """
    return jobs(actor=actor, conditions=conditions).filter(kind=KIND)


def get_export(*, actor: Actor, job_id: UUID) -> Job:
    """Raises Forbidden and NotFound."""
    job = exports(actor=actor).filter(pk=job_id).first()
    if job is None:
        raise NotFound("Export", job_id)
    return job


def download(*, actor: Actor, job_id: UUID) -> tuple[Any, Job]:
    """
    The finished file, open for reading. The audit keeps who took it.

    Raises Forbidden, NotFound, NotReady while it is being written, and Gone when it has expired,
    failed or been withdrawn.
    """
    job = get_export(actor=actor, job_id=job_id)
    if job.state in ACTIVE:
        raise NotReady("The export isn't finished yet")
    expiry = expires_at(job)
    if expiry is None or expiry <= now():
        raise Gone("The file of this export is no longer there; start it again")
    try:
        file = storage().open(job.result["file"])
    except FileNotFoundError as error:
        raise Gone("The file of this export is no longer there; start it again") from error
    record(actor, "export.downloaded", subject=job)
    return file, job


@writes(Permission.EXPORT)
def delete_export(*, actor: Actor, job_id: UUID) -> None:
    """
    Calls off an export under way, or deletes the file of a finished one. Raises Forbidden and
    NotFound.
    """
    job = get_export(actor=actor, job_id=job_id)
    if job.state in ACTIVE:
        cancel(actor=actor, job_id=job.pk)
        return
    job = get_row(Job, actor=actor, key=job_id, lock=True)
    if "file" in job.result:
        drop_file(job)
        record(actor, "export.deleted", subject=job)


def withdraw_exports(*, actor: Actor) -> None:
    """
    Takes back every export of the actor's organization and environment: what is under way stops,
    files go, and so does what was asked.

    Erasing a customer needs it, for their data may stand in any of them. Call it in the erasure's
    transaction.
    """
    for job in (
        Job.objects.for_actor(actor).filter(kind=KIND).select_for_update(no_key=True).order_by("pk")
    ):
        if job.state == JobState.QUEUED:
            job.state, job.finished_at = JobState.CANCELLED, now()
        job.cancel_asked = True
        job.error = job.error or "Withdrawn: a customer was erased; start it again."
        job.parameters["conditions"] = {}
        job.save(update_fields=["state", "finished_at", "cancel_asked", "error", "parameters"])
        if "file" in job.result:
            drop_file(job)


def _selection(
    actor: Actor,
    wanted: ExportTable,
    columns: Mapping[str, str],
    conditions: Conditions,
    order: Sequence[Any] = (),
) -> "tuple[QuerySet[Any], Selection]":
    """The rows, and the columns of them. Raises Forbidden and Invalid."""
    chosen = dict(zip(columns, wanted.get_columns(list(columns.values())), strict=True))
    for column in chosen.values():
        if column.permission:
            actor.require(column.permission)
    rows = wanted.rows(actor=actor, conditions=conditions)
    return rows, Selection(rows.order_by(*(order or wanted.order)), chosen, actor=actor)


def _record(actor: Actor, resource: str, columns: Mapping[str, str], rows: int) -> None:
    record(
        actor,
        f"{resource}.exported",
        changes={"columns": (None, sorted(columns)), "rows": (None, rows)},
    )

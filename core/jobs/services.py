"""Asking for background work, following it, calling it off."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from core.audit.ledger import record
from core.clock import now
from core.errors import NotFound
from core.jobs.filters import JobConditions
from core.jobs.models import ACTIVE, Job, JobState
from core.rows import get_row
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission


def start(
    *,
    actor: Actor,
    kind: str,
    permission: Permission,
    parameters: Mapping[str, Any],
    single: bool = False,
) -> Job:
    """
    A queued job; a worker begins it after the transaction commits, or when the organization's
    running job of the kind has ended.

    Call it in a service; `permission` is what that service asks. Of a `single` kind no second one
    waits: the one that does is given back, and doesn't begin before this transaction has ended.
    (The database refuses a second that comes at the same moment, which `@writes` makes a Conflict.)
    Raises Forbidden.
    """
    assert kind in settings.JOB_KINDS, kind
    actor.require(permission)
    alike = Job.objects.for_actor(actor).filter(kind=kind, state=JobState.QUEUED, single=True)
    waiting = alike.select_for_update().first() if single else None
    if waiting is not None:
        return waiting
    asked_by = {"asked_by_kind": actor.kind, "asked_by_id": actor.id, "asked_by": actor.label}
    job = Job.objects.add(
        actor,
        kind=kind,
        permission=permission,
        single=single,
        parameters=dict(parameters),
        **asked_by,
    )
    record(actor, f"job.{kind}", subject=job)
    transaction.on_commit(lambda: dispatch(job.pk), robust=True)
    return job


def dispatch(job_id: UUID) -> None:
    """Tells a worker; should that fail, the sweep finds the job."""
    import_string(settings.JOB_DISPATCH)(job_id)


def jobs(*, actor: Actor, conditions: JobConditions | None = None) -> "QuerySet[Job]":
    """The organization's jobs that meet the conditions. Raises Forbidden."""
    actor.require(Permission.EXPORT)
    return (conditions or JobConditions()).apply(Job.objects.for_actor(actor))


def job(*, actor: Actor, job_id: UUID) -> Job:
    """Raises Forbidden and NotFound."""
    row = jobs(actor=actor).filter(pk=job_id).first()
    if row is None:
        raise NotFound("Job", job_id)
    return row


def cancel(*, actor: Actor, job_id: UUID) -> Job:
    """
    Calls a job off: at once while queued, within seconds while running; a finished one stays as it
    is.

    Raises Forbidden unless the actor might have asked for it, and NotFound.
    """
    with transaction.atomic():
        row = get_row(Job, actor=actor, key=job_id, lock=True)
        actor.require(Permission(row.permission))
        if row.state in ACTIVE:
            row.cancel_asked = True
            if row.state == JobState.QUEUED:
                row.state, row.finished_at = JobState.CANCELLED, now()
            row.save(update_fields=["cancel_asked", "state", "finished_at"])
            record(actor, "job.cancelled", subject=row)
    return row

"""Asking for background work, following it, calling it off."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.db.models import QuerySet

from core.audit.ledger import record
from core.clock import now
from core.errors import NotFound
from core.jobs.filters import JobConditions
from core.jobs.models import ACTIVE, Job, JobState
from core.rows import get_row
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission

FORGOTTEN = 600
"""
Seconds after which nobody acts on a message: the sweep sends a fresh one every half minute, and
stale ones mustn't pile up.
"""

TELLING = (Permission.VIEW_DELETED, Permission.VIEW_SENSITIVE)
"""A job that takes one of these tells what others may not see."""


def start(
    *,
    actor: Actor,
    kind: str,
    task: str,
    permission: Permission,
    parameters: Mapping[str, Any],
    single: bool = False,
    send: bool = True,
) -> Job:
    """
    A queued job; a worker begins it after the transaction commits, or when the organization's
    running job of the kind has ended.

    `task` names the Celery task that does it (a `job_task`); of one `kind` the organization runs
    one at a time. Call it in a service; `permission` is what that service asks. Of a `single` task
    no second one waits: the one that does is given back, and doesn't begin before this transaction
    has ended.
    (The database refuses a second that comes at the same moment, which `@writes` makes a Conflict.)
    Without `send` no worker hears of it for now, for the caller runs it itself; should that fail,
    the sweep finds it.
    Raises Forbidden.
    """
    actor.require(permission)
    alike = Job.objects.for_actor(actor).filter(task=task, state=JobState.QUEUED, single=True)
    waiting = alike.select_for_update().first() if single else None
    if waiting is not None:
        return waiting
    asked_by = {"asked_by_kind": actor.kind, "asked_by_id": actor.id, "asked_by": actor.label}
    job = Job.objects.add(
        actor,
        kind=kind,
        task=task,
        permission=permission,
        single=single,
        parameters=dict(parameters),
        **asked_by,
    )
    record(actor, f"job.{kind}", subject=job)
    if send:
        transaction.on_commit(lambda: dispatch(job), robust=True)
    return job


def dispatch(job: Job) -> None:
    """Tells a worker; should that fail, the sweep finds the job."""
    current_app.send_task(job.task, [str(job.pk)], expires=FORGOTTEN)


def run_now(job: Job) -> None:
    """Runs a job in this process; another worker's, or one that has to wait, is left alone."""
    current_app.tasks[job.task](str(job.pk))


def jobs(*, actor: Actor, conditions: JobConditions | None = None) -> "QuerySet[Job]":
    """
    The organization's jobs that meet the conditions, without those about rows that the actor may
    not see. Raises Forbidden.
    """
    actor.require(Permission.EXPORT)
    rows = Job.objects.for_actor(actor)
    hidden = [permission for permission in TELLING if not actor.may(permission)]
    if hidden:
        rows = rows.exclude(permission__in=hidden)
    return (conditions or JobConditions()).apply(rows)


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

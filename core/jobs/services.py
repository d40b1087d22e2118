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
from core.jobs.models import ACTIVE, Job, JobState
from core.rows import found
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission


def start(*, actor: Actor, kind: str, parameters: Mapping[str, Any]) -> Job:
    """
    A queued job; a worker begins it after the transaction commits.

    Call it in a service that has asked the actor's permission. An organization runs one job of a kind at a time: the database refuses a
    second, which `@writes` makes a Conflict.
    """
    assert kind in settings.JOB_KINDS, kind
    job = Job.objects.add(
        actor, kind=kind, parameters=dict(parameters), asked_by_kind=actor.kind, asked_by_id=actor.id, asked_by=actor.label
    )
    record(actor, f"job.{kind}", subject=job)
    transaction.on_commit(lambda: dispatch(job.pk), robust=True)
    return job


def dispatch(job_id: UUID) -> None:
    """Tells a worker; should that fail, the sweep finds the job."""
    import_string(settings.JOB_DISPATCH)(job_id)


def jobs(*, actor: Actor) -> "QuerySet[Job]":
    """The organization's jobs. Raises Forbidden."""
    actor.require(Permission.EXPORT)
    return Job.objects.for_actor(actor)


def cancel(*, actor: Actor, job_id: UUID) -> Job:
    """
    Calls a job off: at once while queued, at its next step while running; a finished one stays as it is.

    Raises Forbidden and NotFound.
    """
    actor.require(Permission.EXPORT)
    with transaction.atomic():
        job = found(Job, actor=actor, key=job_id, lock=True)
        if job.state in ACTIVE:
            job.cancel_asked = True
            if job.state == JobState.QUEUED:
                job.state, job.finished_at = JobState.CANCELLED, now()
            job.save(update_fields=["cancel_asked", "state", "finished_at"])
            record(actor, "job.cancelled", subject=job)
    return job

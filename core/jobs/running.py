"""
Running jobs so that each takes effect once: a lease says who works, a sweep hands on what a dead worker left.

Work registered in `settings.JOB_KINDS` must be safe to begin again: after a kill it is.
"""

import datetime as dt
import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.db.models import F, Q
from django.utils.module_loading import import_string

from core.clock import now
from core.errors import DomainError
from core.jobs.models import Job, JobState
from core.jobs.services import dispatch
from core.tenancy.actor import Actor

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
MOST_ATTEMPTS = 3


class Cancelled(Exception):
    """The job has been called off, or taken over by another worker: stop, write nothing more."""


class Run:
    """A job in the hands of one worker."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.parameters: dict[str, Any] = job.parameters
        self.actor = Actor.system(organization=job.organization, label=job.asked_by, environment=job.environment).at(
            address="", request_id=job.pk.hex, via="job"
        )

    def progress(self, done: int, total: int | None = None) -> None:
        """Says how far the work is, and renews the lease. Call it at least every half minute. Raises Cancelled."""
        mine = Job.objects.unscoped().filter(pk=self.job.pk, state=JobState.RUNNING, attempts=self.job.attempts, cancel_asked=False)
        known = {"total": total} if total is not None else {}
        if not mine.update(done=done, lease_until=now() + LEASE, **known):
            raise Cancelled


def run(job_id: UUID) -> None:
    """Runs a job unless another worker has it. Its failure is kept in its row; nothing is raised for it."""
    job = _claim(job_id)
    if job is None:
        return
    try:
        result = import_string(settings.JOB_KINDS[job.kind])(Run(job))
        _finish(job, JobState.SUCCEEDED, result=result or {})
    except Cancelled:
        _finish(job, JobState.CANCELLED)
    except DomainError as error:
        _finish(job, JobState.FAILED, error=error.message)
    except DatabaseError:
        log.exception("job failed; the sweep tries it again")
    except Exception:
        _finish(job, JobState.FAILED, error="An unexpected error; its cause is in the log under this job's id.")
        log.exception("job failed", extra={"job": str(job_id)})
        raise


def sweep() -> int:
    """Hands on every job whose worker is dead or never heard of it; fails those that killed several. Returns how many."""
    moment = now()
    lost = Job.objects.unscoped().filter(state=JobState.RUNNING, lease_until__lt=moment)
    lost.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=JobState.FAILED, finished_at=moment, error="Stopped: its worker died again and again.", lease_until=None
    )
    waiting = Job.objects.unscoped().filter(
        Q(state=JobState.RUNNING, lease_until__lt=moment) | Q(state=JobState.QUEUED, created_at__lt=moment - LEASE / 2)
    )
    keys = list(waiting.values_list("pk", flat=True)[:1000])
    for key in keys:
        dispatch(key)
    return len(keys)


def _claim(job_id: UUID) -> Job | None:
    moment = now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=moment)
    taken = (
        Job.objects.unscoped()
        .filter(free, pk=job_id, attempts__lt=MOST_ATTEMPTS)
        .update(state=JobState.RUNNING, started_at=moment, lease_until=moment + LEASE, attempts=F("attempts") + 1, done=0)
    )
    return Job.objects.unscoped().select_related("organization").get(pk=job_id) if taken else None


def _finish(job: Job, state: str, **values: Any) -> None:
    Job.objects.unscoped().filter(pk=job.pk, attempts=job.attempts, state=JobState.RUNNING).update(
        state=state, finished_at=now(), lease_until=None, **values
    )

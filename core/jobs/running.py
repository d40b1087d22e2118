"""
Running jobs so that each takes effect once: a lease says who works, a sweep hands on what a dead
worker left.

The work must be safe to begin again: after a kill it is.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, Q

from core.clock import now
from core.errors import DomainError
from core.jobs.models import Job, JobState
from core.jobs.services import dispatch
from core.tenancy.actor import Actor

log = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=30)
BEAT = 5.0
"""Seconds between a worker's signs of life."""

MOST_ATTEMPTS = 3

EXCLUSIVE = ("organization_id", "environment", "kind")
"""Of jobs alike in these one runs at a time."""


class Cancelled(Exception):
    """The job has been called off, or taken over by another worker: stop, write nothing more."""


class Run:
    """
    A job in the hands of one worker. Its work calls `progress` between steps; a thread renews the
    lease meanwhile.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.parameters: dict[str, Any] = job.parameters
        self.done, self.total = job.done, job.total
        actor = Actor.system(
            organization=job.organization, label=job.asked_by, environment=job.environment
        ).at(address="", request_id=job.pk.hex, via="job")
        # whatever attempt changes it
        self.actor = replace(actor, change_set=job.pk)
        self._lost = threading.Event()
        self._over = threading.Event()

    def progress(self, done: int, total: int | None = None) -> None:
        """Says how far the work is. Raises Cancelled when it is to stop."""
        self.done = done
        self.total = self.total if total is None else total
        if self._lost.is_set():
            raise Cancelled

    def renew(self) -> None:
        """
        Tells the database that the work goes on, and how far it is; finds out whether it is still
        wanted.
        """
        if not self._update(done=self.done, total=self.total, lease_until=now() + LEASE):
            self._lost.set()

    def keep(self, result: Mapping[str, Any]) -> None:
        """
        Keeps what is done so far, in the work's own transaction: another attempt finds it in
        `job.result` exactly when it finds the work done. Raises Cancelled when the job is no longer
        wanted or another worker's.
        """
        if not self._update(result=result, done=self.done):
            raise Cancelled

    def _update(self, **values: Any) -> bool:
        """Whether the job was still this worker's and wanted."""
        mine = Job.objects.unscoped().filter(
            pk=self.job.pk, state=JobState.RUNNING, attempts=self.job.attempts, cancel_asked=False
        )
        return bool(mine.update(**values))

    @contextmanager
    def alive(self) -> Iterator[None]:
        """
        Renews the lease from a thread of its own, for the work's connection may be busy for minutes
        with one statement.
        """
        thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            try:
                self.renew()
            except DatabaseError:
                log.warning("a job's lease could not be renewed", exc_info=True)
            finally:
                connection.close()


def run_job(job_id: UUID, work: Callable[[Run], Mapping[str, Any] | None]) -> None:
    """
    Does a job's work unless another worker has it, or its organization runs another of the kind.
    What `work` returns is the job's result; its failure is kept in its row.

    Raises what is a defect, for the runner's log.
    """
    job = _claim(job_id)
    if job is None:
        return
    run = Run(job)
    try:
        with run.alive():
            result = work(run)
        if not _finish(run, JobState.SUCCEEDED, result=result or {}):
            raise Cancelled
    except Cancelled:
        _finish(run, JobState.CANCELLED)
    except DomainError as error:
        _finish(run, JobState.FAILED, error=error.message)
    except DatabaseError:
        log.exception("job failed; the sweep tries it again")
        return
    except Exception:
        _finish(
            run,
            JobState.FAILED,
            error="An unexpected error; its cause is in the log under this job's id.",
        )
        _send_next(job)
        raise
    _send_next(job)


def sweep() -> int:
    """
    Hands on every job whose worker is dead or never heard of it; fails those that killed several.
    Returns how many.

    Of those that wait for each other only the first is sent; when it ends, it sends the next.
    """
    moment = now()
    lost = Job.objects.unscoped().filter(state=JobState.RUNNING, lease_until__lt=moment)
    lost.filter(attempts__gte=MOST_ATTEMPTS).update(
        state=JobState.FAILED,
        finished_at=moment,
        error="Stopped: its worker died again and again.",
        lease_until=None,
    )
    lost.filter(cancel_asked=True).update(
        state=JobState.CANCELLED, finished_at=moment, lease_until=None
    )
    waiting = Job.objects.unscoped().filter(
        Q(state=JobState.RUNNING, lease_until__lt=moment)
        | Q(state=JobState.QUEUED, created_at__lt=moment - LEASE)
    )
    first: dict[Any, Job] = {}
    for job in waiting.order_by("-state", "pk").only("task", *EXCLUSIVE):
        first.setdefault(tuple(getattr(job, name) for name in EXCLUSIVE), job)
    for job in first.values():
        dispatch(job)
    return len(first)


def _claim(job_id: UUID) -> Job | None:
    moment = now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=moment)
    wanted = Job.objects.unscoped().filter(
        free, pk=job_id, attempts__lt=MOST_ATTEMPTS, cancel_asked=False
    )
    try:
        with transaction.atomic():
            taken = wanted.update(
                state=JobState.RUNNING,
                started_at=moment,
                lease_until=moment + LEASE,
                attempts=F("attempts") + 1,
                done=0,
            )
    except IntegrityError:  # another of its kind runs; when that ends, this one is sent again
        return None
    return Job.objects.unscoped().select_related("organization").get(pk=job_id) if taken else None


def _finish(run: Run, state: str, **values: Any) -> bool:
    """
    Whether the end could be told: the job was still this worker's (and, to have succeeded, still
    wanted).
    """
    mine = Job.objects.unscoped().filter(
        pk=run.job.pk, attempts=run.job.attempts, state=JobState.RUNNING
    )
    if state == JobState.SUCCEEDED:
        mine = mine.filter(cancel_asked=False)
    told = mine.update(
        state=state, finished_at=now(), lease_until=None, done=run.done, total=run.total, **values
    )
    return bool(told)


def _send_next(job: Job) -> None:
    """Sends the job of the same kind and place that has waited longest."""
    alike = Job.objects.unscoped().filter(
        organization=job.organization_id, environment=job.environment, kind=job.kind
    )
    waiting = alike.filter(state=JobState.QUEUED).order_by("pk").first()
    if waiting is not None:
        dispatch(waiting)

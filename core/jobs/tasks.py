"""
Tasks that do a job, and the tasks that look after jobs.

A job's task is an ordinary Celery task whose message holds the job's id. Its function is given the
`Run` instead, when this worker has the job's lease; what it returns is the job's result.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from celery import Task, shared_task

from core.clock import now
from core.jobs import running
from core.jobs.models import ACTIVE, Job
from core.jobs.running import Run

KEPT = dt.timedelta(days=90)


class JobTask(Task):  # type: ignore[misc]
    """
    A task that runs under its job's lease (`core.jobs.running`), and so takes effect once however
    often the message comes and whatever dies. Its function must be safe to begin again.
    """

    abstract = True
    soft_time_limit = 6 * 3600
    """Seconds. A job told so ends failed, with its cause in the log; one killed is tried again."""
    time_limit = soft_time_limit + 60

    def __call__(self, job_id: str) -> None:
        running.run_job(UUID(job_id), self.run)


def job_task(work: Callable[[Run], Mapping[str, Any] | None]) -> Any:
    """Makes `work` the task of the jobs that name it (`core.jobs.services.start`)."""
    return shared_task(base=JobTask)(work)


@shared_task
def sweep_jobs() -> int:
    """Hands on the jobs that dead workers left. Returns how many."""
    return running.sweep()


@shared_task
def clean_jobs() -> int:
    """
    Deletes jobs that ended over 90 days ago; the audit keeps that they were asked for. Returns how
    many.
    """
    old = Job.objects.unscoped().filter(finished_at__lt=now() - KEPT)
    return old.exclude(state__in=ACTIVE).delete()[0]

"""
The tasks that Celery knows: a job, something due by the clock, and looking at the clock. What they
do stands in the domain.

Short ones have workers and time limits of their own, so that no long work keeps the sweep waiting.
"""

from typing import Any
from uuid import UUID

from django.conf import settings

from core.jobs import running, schedule
from crm.celery import app

SHORT: dict[str, Any] = {"queue": "short", "soft_time_limit": 60, "time_limit": 70}
LONG: dict[str, Any] = {"queue": "long"}


@app.task(name="crm.run_job")
def run_job(job_id: str) -> None:
    running.run(UUID(job_id))


@app.task(name="crm.tick", soft_time_limit=20, time_limit=30)
def tick() -> None:
    """The clock is the database's, so beat keeps no state and two of them do no harm."""
    for name in schedule.due():
        place = SHORT if name in settings.SHORT_TASKS else LONG
        run_periodic.apply_async((name,), expires=settings.SCHEDULE_TICK, **place)


@app.task(name="crm.run_periodic")
def run_periodic(name: str) -> None:
    schedule.run_periodic(name)

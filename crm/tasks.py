"""The tasks that Celery knows: a job, something due by the clock, and looking at the clock. What they do stands in the domain."""

from uuid import UUID

from django.conf import settings

from core.jobs import running, schedule
from crm.celery import app


@app.task(name="crm.run_job")
def run_job(job_id: str) -> None:
    running.run(UUID(job_id))


@app.task(name="crm.tick")
def tick() -> None:
    """The clock is the database's, so beat keeps no state and two of them do no harm."""
    for name in schedule.due():
        run_periodic.apply_async((name,), queue="short" if name in settings.SHORT_TASKS else "long", expires=settings.SCHEDULE_TICK)


@app.task(name="crm.run_periodic")
def run_periodic(name: str) -> None:
    schedule.run_periodic(name)

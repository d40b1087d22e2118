"""Background work, done by the test itself."""

from uuid import UUID

from celery import current_app

from core.jobs.models import Job


def run(job_id: UUID) -> None:
    """Does the job, as a worker that has its message does."""
    current_app.tasks[Job.objects.unscoped().get(pk=job_id).task](str(job_id))

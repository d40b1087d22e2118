"""Appointments' work in the background."""

from typing import Any

from appointments import imports
from core.imports.tasks import import_stored
from core.jobs.running import Run
from core.jobs.tasks import job_task


@job_task
def import_appointments(run: Run) -> dict[str, Any]:
    """A file of appointments: checked, or written."""
    return import_stored(run, imports.import_appointments)

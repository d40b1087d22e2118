"""Interactions' work in the background."""

from typing import Any

from core.imports.tasks import import_stored
from core.jobs.running import Run
from core.jobs.tasks import job_task
from interactions import imports


@job_task
def import_interactions(run: Run) -> dict[str, Any]:
    """A file of interactions: checked, or written."""
    return import_stored(run, imports.import_interactions)

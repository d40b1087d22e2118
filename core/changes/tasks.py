"""Taking large change sets back, and forgetting old ones, in the background."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from celery import shared_task

from core.changes.models import ChangeSet
from core.changes.selectors import kept_since
from core.changes.services import undo_in_batches
from core.jobs.running import Run
from core.jobs.tasks import job_task


@job_task
def undo(run: Run) -> dict[str, Any]:
    """
    Takes a change set back: {"change_set": the undo's own, "restored": rows, "kept_count": rows,
    "kept": those that were left alone, with the reason}.
    """
    set_id = UUID(run.parameters["change_set"])
    result = undo_in_batches(actor=run.actor, set_id=set_id, progress=run.progress)
    return asdict(result) | {"change_set": str(result.change_set)}


@shared_task
def forget_change_sets() -> int:
    """Deletes what can't be taken back any more; the audit stays. Returns how many."""
    return ChangeSet.objects.unscoped().filter(at__lt=kept_since()).delete()[0]

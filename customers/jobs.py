"""Customers' work in the background: what each kind of job does. Safe to begin again."""

from typing import Any

from core.jobs.models import Job
from core.jobs.running import Run
from core.jobs.services import start
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.services.upkeep import recalculate_organization


@writes(Permission.UPDATE_CUSTOMERS)
def start_recalculation(*, actor: Actor) -> Job:
    """A job that brings all computed values up to date. Raises Forbidden, and Conflict while one is waiting already."""
    return start(actor=actor, kind="recalculation", permission=Permission.UPDATE_CUSTOMERS, parameters={}, single=True)


def recalculation(run: Run) -> dict[str, Any]:
    return {"changed": recalculate_organization(actor=run.actor, progress=run.progress)}

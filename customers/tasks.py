"""Customers' work in the background. Safe to begin again."""

from typing import Any

from celery import shared_task

from core.imports.tasks import import_stored
from core.jobs.running import Run
from core.jobs.tasks import job_task
from customers.figures import batches
from customers.filters import CustomerConditions
from customers.imports import customers as customer_imports
from customers.imports import projects as project_imports
from customers.selectors.customers import customers
from customers.services.customers import bulk_update_customers
from customers.services.jobs import start_everywhere, start_recalculation, start_segmentation
from customers.services.recalculation import recalculate_organization

BATCH = 1000


@job_task
def recalculate_lifetime_values(run: Run) -> dict[str, Any]:
    """
    Lifetime values, counters, and the labels that follow from them, of all customers from their
    source rows: {"changed": rows written}.
    """
    return {"changed": recalculate_organization(actor=run.actor, progress=run.progress)}


@job_task
def assign_segments(run: Run) -> dict[str, Any]:
    """
    Status, segment, engagement, health and risk of all customers as time and thresholds have them,
    from the figures that stand: {"changed": rows written}.
    """
    changed = recalculate_organization(actor=run.actor, progress=run.progress, labels_only=True)
    return {"changed": changed}


@job_task
def update_customers_in_bulk(run: Run) -> dict[str, Any]:
    """Begun again, it changes nothing on those it has changed already."""
    asked = run.parameters
    rows = customers(actor=run.actor, conditions=CustomerConditions.load(asked["conditions"]))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    run.progress(0, len(ids))
    updated = 0
    for some in batches(ids, BATCH):
        found = bulk_update_customers(
            actor=run.actor, customer_ids=some, values=asked["values"], add_tags=asked["add_tags"]
        )
        updated += len(found)
        run.progress(updated)
    return {"updated": updated}


@job_task
def import_customers(run: Run) -> dict[str, Any]:
    """A file of customers: checked, or written."""
    return import_stored(run, customer_imports.import_customers)


@job_task
def import_projects(run: Run) -> dict[str, Any]:
    """A file of projects: checked, or written."""
    return import_stored(run, project_imports.import_projects)


@shared_task
def start_recalculations() -> int:
    """Recalculates everywhere: repair, should a value ever differ from its rows."""
    return start_everywhere(start_recalculation)


@shared_task
def start_segmentations() -> int:
    """Assigns segments everywhere: for time passing."""
    return start_everywhere(start_segmentation)

"""Customers' work in the background: what each kind of job does. Safe to begin again."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.jobs.models import Job
from core.jobs.running import Run
from core.jobs.services import start
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.writing import writes
from customers.figures import batches
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.selectors.customers import customers
from customers.services.customers import bulk_update_customers, clean_bulk
from customers.services.recalculation import recalculate_organization


@writes(Permission.UPDATE_CUSTOMERS)
def start_recalculation(*, actor: Actor) -> Job:
    """
    A job that brings all computed values up to date; the one that waits already, if there is one.
    Raises Forbidden.
    """
    return start(
        actor=actor,
        kind="recalculation",
        permission=Permission.UPDATE_CUSTOMERS,
        parameters={},
        single=True,
    )


@writes(Permission.BULK_UPDATE)
def start_bulk_update(
    *,
    actor: Actor,
    conditions: CustomerConditions,
    values: Mapping[str, Any],
    add_tags: Sequence[str] = (),
) -> Job:
    """
    A job that sets the same values on every customer that meets the conditions when it begins, a
    thousand at a time.

    Raises Forbidden and Invalid; then nothing is started.
    """
    clean_bulk(actor=actor, values=values, add_tags=add_tags)
    parameters = {
        "conditions": conditions.dump(),
        "values": dict(values),
        "add_tags": list(add_tags),
    }
    job = start(
        actor=actor, kind="bulk_update", permission=Permission.BULK_UPDATE, parameters=parameters
    )
    job.total = customers(actor=actor, conditions=conditions).count()
    job.save(update_fields=["total"])
    return job


def bulk_update(run: Run) -> dict[str, Any]:
    """Begun again, it changes nothing on those it has changed already."""
    asked = run.parameters
    rows = customers(actor=run.actor, conditions=CustomerConditions.load(asked["conditions"]))
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    run.progress(0, len(ids))
    updated = 0
    for some in batches(ids, 1000):
        found = bulk_update_customers(
            actor=run.actor, customer_ids=some, values=asked["values"], add_tags=asked["add_tags"]
        )
        updated += len(found)
        run.progress(updated)
    return {"updated": updated}


def start_recalculations() -> int:
    """
    A recalculation for every active organization and environment that has customers. Returns how
    many; safe to run twice.
    """
    places = (
        Customer.objects.unscoped()
        .filter(organization__is_active=True)
        .order_by()
        .values_list("organization_id", "environment")
    )
    organizations = Organization.objects.in_bulk()
    found = sorted(places.distinct(), key=str)
    for organization, environment in found:
        start_recalculation(
            actor=Actor.system(
                organization=organizations[organization], label="schedule", environment=environment
            )
        )
    return len(found)


def recalculation(run: Run) -> dict[str, Any]:
    return {"changed": recalculate_organization(actor=run.actor, progress=run.progress)}

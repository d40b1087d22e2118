"""Customers' work for the background: what asks for it. `customers.tasks` does it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.jobs.models import Job
from core.jobs.services import start
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.writing import writes
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.selectors.customers import customers
from customers.services.customers import clean_bulk

RECALCULATION = "recalculation"
"""Both of its tasks lock the same rows, so an organization runs one of them at a time."""


@writes(Permission.UPDATE_CUSTOMERS)
def start_recalculation(*, actor: Actor) -> Job:
    """
    A job that brings all computed values up to date with their source rows; the one that waits
    already, if there is one. Raises Forbidden.
    """
    return _start_single(actor, "customers.tasks.recalculate_lifetime_values")


@writes(Permission.UPDATE_CUSTOMERS)
def start_segmentation(*, actor: Actor) -> Job:
    """
    A job that brings status, segment, engagement, health and risk up to the present moment and
    thresholds; the one that waits already, if there is one. Raises Forbidden.
    """
    return _start_single(actor, "customers.tasks.assign_segments")


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
    job = start(
        actor=actor,
        kind="bulk_update",
        task="customers.tasks.update_customers_in_bulk",
        permission=Permission.BULK_UPDATE,
        parameters={
            "conditions": conditions.dump(),
            "values": dict(values),
            "add_tags": list(add_tags),
        },
    )
    job.total = customers(actor=actor, conditions=conditions).count()
    job.save(update_fields=["total"])
    return job


def start_everywhere(service: Callable[..., Job | None]) -> int:
    """
    Has `service` start its job for every active organization and environment that has customers.
    Returns how many; safe to run twice.
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
        service(
            actor=Actor.system(
                organization=organizations[organization], label="schedule", environment=environment
            )
        )
    return len(found)


def _start_single(actor: Actor, task: str) -> Job:
    return start(
        actor=actor,
        kind=RECALCULATION,
        task=task,
        permission=Permission.UPDATE_CUSTOMERS,
        parameters={},
        single=True,
    )

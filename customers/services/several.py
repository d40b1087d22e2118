"""Deleting and restoring several customers at once: all of them or none."""

from collections.abc import Iterable
from uuid import UUID

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.selectors.customers import customers
from customers.services.customers import delete_customer, restore_customer


@writes(Permission.DELETE_CUSTOMERS)
def delete_customers(*, actor: Actor, customer_ids: Iterable[UUID]) -> list[Customer]:
    """Deletes (softly) those of the customers that are living. Raises Forbidden."""
    living = CustomerConditions(ids=list(customer_ids))
    return [delete_customer(actor=actor, customer_id=key) for key in _found(actor, living)]


@writes(Permission.DELETE_CUSTOMERS)
def restore_customers(*, actor: Actor, customer_ids: Iterable[UUID]) -> list[Customer]:
    """
    Brings back those of the customers that are deleted.

    Raises Forbidden, and Conflict when the e-mail, phone or external id of one is a living
    customer's by now; then none comes back.
    """
    return [
        restore_customer(actor=actor, customer_id=key)
        for key in _found(actor, CustomerConditions(ids=list(customer_ids), deleted=True))
    ]


def _found(actor: Actor, conditions: CustomerConditions) -> list[UUID]:
    """Locked in the order of their ids, as everywhere."""
    rows = (
        customers(actor=actor, conditions=conditions).select_for_update(no_key=True).order_by("pk")
    )
    return [row.pk for row in rows]

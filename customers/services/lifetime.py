"""Lifetime value on demand."""

from uuid import UUID

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer
from customers.selectors.customers import locked_customer
from customers.services.customers import refresh


@writes(Permission.UPDATE_CUSTOMERS)
def recalculate_lifetime_value(*, actor: Actor, customer_id: UUID) -> Customer:
    """
    The customer, its computed columns equal to their source rows. Finding nothing to repair is the
    rule, for every write keeps them so.

    Raises Forbidden and NotFound.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refresh(actor=actor, customer=customer)
    return customer

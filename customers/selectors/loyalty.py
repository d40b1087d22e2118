"""Reading the ledger of loyalty points, for one actor."""

from uuid import UUID

from django.db.models import QuerySet

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models import LoyaltyEntry
from customers.selectors.customers import customer


def loyalty_entries(*, actor: Actor, customer_id: UUID) -> "QuerySet[LoyaltyEntry]":
    """
    The movements of a customer's points; their sum is the balance. Raises Forbidden and NotFound.
    """
    customer(actor=actor, customer_id=customer_id)
    return points_of(actor=actor, customer_id=customer_id)


def points_of(*, actor: Actor, customer_id: UUID) -> "QuerySet[LoyaltyEntry]":
    """The movements of a living customer's points; of an unknown one none. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return LoyaltyEntry.objects.for_actor(actor).filter(
        customer_id=customer_id, customer__deleted_at=None
    )

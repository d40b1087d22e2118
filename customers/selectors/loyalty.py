"""Reading the ledger of loyalty points, for one actor."""

from uuid import UUID

from django.db.models import QuerySet

from core.tenancy.actor import Actor
from customers.models import LoyaltyEntry
from customers.selectors.customers import customer


def loyalty_entries(*, actor: Actor, customer_id: UUID) -> "QuerySet[LoyaltyEntry]":
    """
    The movements of a customer's points; their sum is the balance. Raises Forbidden and NotFound.
    """
    row = customer(actor=actor, customer_id=customer_id)
    return LoyaltyEntry.objects.for_actor(actor).filter(customer=row)

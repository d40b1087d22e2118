"""Reading the ledger of consents, for one actor."""

from uuid import UUID

from django.db.models import QuerySet

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models import Consent


def consents(*, actor: Actor, customer_id: UUID) -> "QuerySet[Consent]":
    """Every grant and withdrawal of a living customer. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Consent.objects.for_actor(actor).filter(
        customer_id=customer_id, customer__deleted_at=None
    )

"""What customers read of themselves in the portal."""

from django.db.models import QuerySet

from core.errors import NotFound
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models import Consent, Customer


def own_customer(*, actor: Actor) -> Customer:
    """The acting customer. Raises Forbidden and NotFound."""
    actor.require(Permission.USE_PORTAL)
    rows = Customer.objects.for_actor(actor).filter(deleted_at=None)
    row = rows.filter(pk=actor.id).first() if actor.kind == "customer" and actor.id else None
    if row is None:
        raise NotFound("Customer", actor.id)
    return row


def own_consents(*, actor: Actor) -> "QuerySet[Consent]":
    """Every grant and withdrawal of the acting customer, the latest first. Raises Forbidden."""
    actor.require(Permission.USE_PORTAL)
    return Consent.objects.for_actor(actor).filter(customer=actor.id).order_by("-at", "-id")

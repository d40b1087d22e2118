"""Reading what people ask for under data protection law, and what stands in the way of it."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from core.errors import NotFound
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.filters import PrivacyRequestConditions
from customers.models import Customer, PrivacyRequest
from customers.parts import Blocker, customer_parts


def privacy_requests(
    *, actor: Actor, conditions: PrivacyRequestConditions | None = None
) -> "QuerySet[PrivacyRequest]":
    """
    The requests that meet the conditions, those of deleted customers too, who are held still; a
    customer who acts sees the own. Raises Forbidden.
    """
    actor.require(Permission.REQUEST_PRIVACY)
    rows = PrivacyRequest.objects.for_actor(actor)
    if actor.customer_id:
        rows = rows.filter(customer=actor.customer_id)
    return (conditions or PrivacyRequestConditions()).apply(rows)


def privacy_request(*, actor: Actor, request_id: UUID) -> PrivacyRequest:
    """The request, its customer at hand. Raises Forbidden and NotFound."""
    row = privacy_requests(actor=actor).select_related("customer").filter(pk=request_id).first()
    if row is None:
        raise NotFound("Privacy request", request_id)
    return row


def erasure_blockers(*, actor: Actor, customer_ids: Collection[UUID]) -> list[Blocker]:
    """
    What forbids the erasure of these customers (those of them that are the actor's to see), the
    soonest first. Raises Forbidden.
    """
    actor.require(Permission.REQUEST_PRIVACY)
    rows = Customer.objects.for_actor(actor).filter(pk__in=customer_ids)
    if actor.customer_id:
        rows = rows.filter(pk=actor.customer_id)
    keys = list(rows.values_list("pk", flat=True))
    found = [blocker for part in customer_parts() for blocker in part.blockers(keys)]
    return sorted(found, key=lambda blocker: blocker.at)

"""Reading webhooks and how their deliveries went."""

from uuid import UUID

from django.db.models import QuerySet

from core.rows import get_row
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.webhooks.choices import EndpointState
from core.webhooks.filters import DeliveryConditions
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint


def endpoints(*, actor: Actor) -> "QuerySet[WebhookEndpoint]":
    """The environment's webhooks, those switched off too. Raises Forbidden."""
    actor.require(Permission.MANAGE_WEBHOOKS)
    return WebhookEndpoint.objects.for_actor(actor)


def has_listener(*, actor: Actor, kind: str) -> bool:
    """Whether an event of this type would be told to anybody."""
    active = WebhookEndpoint.objects.for_actor(actor).filter(state=EndpointState.ACTIVE)
    return any(row.hears(kind) for row in active.only("event_types"))


def deliveries(
    *, actor: Actor, endpoint_id: UUID, conditions: DeliveryConditions | None = None
) -> "QuerySet[WebhookDelivery]":
    """What one webhook was to be told. Raises Forbidden and NotFound (no such webhook)."""
    actor.require(Permission.MANAGE_WEBHOOKS)
    get_row(WebhookEndpoint, actor=actor, key=endpoint_id)
    rows = WebhookDelivery.objects.for_actor(actor).filter(endpoint=endpoint_id)
    return (conditions or DeliveryConditions()).apply(rows)


def attempts(*, actor: Actor, delivery_id: UUID) -> "QuerySet[WebhookAttempt]":
    """How each attempt of a delivery went, the first first. Raises Forbidden and NotFound."""
    actor.require(Permission.MANAGE_WEBHOOKS)
    get_row(WebhookDelivery, actor=actor, key=delivery_id)
    return WebhookAttempt.objects.for_actor(actor).filter(delivery=delivery_id).order_by("pk")

"""Which webhook carries a channel's messages, and how those it carries have fared."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.audit.ledger import record
from core.cleaning import clean
from core.clock import now
from core.errors import Invalid
from core.rows import Versions, get_row, initial_changes, refuse_stale, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.webhooks.models import WebhookEndpoint
from core.writing import writes
from customers.services.owned_rows import locked_row
from interactions.choices import REPORTED, Channel, DeliveryStatus, Obstacle
from interactions.errors import NeverSent
from interactions.models import Gateway, Message
from interactions.selectors import obstacle

OBSTACLES = {
    Obstacle.SWITCHED_OFF: "The webhook is switched off.",
    Obstacle.DEAF: "The webhook doesn't hear of message.created.",
    Obstacle.THIN: "The webhook's payload must be full, for a gateway needs the text.",
}


@writes(Permission.MANAGE_WEBHOOKS)
def connect_channel(*, actor: Actor, values: Mapping[str, Any]) -> Gateway:
    """
    Names the webhook that carries a channel's messages from now on. Raises Forbidden, Invalid
    (also for a webhook that can't) and Conflict (the channel has one).
    """
    cleaned = clean(Gateway, values, actor=actor, required=["channel", "endpoint"])
    _refuse_obstacle(cleaned["endpoint"])
    row = Gateway.objects.add(actor, **cleaned)
    record(actor, "gateway.connected", subject=row, changes=initial_changes(cleaned))
    return row


@writes(Permission.MANAGE_WEBHOOKS)
def update_gateway(
    *, actor: Actor, gateway_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Gateway:
    """
    Gives a channel to another webhook. Raises Forbidden, NotFound, Invalid, Conflict and Stale.
    """
    row = get_row(Gateway, actor=actor, key=gateway_id, lock=True)
    cleaned = clean(Gateway, values, actor=actor)
    if "endpoint" in cleaned:
        _refuse_obstacle(cleaned["endpoint"])
    if changes := save_changes(row, cleaned, if_version=if_version):
        record(actor, "gateway.updated", subject=row, changes=changes)
    return row


@writes(Permission.MANAGE_WEBHOOKS)
def disconnect_channel(*, actor: Actor, gateway_id: UUID, if_version: Versions = None) -> None:
    """
    What is written on the channel is only noted from now on. Raises Forbidden, NotFound and Stale.
    """
    row = get_row(Gateway, actor=actor, key=gateway_id, lock=True)
    refuse_stale(row, if_version)
    record(actor, "gateway.disconnected", subject=row, changes={"channel": (row.channel, None)})
    row.delete()


@writes(Permission.MANAGE_WEBHOOKS)
def choose_gateways(*, actor: Actor, endpoints: Mapping[str, Any]) -> None:
    """
    The webhooks of all channels at once; a channel that `endpoints` doesn't name is disconnected.
    Raises Forbidden, and Invalid with the channel that is wrong.
    """
    present = {row.channel: row for row in Gateway.objects.for_actor(actor)}
    for channel in Channel.values:
        row, chosen = present.get(channel), endpoints.get(channel)
        try:
            if chosen and row:
                update_gateway(actor=actor, gateway_id=row.pk, values={"endpoint": chosen})
            elif chosen:
                connect_channel(actor=actor, values={"channel": channel, "endpoint": chosen})
            elif row:
                disconnect_channel(actor=actor, gateway_id=row.pk)
        except Invalid as invalid:
            faults = [fault for items in invalid.faults.values() for fault in items]
            raise Invalid({channel: faults}) from invalid


def _refuse_obstacle(endpoint: WebhookEndpoint) -> None:
    """Raises Invalid."""
    if why := obstacle(endpoint):
        raise Invalid.one("endpoint", why, OBSTACLES[why])


@writes(Permission.LOG)
def report_delivery(*, actor: Actor, message_id: UUID, values: Mapping[str, Any]) -> Message:
    """
    What its gateway says of a message. Reports may come late and out of order: the one that is
    furthest stands (`DeliveryStatus`), and what comes behind it changes nothing.

    Raises Forbidden, NotFound, Invalid, Conflict (another message has that `provider_id`) and
    NeverSent.
    """
    message, _customer = locked_row(Message, actor=actor, key=message_id)
    cleaned = _clean_report(values, actor=actor)
    if message.delivery_status == DeliveryStatus.NOTED:
        raise NeverSent
    before, after = DeliveryStatus(message.delivery_status), cleaned["delivery_status"]
    if not before.is_before(DeliveryStatus(after)):
        cleaned = {"provider_id": message.provider_id or cleaned.get("provider_id", "")}
    changes = save_changes(message, cleaned)
    if changes:
        record(
            actor,
            "message.reported",
            subject=message,
            customer_id=message.customer_id,
            changes=changes,
        )
    return message


def _clean_report(values: Mapping[str, Any], *, actor: Actor) -> dict[str, Any]:
    """Raises Invalid."""
    given = {name: raw for name, raw in values.items() if raw is not None}
    cleaned = clean(Message, given, actor=actor, required=["delivery_status"])
    status, permitted = cleaned["delivery_status"], ", ".join(REPORTED)
    if status not in REPORTED:
        raise Invalid.one("delivery_status", "invalid_choice", f"Must be one of: {permitted}.")
    if cleaned.setdefault("failure_reason", "") and status != DeliveryStatus.FAILED:
        raise Invalid.one("failure_reason", "not_failed", "Only a failure has a reason.")
    return {"status_at": now(), **cleaned}

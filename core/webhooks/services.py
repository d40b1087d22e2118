"""Setting webhooks up, changing their secrets, sending again what they were told."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.audit.ledger import record
from core.audit.models import OutboxEvent
from core.cleaning import clean
from core.clock import now
from core.errors import Invalid
from core.rows import Versions, get_row, initial_changes, refuse_stale, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.webhooks.addresses import RefusedAddress, UnresolvedAddress, resolve
from core.webhooks.choices import TEST_EVENT, DeliveryState, EndpointState, EventType
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.payloads import body_of
from core.webhooks.signing import new_secret
from core.webhooks.waking import call_sender, forget_listeners
from core.writing import writes

OVERLAP = dt.timedelta(hours=24)
"""How long the former secret signs too after a rotation."""

MOST_ENDPOINTS = 20
"""An environment's, for every event is multiplied by them."""

_STATES = (EndpointState.ACTIVE, EndpointState.SWITCHED_OFF)
"""What people choose; the others are the sender's findings."""


@writes(Permission.MANAGE_WEBHOOKS)
def create_endpoint(*, actor: Actor, values: Mapping[str, Any]) -> WebhookEndpoint:
    """
    A webhook, which hears of what happens from now on; its secret stands on the row. An address
    whose name doesn't resolve yet is taken, and checked at each attempt.

    Raises Forbidden and Invalid.
    """
    cleaned = _clean(values, actor=actor, required=["url"])
    if WebhookEndpoint.objects.for_actor(actor).count() >= MOST_ENDPOINTS:
        raise Invalid.one(
            "", "too_many", f"There may be at most {MOST_ENDPOINTS} webhooks.", limit=MOST_ENDPOINTS
        )
    row = WebhookEndpoint.objects.new(actor, **cleaned)
    row.secret, row.public_key = new_secret(row.signing)
    row.save(force_insert=True)
    record(actor, "webhook.created", subject=row, changes=initial_changes(cleaned))
    forget_listeners()
    return row


@writes(Permission.MANAGE_WEBHOOKS)
def update_endpoint(
    *,
    actor: Actor,
    endpoint_id: UUID,
    values: Mapping[str, Any],
    if_version: Versions = None,
) -> WebhookEndpoint:
    """
    Switched on again, it hears of what happens from then on, and of what still waited. Another
    signing method is given another secret at once. Raises Forbidden, NotFound, Invalid and Stale.
    """
    row = get_row(WebhookEndpoint, actor=actor, key=endpoint_id, lock=True)
    cleaned = _clean(values, actor=actor)
    refuse_stale(row, if_version)
    if cleaned.get("signing", row.signing) != row.signing:
        row.secret, row.public_key = new_secret(cleaned["signing"])
        row.previous_secret, row.previous_secret_until = "", None
    changes = save_changes(row, cleaned)
    if changes:
        if "state" in changes:
            row.resume_at = None
        row.save()
        record(actor, "webhook.updated", subject=row, changes=changes)
        forget_listeners()
    return row


@writes(Permission.MANAGE_WEBHOOKS)
def delete_endpoint(*, actor: Actor, endpoint_id: UUID, if_version: Versions = None) -> None:
    """With everything that it was told. Raises Forbidden, NotFound and Stale."""
    row = get_row(WebhookEndpoint, actor=actor, key=endpoint_id, lock=True)
    refuse_stale(row, if_version)
    record(actor, "webhook.deleted", subject=row, changes={"url": (row.url, None)})
    row.delete()


@writes(Permission.MANAGE_WEBHOOKS)
def rotate_secret(
    *, actor: Actor, endpoint_id: UUID, if_version: Versions = None
) -> WebhookEndpoint:
    """
    A new secret, beside which the former one signs for 24 hours more. Raises Forbidden, NotFound
    and Stale.
    """
    row = get_row(WebhookEndpoint, actor=actor, key=endpoint_id, lock=True)
    refuse_stale(row, if_version)
    row.previous_secret, row.previous_secret_until = row.secret, now() + OVERLAP
    row.secret, row.public_key = new_secret(row.signing)
    row.version += 1
    row.updated_at = now()
    row.save()
    record(actor, "webhook.secret_rotated", subject=row)
    return row


@writes(Permission.MANAGE_WEBHOOKS)
def send_test(*, actor: Actor, endpoint_id: UUID) -> WebhookDelivery:
    """
    A message that means nothing, to try the receiver with; it goes the way of all others. Raises
    Forbidden, NotFound and Invalid (it is switched off).
    """
    row = _active(actor, endpoint_id)
    event = OutboxEvent(
        organization_id=row.organization_id,
        environment=row.environment,
        type=TEST_EVENT,
        subject_id=row.pk,
        created_at=now(),
        data={"changed": []},
    )
    delivery = WebhookDelivery.objects.add(
        actor,
        endpoint=row,
        event_id=event.pk,
        type=event.type,
        body=body_of(event, sequence=None, record=None),
    )
    record(actor, "webhook.tested", subject=row)
    call_sender(row.pk)
    return delivery


@writes(Permission.MANAGE_WEBHOOKS)
def replay(*, actor: Actor, delivery_id: UUID) -> WebhookDelivery:
    """
    Sends a delivery again, with the id and the bytes that it had. One that is being tried already
    is tried now. Raises Forbidden, NotFound and Invalid (its webhook is switched off).
    """
    row = get_row(WebhookDelivery, actor=actor, key=delivery_id, lock=True)
    endpoint = _active(actor, row.endpoint_id)
    _send_again(actor, endpoint, [row.pk])
    record(actor, "webhook.replayed", subject=endpoint, changes={"deliveries": (None, 1)})
    row.refresh_from_db()
    return row


@writes(Permission.MANAGE_WEBHOOKS)
def replay_between(
    *,
    actor: Actor,
    endpoint_id: UUID,
    since: dt.datetime,
    until: dt.datetime | None = None,
    failed_only: bool = True,
) -> int:
    """
    Sends again what the webhook was to be told from `since` (included) to `until` (not): what
    failed, or everything. Returns how many. Raises Forbidden, NotFound and Invalid.
    """
    endpoint = _active(actor, endpoint_id)
    rows = WebhookDelivery.objects.for_actor(actor).filter(
        endpoint=endpoint_id, created_at__gte=since
    )
    if until is not None:
        rows = rows.filter(created_at__lt=until)
    states = [DeliveryState.FAILED] if failed_only else [*DeliveryState]
    found = list(rows.filter(state__in=states).values_list("pk", flat=True))
    _send_again(actor, endpoint, found)
    record(actor, "webhook.replayed", subject=endpoint, changes={"deliveries": (None, len(found))})
    return len(found)


def forget_customer(*, actor: Actor, customer_id: UUID) -> None:
    """
    For erasure: what was, or was still to be, told of a customer goes, with the receivers' answers.
    Call it inside the erasure's transaction, before its own event is announced.
    """
    WebhookDelivery.objects.for_actor(actor).filter(customer_id=customer_id).delete()


def _active(actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    row = get_row(WebhookEndpoint, actor=actor, key=endpoint_id)
    if row.state != EndpointState.ACTIVE:
        raise Invalid.one("state", "switched_off", "This webhook is switched off.")
    return row


def _send_again(actor: Actor, endpoint: WebhookEndpoint, keys: Sequence[UUID]) -> None:
    rows = WebhookDelivery.objects.for_actor(actor).filter(pk__in=keys)
    rows.update(state=DeliveryState.PENDING, attempts=0, next_attempt_at=now(), finished_at=None)
    call_sender(endpoint.pk)


def _clean(
    values: Mapping[str, Any], *, actor: Actor, required: Sequence[str] = ()
) -> dict[str, Any]:
    """Raises Invalid."""
    cleaned = clean(WebhookEndpoint, values, actor=actor, required=required)
    if "url" in cleaned:
        try:
            resolve(cleaned["url"])
        except RefusedAddress as error:
            raise Invalid.one("url", "refused_address", str(error)) from error
        except UnresolvedAddress:
            pass
    if "event_types" in cleaned:
        cleaned["event_types"] = _event_types(cleaned["event_types"])
    if cleaned.get("state", EndpointState.ACTIVE) not in _STATES:
        raise Invalid.one("state", "invalid_choice", f"Must be one of: {', '.join(_STATES)}.")
    return cleaned


def _event_types(raw: Any) -> list[str]:
    """Distinct, in the order of the list of events; none means all. Raises Invalid."""
    if not isinstance(raw, list) or not all(item in EventType.values for item in raw):
        raise Invalid.one(
            "event_types",
            "invalid_choice",
            f"Must be a list of: {', '.join(EventType.values)}.",
            permitted=EventType.values,
        )
    return [name for name in EventType.values if name in raw]

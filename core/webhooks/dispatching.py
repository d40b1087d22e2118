"""
From the outbox to deliveries: each event becomes a row for every endpoint that listens.

Whatever is killed here has done nothing, or all of a batch: deliveries and the mark on the events
are one transaction, and a delivery is unique by endpoint and event.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from core.audit.models import OutboxEvent
from core.clock import now
from core.inserting import insert
from core.webhooks.choices import DeliveryState, EndpointState, EventType, PayloadForm
from core.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookSequence
from core.webhooks.payloads import body_of, records_of

BATCH = 500
KEPT = dt.timedelta(days=30)
"""How long events and ended deliveries are kept: as long as they can be replayed."""

PRUNED = 10_000
"""Rows deleted by one statement, so that no lock is held for long."""


def dispatch_events() -> int:
    """
    Makes the deliveries of all pending events, in the order of the events. Returns how many.

    One process does so at a time: another finds the first pending event locked, and leaves.
    """
    _pass_unheard()
    made = 0
    while (batch := _dispatch_batch()) is not None:
        made += batch
    return made


def prune() -> int:
    """
    Deletes events and ended deliveries that nobody will ask for again, and the numbering of
    customers who have been gone for as long. Returns how many.
    """
    old = now() - KEPT
    numberings = _numberings_of_gone(old).delete()[0]
    events = OutboxEvent.objects.unscoped().filter(dispatched_at__lt=old)
    deliveries = (
        WebhookDelivery.objects.unscoped()
        .filter(created_at__lt=old)
        .exclude(state=DeliveryState.PENDING)
    )
    return numberings + _delete(events) + _delete(deliveries)


def _numberings_of_gone(old: dt.datetime) -> "QuerySet[WebhookSequence]":
    """Of customers of whom the last that happened is that they were deleted, before `old`."""
    ends = (
        OutboxEvent.objects.unscoped()
        .order_by()
        .values("customer_id")
        .annotate(
            last=Max("created_at"),
            deleted=Max("created_at", filter=Q(type=EventType.CUSTOMER_DELETED)),
        )
        .filter(last=F("deleted"), deleted__lt=old, customer_id__isnull=False)
    )
    return WebhookSequence.objects.unscoped().filter(customer_id__in=ends.values("customer_id"))


def _delete(rows: "QuerySet[OutboxEvent] | QuerySet[WebhookDelivery]") -> int:
    deleted = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:PRUNED]):
        deleted += rows.model.objects.unscoped().filter(pk__in=keys).delete()[0]
    return deleted


def _pending() -> "QuerySet[OutboxEvent]":
    return OutboxEvent.objects.unscoped().filter(dispatched_at__isnull=True)


def _pass_unheard() -> None:
    """Events of places where nobody listens need no delivery."""
    listeners = WebhookEndpoint.objects.unscoped().filter(
        state=EndpointState.ACTIVE,
        organization=OuterRef("organization"),
        environment=OuterRef("environment"),
    )
    _pending().filter(~Exists(listeners)).update(dispatched_at=now())


@transaction.atomic
def _dispatch_batch() -> int | None:
    """The deliveries made of a batch; None when no event is left, or another process has them."""
    first = _pending().order_by("pk").first()
    if first is None:
        return None
    if not _pending().filter(pk=first.pk).select_for_update(skip_locked=True).exists():
        return None
    events = list(_pending().order_by("pk")[:BATCH])
    deliveries = _deliveries(events, _listeners(events))
    insert(deliveries)
    _pending().filter(pk__in=[event.pk for event in events]).update(dispatched_at=now())
    return len(deliveries)


Place = tuple[UUID, str]


def _listeners(events: Iterable[OutboxEvent]) -> Mapping[Place, Sequence[WebhookEndpoint]]:
    found: dict[Place, list[WebhookEndpoint]] = defaultdict(list)
    organizations = {event.organization_id for event in events}
    for row in WebhookEndpoint.objects.unscoped().filter(
        organization__in=organizations, state=EndpointState.ACTIVE
    ):
        found[row.organization_id, row.environment].append(row)
    return found


def _deliveries(
    events: Sequence[OutboxEvent], listeners: Mapping[Place, Sequence[WebhookEndpoint]]
) -> list[WebhookDelivery]:
    wanted = [
        (event, endpoint)
        for event in events
        for endpoint in listeners.get((event.organization_id, event.environment), ())
        if endpoint.hears(event.type)
    ]
    numbers = _number(wanted)
    full = {event.pk: event for event, row in wanted if row.payload == PayloadForm.FULL}
    records = records_of(list(full.values())) if full else {}
    return [
        make_delivery(
            endpoint,
            event,
            body=body_of(
                event,
                sequence=numbers.get((endpoint.pk, event.pk)),
                record=records.get(event.pk) if endpoint.payload == PayloadForm.FULL else None,
            ),
        )
        for event, endpoint in wanted
    ]


def make_delivery(endpoint: WebhookEndpoint, event: OutboxEvent, *, body: str) -> WebhookDelivery:
    """Unsaved; its first attempt is due at once."""
    return WebhookDelivery(
        organization_id=endpoint.organization_id,
        environment=endpoint.environment,
        endpoint=endpoint,
        event_id=event.pk,
        type=event.type,
        customer_id=event.customer_id,
        body=body,
    )


def _number(
    wanted: Sequence[tuple[OutboxEvent, WebhookEndpoint]],
) -> dict[tuple[UUID, UUID], int]:
    """
    (endpoint, event) → its number among the events that the endpoint is told of that customer.
    """
    pairs = {
        (endpoint.pk, event.customer_id): endpoint
        for event, endpoint in wanted
        if event.customer_id is not None
    }
    rows = {
        (row.endpoint_id, row.customer_id): row
        for row in WebhookSequence.objects.unscoped().filter(
            endpoint__in={key[0] for key in pairs}, customer_id__in={key[1] for key in pairs}
        )
    }
    fresh = []
    for key, endpoint in pairs.items():
        if key not in rows:
            rows[key] = WebhookSequence(
                organization_id=endpoint.organization_id,
                environment=endpoint.environment,
                endpoint=endpoint,
                customer_id=key[1],
            )
            fresh.append(rows[key])
    numbers = {}
    for event, endpoint in wanted:
        if event.customer_id is not None:
            row = rows[endpoint.pk, event.customer_id]
            row.last += 1
            numbers[endpoint.pk, event.pk] = row.last
    known = [row for key, row in rows.items() if key in pairs and not row._state.adding]
    insert(fresh)
    WebhookSequence.objects.unscoped().bulk_update(known, ["last"], batch_size=500)
    return numbers

"""What an event's message says."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from core.audit.models import OutboxEvent
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission

Records = Mapping[UUID, bytes]


def message_id(event_id: UUID) -> str:
    return f"msg_{event_id.hex}"


def records_of(events: Sequence[OutboxEvent]) -> Records:
    """
    Event → the record that it is about, in JSON as the native API shows it now; none where it is
    gone.

    `settings.WEBHOOK_RECORDS` names the function that reads them, for nouns stand above.
    """
    read = import_string(settings.WEBHOOK_RECORDS)
    found: dict[UUID, bytes] = {}
    for place in {(event.organization_id, event.environment) for event in events}:
        system = Actor.system(
            organization=Organization.objects.get(pk=place[0]),
            label="webhooks",
            environment=place[1],
        )
        # what is encrypted at rest doesn't leave by itself, nor stand among the deliveries
        actor = replace(system, permissions=system.permissions - {Permission.VIEW_SENSITIVE})
        found |= read(
            actor=actor,
            events=[
                event for event in events if (event.organization_id, event.environment) == place
            ],
        )
    return found


def body_of(event: OutboxEvent, *, sequence: int | None, record: bytes | None) -> str:
    """
    The message as it is sent: `type`, `timestamp` and `data` as Standard Webhooks has them, beside
    them the environment and, where the event is about a customer, the number of the event among
    those that this endpoint is told of this customer: a gap shows that one is missing or late.
    """
    data: dict[str, Any] = {
        "id": str(event.subject_id),
        "customer_id": event.customer_id and str(event.customer_id),
        **event.data,
    }
    if record is not None:
        data["record"] = orjson.Fragment(record)
    message = {
        "id": message_id(event.pk),
        "type": event.type,
        "timestamp": event.created_at,
        "environment": event.environment,
        "sequence": sequence,
        "data": data,
    }
    return orjson.dumps(message, option=orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS).decode()

"""One call feeds the audit trail and the outbox, in the transaction of the change."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from core.audit.marks import mark_of
from core.audit.models import AuditEntry, OutboxEvent
from core.tenancy.actor import Actor

Changes = Mapping[str, tuple[Any, Any]]


def record(
    actor: Actor,
    action: str,
    *,
    subject: models.Model | None = None,
    customer_id: UUID | None = None,
    changes: Changes | None = None,
    events: Iterable[str] = (),
) -> None:
    """
    An audit entry of `action` on `subject`, and an outbox event of each type in `events`.

    `changes` maps field → (before, after) and is kept as JSON. Call it inside the transaction that
    makes the change.
    """
    entry(actor, action, subject=subject, customer_id=customer_id, changes=changes).save(
        force_insert=True
    )
    for event in events:
        assert subject is not None, "an event is about something"
        announcement(
            actor,
            event,
            subject_id=subject.pk,
            customer_id=customer_id,
            changed=sorted(changes or ()),
        ).save(force_insert=True)


def entry(
    actor: Actor,
    action: str,
    *,
    subject: models.Model | None = None,
    customer_id: UUID | None = None,
    changes: Changes | None = None,
) -> AuditEntry:
    """An unsaved audit entry, for callers that write many at once."""
    row = AuditEntry.objects.new(
        actor,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        address=actor.address,
        request_id=actor.request_id,
        via=actor.via,
        action=action,
        subject_type=subject._meta.model_name if subject else "",
        subject_id=subject.pk if subject else None,
        customer_id=customer_id,
        changes={
            name: [plain(before), plain(after)] for name, (before, after) in (changes or {}).items()
        },
    )
    row.mark = mark_of(row)
    return row


def announcement(
    actor: Actor, event: str, *, subject_id: UUID, customer_id: UUID | None, changed: list[str]
) -> OutboxEvent:
    """An unsaved outbox event, for callers that write many at once."""
    return OutboxEvent.objects.new(
        actor, type=event, subject_id=subject_id, customer_id=customer_id, data={"changed": changed}
    )


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: dates in ISO 8601, decimals and ids as text."""
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, models.Model):
        return str(value.pk)
    return value

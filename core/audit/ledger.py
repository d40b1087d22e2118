"""One call feeds the audit trail and the outbox, in the transaction of the change."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string

from core.audit.marks import mark_of
from core.audit.models import AuditEntry, OutboxEvent
from core.changes.models import ChangeSet
from core.inserting import insert
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
    write_entries(
        actor, [entry(actor, action, subject=subject, customer_id=customer_id, changes=changes)]
    )
    for event in events:
        assert subject is not None, "an event is about something"
        row = announcement(
            actor,
            event,
            subject_id=subject.pk,
            customer_id=customer_id,
            changed=sorted(changes or ()),
        )
        announce_events([row])


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


def write_entries(actor: Actor, entries: Sequence[AuditEntry]) -> None:
    """
    Saves entries that `entry` made, and the change set of those that tell of changed rows. Erasure
    is in none.
    """
    told = [
        row
        for row in entries
        if row.subject_id
        and not row.action.endswith(".erased")
        and (row.changes or row.action.endswith((".created", ".deleted")))
    ]
    for row in told:
        row.change_set_id = actor.change_set
    insert(entries)
    if told:
        ChangeSet.objects.unscoped().bulk_create(
            [
                ChangeSet.objects.new(
                    actor,
                    id=actor.change_set,
                    actor_kind=actor.kind,
                    actor_id=actor.id,
                    actor_label=actor.label,
                    via=actor.via,
                    action=told[0].action,
                )
            ],
            ignore_conflicts=True,
        )


def announcement(
    actor: Actor,
    event: str,
    *,
    subject_id: UUID,
    customer_id: UUID | None,
    changed: list[str],
    **more: Any,
) -> OutboxEvent:
    """An unsaved outbox event, to be announced; `more` is told beside the names of what changed."""
    return OutboxEvent.objects.new(
        actor,
        type=event,
        subject_id=subject_id,
        customer_id=customer_id,
        data={"changed": changed, **more},
    )


def announce_events(events: Sequence[OutboxEvent]) -> None:
    """
    Puts events into the outbox; once their transaction commits, `settings.EVENTS_ANNOUNCED` are
    told where there are some. What fails there is logged, and holds nothing up.
    """
    insert(events)
    places = {(event.organization_id, event.environment) for event in events}
    for tell in _listeners() if places else ():
        transaction.on_commit(lambda tell=tell: tell(places), robust=True)  # type: ignore[misc]


@cache
def _listeners() -> list[Callable[[Collection[tuple[UUID, str]]], object]]:
    return [import_string(path) for path in settings.EVENTS_ANNOUNCED]


def plain(value: Any) -> Any:
    """`value` as JSON can hold it: dates in ISO 8601, decimals and ids as text."""
    if isinstance(value, str | None):
        return value
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, models.Model):
        return str(value.pk)
    return value

"""
Messages that are sent at a later moment.

A message, and the mark that it was sent, are one transaction under the customer's lock: a task that
is killed, repeated or meets another sends each exactly once. Whether the customer may be written to
is asked again when the moment comes.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.cleaning import clean
from core.clock import now
from core.errors import Invalid, NotFound
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer
from customers.services.owned_rows import add_row, change_row, clean_change, locked_row
from interactions.choices import ConversationStatus, Direction, Refusal, ScheduledStatus
from interactions.errors import AlreadySent
from interactions.models import Conversation, ScheduledMessage
from interactions.selectors import silence
from interactions.services import SILENCES, append_message, locked_conversation

FARTHEST = dt.timedelta(days=366)
LATE = dt.timedelta(days=1)
"""So late, after an outage or while the customer was deleted, a message isn't sent any more."""
BATCH = 500


@writes(Permission.LOG)
def schedule_message(
    *, actor: Actor, conversation_id: UUID, values: Mapping[str, Any]
) -> ScheduledMessage:
    """
    A message of ours that is sent at `send_at`, within a year. Raises Forbidden, NotFound and
    Invalid (also for a customer who may not be written to now).
    """
    conversation, customer = locked_conversation(actor=actor, conversation_id=conversation_id)
    cleaned = clean(ScheduledMessage, values, actor=actor, required=["body", "send_at"])
    _refuse_wrong_moment(cleaned["send_at"])
    if why := silence(customer=customer, channel=conversation.channel):
        raise Invalid.one("body", why, SILENCES[why])
    row = ScheduledMessage.objects.new(
        actor,
        conversation=conversation,
        customer=customer,
        written_by_id=actor.user_id,
        **cleaned,
    )
    add_row(row, {"send_at": row.send_at}, actor=actor, customer=customer)
    return row


@writes(Permission.LOG)
def update_scheduled_message(
    *,
    actor: Actor,
    conversation_id: UUID,
    scheduled_id: UUID,
    values: Mapping[str, Any],
    if_version: Versions = None,
) -> ScheduledMessage:
    """
    Changes text or moment while it waits. Raises Forbidden, NotFound, Invalid, Stale and
    AlreadySent.
    """
    row, customer = _locked(actor, conversation_id, scheduled_id)
    cleaned = clean_change(row, values, actor=actor)
    refuse_stale(row, if_version)
    if row.status != ScheduledStatus.WAITING:
        raise AlreadySent
    if "send_at" in cleaned and cleaned["send_at"] != row.send_at:
        _refuse_wrong_moment(cleaned["send_at"])
    change_row(row, cleaned, actor=actor, customer=customer)
    return row


@writes(Permission.LOG)
def cancel_scheduled_message(
    *, actor: Actor, conversation_id: UUID, scheduled_id: UUID, if_version: Versions = None
) -> ScheduledMessage:
    """
    It isn't sent; one that was refused is settled. Raises Forbidden, NotFound, Stale and
    AlreadySent.
    """
    row, customer = _locked(actor, conversation_id, scheduled_id)
    refuse_stale(row, if_version)
    if row.status not in (ScheduledStatus.WAITING, ScheduledStatus.REFUSED):
        raise AlreadySent
    cancelled = {"status": ScheduledStatus.CANCELLED.value}
    change_row(row, cancelled, actor=actor, customer=customer)
    return row


def send_scheduled_messages() -> int:
    """
    Sends what is due, everywhere, each in a transaction of its own; what must not be sent any more
    is refused. Returns how many were sent.
    """
    due = ScheduledMessage.objects.unscoped().filter(
        status=ScheduledStatus.WAITING,
        send_at__lte=now(),
        customer__deleted_at=None,
        organization__is_active=True,
    )
    rows = due.order_by("send_at", "pk").values_list("pk", "organization", "environment")[:BATCH]
    organizations = Organization.objects.in_bulk({organization for _, organization, _ in rows})
    sent = 0
    for key, organization, environment in rows:
        actor = Actor.system(
            organization=organizations[organization],
            label="scheduled messages",
            environment=Environment(environment),
        )
        sent += send_scheduled_message(actor=actor, scheduled_id=key)
    return sent


@writes(Permission.LOG)
def send_scheduled_message(*, actor: Actor, scheduled_id: UUID) -> bool:
    """
    Sends one that is due, unless that has been done; one that may not be sent any more is refused,
    and its conversation opened. Returns whether it was sent. Emits `message.created`.
    """
    try:
        row, customer = locked_row(ScheduledMessage, actor=actor, key=scheduled_id)
    except NotFound:  # erased, or its customer was deleted
        return False
    if row.status != ScheduledStatus.WAITING or row.send_at > now() or customer is None:
        return False
    conversation, customer = locked_conversation(actor=actor, conversation_id=row.conversation_id)
    why = Refusal.LATE.value if row.send_at < now() - LATE else ""
    if not why:
        try:
            append_message(
                actor=actor,
                conversation=conversation,
                customer=customer,
                values={
                    "direction": Direction.OUTBOUND.value,
                    "body": row.body,
                    "sent_by_id": row.written_by_id,
                },
            )
        except Invalid as invalid:
            why = invalid.faults["direction"][0].code
    if why:
        _refuse(row, conversation, customer, why, actor)
        return False
    sent = {"status": ScheduledStatus.SENT.value}
    change_row(row, sent, actor=actor, customer=customer)
    return True


def _refuse(
    row: ScheduledMessage, conversation: Conversation, customer: Customer, why: str, actor: Actor
) -> None:
    refused = {"status": ScheduledStatus.REFUSED.value, "refusal": why}
    change_row(row, refused, actor=actor, customer=customer)
    reopened = {
        "status": ConversationStatus.OPEN.value,
        "resolved_at": None,
        "snoozed_until": None,
    }
    change_row(
        conversation,
        reopened,
        actor=actor,
        customer=customer,
        events=["conversation.updated"],
    )


def _locked(
    actor: Actor, conversation_id: UUID, scheduled_id: UUID
) -> tuple[ScheduledMessage, Customer]:
    """Raises NotFound."""
    row, customer = locked_row(ScheduledMessage, actor=actor, key=scheduled_id)
    if row.conversation_id != conversation_id or customer is None:
        raise NotFound("Scheduled message", scheduled_id)
    return row, customer


def _refuse_wrong_moment(moment: dt.datetime) -> None:
    """Raises Invalid."""
    if moment <= now():
        raise Invalid.one("send_at", "past", "Must be in the future.")
    if moment > now() + FARTHEST:
        raise Invalid.one("send_at", "too_far", "Must be within a year.")

"""
Joining two conversations of a customer: the messages move, and remember where they were written, so
that they can go back.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, OuterRef, Subquery

from core.errors import Invalid, NotFound
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.services.figures import refresh_figures
from customers.services.owned_rows import change_row
from interactions.choices import ConversationStatus, Direction
from interactions.functions import WholeSeconds
from interactions.models import Conversation, ConversationNote, Message, ScheduledMessage
from interactions.services import locked_conversation


@writes(Permission.LOG)
def join_conversations(
    *, actor: Actor, conversation_id: UUID, other_id: UUID, if_version: Versions = None
) -> Conversation:
    """
    Joins the other conversation into this one: its messages, notes and messages to be sent stand
    here from now on, and its id is another name for this one. What is asked of either is asked of
    both: open, a ticket, assigned.

    Raises Forbidden, NotFound, Stale, and Invalid (the same conversation, another customer's,
    another channel's). Emits `conversation.updated` for both. Can be undone.
    """
    if conversation_id == other_id:
        raise Invalid.one("other", "same", "A conversation can't be joined with itself.")
    kept, customer = locked_conversation(actor=actor, conversation_id=conversation_id)
    refuse_stale(kept, if_version)
    other = _locked_other(actor, other_id)
    if other.customer_id != kept.customer_id:
        raise Invalid.one("other", "another_customer", "It is another customer's conversation.")
    if other.channel != kept.channel:
        raise Invalid.one("other", "another_channel", "It is on another channel.")
    earlier = Conversation.objects.for_actor(actor).filter(joined_into=other)
    for row in [*earlier.order_by("pk").select_for_update(), other]:
        change_row(
            row,
            {"joined_into": kept},
            actor=actor,
            customer=customer,
            events=["conversation.updated"] if row is other else (),
        )
        follow_join(row)
    for model in (ConversationNote, ScheduledMessage):
        for moved in model.objects.for_actor(actor).filter(conversation=other).order_by("pk"):
            change_row(moved, {"conversation": kept}, actor=actor, customer=customer)
    change_row(
        kept,
        _shared_state(kept, other),
        actor=actor,
        customer=customer,
        events=["conversation.updated"],
    )
    recount([kept, other])
    refresh_figures(actor=actor, customers=[customer])
    return kept


def _locked_other(actor: Actor, key: UUID) -> Conversation:
    """Raises Invalid."""
    try:
        return locked_conversation(actor=actor, conversation_id=key)[0]
    except NotFound as error:
        raise Invalid.one("other", "not_found", "No conversation with this ID.") from error


def _shared_state(kept: Conversation, other: Conversation) -> dict[str, Any]:
    state: dict[str, Any] = {
        "is_ticket": kept.is_ticket or other.is_ticket,
        "opened_at": min(kept.opened_at, other.opened_at),
        "subject": kept.subject or other.subject,
        "assigned_to": kept.assigned_to or other.assigned_to,
    }
    if ConversationStatus.OPEN in (kept.status, other.status):
        state |= {"status": ConversationStatus.OPEN.value, "resolved_at": None}
        if kept.snoozed_until is None or other.snoozed_until is None:
            state["snoozed_until"] = None
    return state


def follow_join(conversation: Conversation) -> None:
    """
    Moves the messages that were written in a conversation to the one that it is joined into, or
    back to itself.
    """
    messages = Message.objects.unscoped()
    into = conversation.joined_into_id
    if into is None:
        own = messages.filter(written_in=conversation)
        own.update(conversation=conversation, written_in=None)
    else:
        messages.filter(conversation=conversation, written_in=None).update(written_in=conversation)
        messages.filter(written_in=conversation).update(conversation=into)


def recount(conversations: Iterable[Conversation]) -> None:
    """Counts each conversation's messages, and times its answers, anew."""
    for conversation in conversations:
        messages = Message.objects.unscoped().filter(conversation=conversation)
        counted = messages.aggregate(number=Count("*"), last=Max("sent_at"))
        conversation.message_count = counted["number"]
        conversation.last_message_at = counted["last"]
        conversation.save(update_fields=["message_count", "last_message_at"])
        answers = messages.filter(direction=Direction.OUTBOUND, sent_at__gte=OuterRef("sent_at"))
        first = answers.order_by("sent_at").values("sent_at")[:1]
        questions = messages.filter(direction=Direction.INBOUND)
        questions.update(response_seconds=WholeSeconds(Subquery(first) - F("sent_at")))

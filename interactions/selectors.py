"""Reading interactions, conversations and messages, for one actor."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.errors import NotFound
from core.fields import of_ones_own
from core.ids import parse_id
from core.reading import blank, read_prepared
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.tenancy.scoping import ANY_TENANT, Tenant
from core.webhooks.choices import EndpointState, EventType, PayloadForm
from core.webhooks.models import WebhookEndpoint
from customers.choices import IdentityKind
from customers.models import Customer, Identity
from customers.selectors.customers import is_of_deleted
from customers.selectors.silence import silences
from interactions.choices import (
    Channel,
    ConversationStatus,
    Direction,
    InteractionType,
    Obstacle,
    Outcome,
)
from interactions.filters import (
    ConversationConditions,
    FollowUpConditions,
    InteractionConditions,
    is_snoozed,
    is_waiting,
)
from interactions.models import (
    Conversation,
    ConversationNote,
    FollowUp,
    Gateway,
    Interaction,
    Message,
    ReplyTemplate,
    ScheduledMessage,
)


def interactions(
    *, actor: Actor, conditions: InteractionConditions | None = None
) -> "QuerySet[Interaction]":
    """Interactions of living customers that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or InteractionConditions()).apply(_of_living(actor))


def _of_living(tenant: Tenant) -> "QuerySet[Interaction]":
    return Interaction.objects.for_actor(tenant).exclude(is_of_deleted(tenant))


HISTORY = 50
"""How many interactions a customer's history has at most."""


def history(*, actor: Actor, customer_id: UUID, columns: Collection[str]) -> list[dict[str, Any]]:
    """`columns` of the living customer's newest interactions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    values = Interaction.objects.scope(actor) | {"customer_id": customer_id}
    return read_prepared(_history, columns, values)


def _history() -> "QuerySet[Interaction]":
    mine = _of_living(ANY_TENANT).filter(customer_id=blank("customer_id"))
    return mine.order_by("-occurred_at", "-id")[:HISTORY]


def interaction(*, actor: Actor, interaction_id: UUID) -> Interaction:
    """The logged contact, its customer at hand. Raises Forbidden and NotFound."""
    row = (
        interactions(actor=actor)
        .select_related("customer", "created_by")
        .filter(pk=interaction_id)
        .first()
    )
    if row is None:
        raise NotFound("Interaction", interaction_id)
    return row


def interaction_types(*, actor: Actor) -> list[tuple[str, Any]]:
    """Value and label of the kinds of contact that can be chosen. Raises Forbidden."""
    own = interactions(actor=actor).filter(of_ones_own("type", InteractionType)).order_by()
    return InteractionType.offered(own.values_list("type", flat=True).distinct())


def outcomes(*, actor: Actor) -> list[tuple[str, Any]]:
    """Value and label of the outcomes that can be chosen. Raises Forbidden."""
    own = interactions(actor=actor).filter(of_ones_own("outcome", Outcome)).order_by()
    return Outcome.offered(own.values_list("outcome", flat=True).distinct())


DUE_FIRST = ("due_date", F("due_time").asc(nulls_last=True), "id")
"""The most urgent first; of a day those with a time before those for any time of it."""


def follow_ups(
    *, actor: Actor, conditions: FollowUpConditions | None = None
) -> "QuerySet[FollowUp]":
    """Follow-ups of living customers that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or FollowUpConditions()).apply(
        FollowUp.objects.for_actor(actor).filter(customer__deleted_at=None)
    )


def follow_up(*, actor: Actor, follow_up_id: UUID) -> FollowUp:
    """The follow-up with its customer and owner. Raises Forbidden and NotFound."""
    rows = follow_ups(actor=actor).select_related("customer", "owner", "done_by", "created_by")
    row = rows.filter(pk=follow_up_id).first()
    if row is None:
        raise NotFound("Follow-up", follow_up_id)
    return row


LATEST_FIRST = (Coalesce("last_message_at", "opened_at").desc(), "-id")
"""Conversations by their latest message, or, still silent, by when they were opened."""


def conversations(
    *, actor: Actor, conditions: ConversationConditions | None = None
) -> "QuerySet[Conversation]":
    """
    Conversations of living customers that meet the conditions; those that were joined into others
    are none. Raises Forbidden.
    """
    actor.require(Permission.VIEW)
    return (conditions or ConversationConditions()).apply(
        Conversation.objects.for_actor(actor).filter(joined_into=None).exclude(is_of_deleted(actor))
    )


def joined_conversations(
    *, actor: Actor, texts: Iterable[str], deleted: bool = False
) -> dict[str, UUID]:
    """
    Id of a conversation that was joined into another → the other, for those of `texts` that are
    such ids.
    """
    keys = {text: parse_id(text) for text in texts}
    ids = [key for key in keys.values() if key]
    rows = Conversation.objects.for_actor(actor).filter(pk__in=ids)
    found = {key: into for key, into in rows.values_list("pk", "joined_into") if into}
    return {text: found[key] for text, key in keys.items() if key and key in found}


@dataclass(frozen=True, slots=True)
class ConversationCounts:
    """How many open conversations that aren't snoozed are whose, and all there are."""

    mine: int
    unassigned: int
    waiting: int
    all: int


def conversation_counts(*, actor: Actor) -> ConversationCounts:
    """Two queries. Raises Forbidden."""
    every = conversations(actor=actor)
    at_work = every.filter(~is_snoozed(), status=ConversationStatus.OPEN)
    counted = at_work.aggregate(
        mine=Count("pk", filter=Q(assigned_to__in=[actor.user_id] if actor.user_id else [])),
        unassigned=Count("pk", filter=Q(assigned_to=None)),
        waiting=Count("pk", filter=is_waiting()),
    )
    return ConversationCounts(**counted, all=every.count())


def conversation_notes(*, actor: Actor, conversation_id: UUID) -> "QuerySet[ConversationNote]":
    """What the staff noted beside a living customer's conversation. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return ConversationNote.objects.for_actor(actor).filter(
        customer__deleted_at=None, conversation_id=conversation_id
    )


def scheduled_messages(*, actor: Actor, conversation_id: UUID) -> "QuerySet[ScheduledMessage]":
    """What is, or was, to be sent later in a living customer's conversation. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return ScheduledMessage.objects.for_actor(actor).filter(
        customer__deleted_at=None, conversation_id=conversation_id
    )


def conversation(*, actor: Actor, conversation_id: UUID) -> Conversation:
    """The conversation with a living customer. Raises Forbidden and NotFound."""
    rows = conversations(actor=actor).filter(pk=conversation_id)
    row = rows.select_related("customer", "assigned_to").first()
    if row is None:
        raise NotFound("Conversation", conversation_id)
    return row


def recent_conversations(*, actor: Actor, customer_id: UUID) -> "QuerySet[Conversation]":
    """
    A customer's conversations, those with the latest message first (or, still silent, the latest
    opened). Raises Forbidden.
    """
    rows = conversations(actor=actor, conditions=ConversationConditions(customer_id=customer_id))
    return rows.order_by(*LATEST_FIRST)


def every_message(*, actor: Actor) -> "QuerySet[Message]":
    """Messages of all conversations with living customers. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Message.objects.for_actor(actor).exclude(is_of_deleted(actor))


def messages(*, actor: Actor, conversation_id: UUID) -> "QuerySet[Message]":
    """Messages of a conversation. Raises Forbidden."""
    return every_message(actor=actor).filter(conversation_id=conversation_id)


def customer_messages(*, actor: Actor, customer_id: UUID) -> "QuerySet[Message]":
    """Messages of all conversations with a living customer. Raises Forbidden."""
    return every_message(actor=actor).filter(customer_id=customer_id)


def channels_of(conversation_ids: Collection[UUID]) -> dict[UUID, str]:
    """Conversation → its channel, in one query."""
    rows = Conversation.objects.unscoped().filter(pk__in=conversation_ids)
    return dict(rows.values_list("pk", "channel"))


def messages_before(
    *, actor: Actor, conversation_id: UUID, message_id: UUID | None = None, most: int
) -> list[Message]:
    """
    The `most` messages before one (None: the latest), the oldest first, with who sent them. Raises
    Forbidden.
    """
    rows = messages(actor=actor, conversation_id=conversation_id)
    if message_id is not None:
        edge = rows.filter(pk=message_id).values("sent_at")[:1]
        rows = rows.filter(
            Q(sent_at__lt=Subquery(edge)) | Q(sent_at=Subquery(edge), pk__lt=message_id)
        )
    return list(rows.select_related("sent_by").order_by("-sent_at", "-id")[:most])[::-1]


def messages_after(
    *, actor: Actor, conversation_id: UUID, message_id: UUID | None
) -> list[Message]:
    """
    The messages after one (None: all), the oldest first, with who sent them. Raises Forbidden.
    """
    rows = messages(actor=actor, conversation_id=conversation_id)
    if message_id is not None:
        edge = rows.filter(pk=message_id).values("sent_at")[:1]
        rows = rows.filter(
            Q(sent_at__gt=Subquery(edge)) | Q(sent_at=Subquery(edge), pk__gt=message_id)
        )
    return list(rows.select_related("sent_by").order_by("sent_at", "id"))


def latest_messages(*, actor: Actor, conversation_ids: Collection[UUID]) -> dict[UUID, Message]:
    """
    Conversation → its latest message, in one query; silent conversations are missing. Raises
    Forbidden.
    """
    actor.require(Permission.VIEW)
    newest = (
        Message.objects.unscoped()
        .filter(conversation=OuterRef("pk"))
        .order_by("-sent_at", "-id")
        .values("pk")[:1]
    )
    ids = (
        Conversation.objects.for_actor(actor)
        .filter(pk__in=conversation_ids)
        .values_list(Subquery(newest))
    )
    return {
        message.conversation_id: message
        for message in Message.objects.for_actor(actor).filter(pk__in=ids)
    }


def silence(*, customer: Customer, channel: str) -> str:
    """Why the customer gets no message on the channel; empty when they may be written to."""
    return silences({customer.pk: customer.is_blocked})[customer.pk].on(channel)


def gateways(*, actor: Actor) -> "QuerySet[Gateway]":
    """The environment's connected channels, with their webhooks. Raises Forbidden."""
    actor.require(Permission.MANAGE_WEBHOOKS)
    return Gateway.objects.for_actor(actor)


def obstacle(endpoint: WebhookEndpoint) -> Obstacle | None:
    """What keeps a webhook from carrying messages; None when it can."""
    if endpoint.state != EndpointState.ACTIVE:
        return Obstacle.SWITCHED_OFF
    if not endpoint.hears(EventType.MESSAGE_CREATED):
        return Obstacle.DEAF
    return None if endpoint.payload == PayloadForm.FULL else Obstacle.THIN


def is_connected(*, actor: Actor, channel: str) -> bool:
    """Whether a gateway sends what is written on the channel; else it only stands here."""
    rows = Gateway.objects.for_actor(actor).filter(channel=channel).select_related("endpoint")
    row = rows.only("endpoint__state", "endpoint__payload", "endpoint__event_types").first()
    return row is not None and obstacle(row.endpoint) is None


def reply_address(*, conversation: Conversation, customer: Customer) -> str:
    """
    Where the customer is written to in the thread: where they last wrote from, while that is
    theirs, else the address of theirs that the channel takes. Empty when there is none.
    """
    known = Identity.objects.unscoped().filter(customer=customer)
    theirs = Message.objects.unscoped().filter(
        conversation=conversation, direction=Direction.INBOUND
    )
    told = theirs.exclude(address="").order_by("-sent_at", "-id")
    last: str = told.values_list("address", flat=True).first() or ""
    if last and known.filter(value=last).exists():
        return last
    return _own_address(conversation.channel, customer)


def _own_address(channel: str, customer: Customer) -> str:
    own: dict[str, str] = {
        Channel.EMAIL: customer.email,
        Channel.SMS: customer.phone,
        Channel.WHATSAPP: customer.whatsapp_number or customer.phone or _whatsapp_id(customer),
    }
    return own.get(channel, "")


def _whatsapp_id(customer: Customer) -> str:
    ids = Identity.objects.unscoped().filter(customer=customer, kind=IdentityKind.WHATSAPP_ID)
    found: str | None = ids.order_by("-last_seen_at").values_list("value", flat=True).first()
    return found or ""


def reply_templates(*, actor: Actor) -> "QuerySet[ReplyTemplate]":
    """The organization's saved replies, those no longer offered too. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return ReplyTemplate.objects.for_actor(actor)

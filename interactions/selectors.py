"""Reading interactions, conversations and messages, for one actor."""

from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from core.errors import NotFound
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from interactions.conditions import ConversationConditions, InteractionConditions
from interactions.models import Conversation, Interaction, Message


def interactions(*, actor: Actor, conditions: InteractionConditions | None = None) -> "QuerySet[Interaction]":
    """Interactions of living customers that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or InteractionConditions()).apply(Interaction.objects.for_actor(actor).filter(customer__deleted_at=None))


def conversations(*, actor: Actor, conditions: ConversationConditions | None = None) -> "QuerySet[Conversation]":
    """Conversations of living customers that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or ConversationConditions()).apply(Conversation.objects.for_actor(actor).filter(customer__deleted_at=None))


def conversation(*, actor: Actor, conversation_id: UUID) -> Conversation:
    """The conversation with a living customer. Raises Forbidden and NotFound."""
    row = conversations(actor=actor).filter(pk=conversation_id).first()
    if row is None:
        raise NotFound("Conversation", conversation_id)
    return row


def recent_conversations(*, actor: Actor, customer_id: UUID) -> "QuerySet[Conversation]":
    """A customer's conversations, those with the latest message first (or, still silent, the latest opened). Raises Forbidden."""
    rows = conversations(actor=actor, conditions=ConversationConditions(customer_id=customer_id))
    return rows.order_by(Coalesce("last_message_at", "opened_at").desc(), "-id")


def messages(*, actor: Actor, conversation_id: UUID) -> "QuerySet[Message]":
    """Messages of a conversation. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Message.objects.for_actor(actor).filter(conversation_id=conversation_id, customer__deleted_at=None)

"""Reading interactions, conversations and messages, for one actor."""

from uuid import UUID

from django.db.models import QuerySet

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from interactions.models import Conversation, Interaction, Message


def interactions(*, actor: Actor, customer_id: UUID | None = None) -> "QuerySet[Interaction]":
    """Interactions of living customers, or of one. Raises Forbidden."""
    actor.require(Permission.VIEW)
    rows = Interaction.objects.for_actor(actor).filter(customer__deleted_at=None)
    return rows if customer_id is None else rows.filter(customer_id=customer_id)


def conversations(*, actor: Actor, customer_id: UUID | None = None) -> "QuerySet[Conversation]":
    """Conversations of living customers, or of one. Raises Forbidden."""
    actor.require(Permission.VIEW)
    rows = Conversation.objects.for_actor(actor).filter(customer__deleted_at=None)
    return rows if customer_id is None else rows.filter(customer_id=customer_id)


def messages(*, actor: Actor, conversation_id: UUID) -> "QuerySet[Message]":
    """Messages of a conversation. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return Message.objects.for_actor(actor).filter(conversation_id=conversation_id, customer__deleted_at=None)

"""Conversations with a customer, and their messages."""

from typing import Any

from core.errors import Fault
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    InvalidInput,
    Row,
)
from crm.api.messaging.serializers.customers import MomentField
from interactions.choices import DeliveryStatus, Direction
from interactions.models import Conversation, Message


class MessagingConversationSerializer(DomainSerializer):
    """A thread on a channel."""

    _id = DomainField(source="id", read_only=True)
    customerId = DomainField(source="customer", read_only=True)
    channel = DomainField()
    subject = DomainField()
    status = DomainField(read_only=True)
    isTicket = DomainField(source="is_ticket")
    openedAt = MomentField(source="opened_at")
    resolvedAt = MomentField(source="resolved_at")
    messageCount = DomainField(source="message_count", read_only=True)
    lastMessageAt = MomentField(source="last_message_at")

    class Meta:
        model = Conversation


class MessagingConversationStatusSerializer(MessagingConversationSerializer):
    """What may change of a conversation; the other keys, sent back, say nothing."""

    channel = DomainField(read_only=True)
    subject = DomainField(read_only=True)
    status = DomainField()
    isTicket = DomainField(source="is_ticket", read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "status" not in attrs:
            raise InvalidInput({"status": [Fault("required", "This field is required.")]})
        return attrs


def _delivery(row: Row) -> str | None:
    """Of what was sent; null for what was received."""
    return row["delivery_status"] if row["direction"] == Direction.OUTBOUND else None


class MessagingMessageSerializer(DomainSerializer):
    """A message of a conversation."""

    _id = DomainField(source="id", read_only=True)
    conversationId = DomainField(source="conversation", read_only=True)
    direction = DomainField()
    body = DomainField()
    sentAt = MomentField(source="sent_at", read_only=False)
    sentBy = DomainField(source="sent_by", read_only=True)
    deliveryStatus = ComputedField(
        _delivery,
        "delivery_status",
        "direction",
        schema={"type": ["string", "null"], "enum": [*DeliveryStatus.values, None]},
        help_text="`noted`: the channel has no gateway. Null of what was received.",
    )
    failureReason = DomainField(source="failure_reason", read_only=True)

    class Meta:
        model = Message

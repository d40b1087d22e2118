"""Conversations, and their messages."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.tenancy.policy import Permission
from crm.api.kernel.mixins import RetrieveMixin
from crm.api.messaging import examples
from crm.api.messaging.pagination import MessagePagination
from crm.api.messaging.serializers.answers import in_success
from crm.api.messaging.serializers.conversations import (
    MessagingConversationSerializer,
    MessagingConversationStatusSerializer,
    MessagingMessageSerializer,
)
from crm.api.messaging.viewsets.base import MessagingViewSet
from interactions.selectors import conversations, joined_conversations, messages
from interactions.services import add_message, update_conversation


class ConversationViewSet(MessagingViewSet, RetrieveMixin):
    noun = "Conversation"
    answer_key = "conversation"
    lookup_url_kwarg = "conversation_id"
    serializer_class = MessagingConversationSerializer
    selector = conversations
    external_ids = joined_conversations
    services = {
        "retrieve": Permission.VIEW,
        "update": update_conversation,
        "messages": Permission.VIEW,
        "add_message": add_message,
    }
    input_serializers = {"update": MessagingConversationStatusSerializer}
    paged_actions = ("messages",)

    @extend_schema(operation_id="messaging_update_conversation", examples=examples.RESOLVE)
    def partial_update(self, request: Request, conversation_id: str) -> Response:
        """Resolves or reopens."""
        values = self.get_valid_serializer().validated_data
        key = self.lookup_key
        precondition = self.get_precondition()
        row = update_conversation(
            actor=self.actor, conversation_id=key, values=values, **precondition
        )
        return self.answer(row)

    @extend_schema(
        operation_id="messaging_list_messages", responses=MessagingMessageSerializer(many=True)
    )
    @action(
        detail=True,
        answer_key="message",
        serializer_class=MessagingMessageSerializer,
        pagination_class=MessagePagination,
        ordering=("sent_at", "id"),
    )
    def messages(self, request: Request, conversation_id: str) -> Response:
        """The conversation's messages, the oldest first."""
        self.check_existence(self.lookup_key)
        return self.get_page(messages(actor=self.actor, conversation_id=self.lookup_key))

    @extend_schema(
        operation_id="messaging_add_message",
        responses={201: in_success("message", MessagingMessageSerializer)},
        examples=examples.MESSAGE,
    )
    @messages.mapping.post
    def add_message(self, request: Request, conversation_id: str) -> Response:
        values, key = self.get_valid_serializer().validated_data, self.lookup_key

        def work() -> Response:
            row = add_message(actor=self.actor, conversation_id=key, values=values)
            return self.answer(row, status=201)

        return self.once(work)

"""Conversations and their messages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from core.errors import NotFound
from crm.api.kernel.words import Word, Words
from crm.api.roofing.base import PageQuery, ResourceItem, ResourceList, RoofingView, many, one
from interactions import services
from interactions.filters import ConversationFilterSet
from interactions.models import Conversation, Message
from interactions.selectors import conversations, messages


class ConversationWords(Words):
    id = Word(read_only=True)
    customer_id = Word("customer")
    channel = Word()
    subject = Word()
    status = Word()
    is_ticket = Word()
    opened_at = Word()
    resolved_at = Word(read_only=True)
    message_count = Word(read_only=True)
    last_message_at = Word(read_only=True)

    class Meta:
        model = Conversation


class ConversationBase:
    noun = "Conversation"
    words_class = ConversationWords
    rows = staticmethod(conversations)
    filterset_class = ConversationFilterSet
    order = ("-opened_at", "-id")
    create = services.open_conversation
    update = services.update_conversation
    key = "conversation_id"


class ConversationsList(ConversationBase, ResourceList):
    pass


class ConversationItem(ConversationBase, ResourceItem):
    pass


class MessageWords(Words):
    id = Word(read_only=True)
    conversation_id = Word("conversation", read_only=True)
    direction = Word()
    body = Word()
    sent_at = Word(read_only=True)
    sent_by = Word(read_only=True)

    class Meta:
        model = Message


class ConversationMessages(RoofingView):
    """The messages of a conversation, oldest first."""

    replays = True

    @extend_schema(
        operation_id="list_conversation_messages",
        parameters=[PageQuery],
        responses=many(MessageWords),
    )
    def get(self, request: Any, row_id: str) -> Response:
        query = self.query(PageQuery)
        key = self.id(row_id, "Conversation")
        if not conversations(actor=self.actor).filter(pk=key).exists():
            raise NotFound("Conversation", key)
        rows = messages(actor=self.actor, conversation_id=key)
        return self.paged(rows, MessageWords, order=("sent_at", "id"), query=query)

    @extend_schema(
        operation_id="create_conversation_message",
        request=MessageWords,
        responses={201: one(MessageWords)},
    )
    def post(self, request: Any, row_id: str) -> Response:
        self.allow(services.add_message)
        key = self.id(row_id, "Conversation")
        values = self.body(MessageWords)

        def work() -> Response:
            message = services.add_message(actor=self.actor, conversation_id=key, values=values)
            return Response({"data": MessageWords.show(vars(message))}, status=201)

        return self.once(work)

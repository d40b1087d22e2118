"""Conversations with a customer, and their messages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from core.errors import Fault
from crm.api.kernel.paging import page_of
from crm.api.kernel.words import Unreadable, Word, Words
from crm.api.messaging import examples
from crm.api.messaging.base import (
    MessagingView,
    MomentWord,
    PageQuery,
    answer,
    page_answer,
    success,
    success_page,
)
from customers.selectors.customers import customer
from interactions.filters import ConversationConditions
from interactions.models import Conversation, Message
from interactions.selectors import conversation, conversations, messages
from interactions.services import add_message, open_conversation, update_conversation


class MessagingConversationWords(Words):
    """A thread on a channel."""

    _id = Word("id", read_only=True)
    customerId = Word("customer", read_only=True)
    channel = Word()
    subject = Word()
    status = Word(read_only=True)
    isTicket = Word("is_ticket")
    openedAt = MomentWord("opened_at")
    resolvedAt = MomentWord("resolved_at")
    messageCount = Word("message_count", read_only=True)
    lastMessageAt = MomentWord("last_message_at")

    class Meta:
        model = Conversation


class MessagingConversationStatusWords(Words):
    """What may change of a conversation; the other keys, sent back, say nothing."""

    _id = Word("id", read_only=True)
    customerId = Word("customer", read_only=True)
    channel = Word(read_only=True)
    subject = Word(read_only=True)
    status = Word()
    isTicket = Word("is_ticket", read_only=True)
    openedAt = MomentWord("opened_at")
    resolvedAt = MomentWord("resolved_at")
    messageCount = Word("message_count", read_only=True)
    lastMessageAt = MomentWord("last_message_at")

    class Meta:
        model = Conversation


class MessagingMessageWords(Words):
    """A message of a conversation."""

    _id = Word("id", read_only=True)
    conversationId = Word("conversation", read_only=True)
    direction = Word()
    body = Word()
    sentAt = MomentWord("sent_at")
    sentBy = Word("sent_by", read_only=True)

    class Meta:
        model = Message


ANSWER = answer("ConversationAnswer", conversation=MessagingConversationWords())


class CustomerConversations(MessagingView):
    @extend_schema(
        operation_id="messaging_list_conversations",
        parameters=[PageQuery],
        responses=page_answer("ConversationPage", "conversations", MessagingConversationWords),
        examples=examples.CONVERSATIONS,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        """The customer's conversations, the newest first."""
        query = self.query(PageQuery)
        key = customer(actor=self.actor, customer_id=self.id(customer_id)).pk
        page = page_of(
            conversations(actor=self.actor, conditions=ConversationConditions(customer_id=key)),
            order=("-opened_at", "-id"),
            columns=MessagingConversationWords.columns(),
            number=query["page"],
            size=query["limit"],
        )
        return success_page("conversations", MessagingConversationWords.show_all(page.rows), page)

    @extend_schema(
        operation_id="messaging_open_conversation",
        request=MessagingConversationWords,
        responses={201: ANSWER},
        examples=examples.CONVERSATION,
    )
    def post(self, request: Any, customer_id: str) -> Response:
        self.nothing_asked()
        self.allow(open_conversation)
        key = customer(actor=self.reader, customer_id=self.id(customer_id)).pk
        values = self.body(MessagingConversationWords) | {"customer": key}

        def work() -> Response:
            row = open_conversation(actor=self.actor, values=values)
            return success(201, conversation=MessagingConversationWords.show(vars(row)))

        return self.once(work)


class ConversationItem(MessagingView):
    @extend_schema(operation_id="messaging_read_conversation", responses=ANSWER)
    def get(self, request: Any, conversation_id: str) -> Response:
        self.nothing_asked()
        row = conversation(
            actor=self.actor, conversation_id=self.id(conversation_id, "Conversation")
        )
        return success(conversation=MessagingConversationWords.show(vars(row)))

    @extend_schema(
        operation_id="messaging_update_conversation",
        request=MessagingConversationStatusWords,
        responses=ANSWER,
        examples=examples.RESOLVE,
    )
    def patch(self, request: Any, conversation_id: str) -> Response:
        """Resolves or reopens."""
        self.nothing_asked()
        self.allow(update_conversation)
        key = self.id(conversation_id, "Conversation")
        values = self.body(MessagingConversationStatusWords)
        if "status" not in values:
            raise Unreadable({"status": [Fault("required", "This field is required.")]})
        row = update_conversation(actor=self.actor, conversation_id=key, values=values)
        return success(conversation=MessagingConversationWords.show(vars(row)))


class ConversationMessages(MessagingView):
    @extend_schema(
        operation_id="messaging_list_messages",
        parameters=[PageQuery],
        responses=page_answer("MessagePage", "messages", MessagingMessageWords),
    )
    def get(self, request: Any, conversation_id: str) -> Response:
        """The conversation's messages, the oldest first."""
        query = self.query(PageQuery)
        key = conversation(
            actor=self.actor, conversation_id=self.id(conversation_id, "Conversation")
        ).pk
        page = page_of(
            messages(actor=self.actor, conversation_id=key),
            order=("sent_at", "id"),
            columns=MessagingMessageWords.columns(),
            number=query["page"],
            size=query["limit"],
        )
        return success_page("messages", MessagingMessageWords.show_all(page.rows), page)

    @extend_schema(
        operation_id="messaging_add_message",
        request=MessagingMessageWords,
        responses={201: answer("MessageAnswer", message=MessagingMessageWords())},
        examples=examples.MESSAGE,
    )
    def post(self, request: Any, conversation_id: str) -> Response:
        self.nothing_asked()
        self.allow(add_message)
        key = self.id(conversation_id, "Conversation")
        values = self.body(MessagingMessageWords)

        def work() -> Response:
            row = add_message(actor=self.actor, conversation_id=key, values=values)
            return success(201, message=MessagingMessageWords.show(vars(row)))

        return self.once(work)

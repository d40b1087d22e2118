"""Conversations: their messages, notes, and what is sent later."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Invalid, MalformedId, NotFound
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from crm.api.kernel.mixins import CreateMixin, DestroyMixin, ListMixin, RetrieveMixin, UpdateMixin
from crm.api.roofing.serializers.answers import in_data
from crm.api.roofing.serializers.resources import (
    ConversationMessageSerializer,
    ConversationNoteSerializer,
    ConversationSerializer,
    JoinSerializer,
    ScheduledMessageSerializer,
)
from crm.api.roofing.viewsets.base import READING, ResourceViewSet, RoofingViewSet
from interactions.filters import ConversationFilterSet
from interactions.joining import join_conversations
from interactions.notes import add_note, delete_note
from interactions.scheduling import (
    cancel_scheduled_message,
    schedule_message,
    update_scheduled_message,
)
from interactions.selectors import (
    conversation_notes,
    conversations,
    joined_conversations,
    messages,
    scheduled_messages,
)
from interactions.services import add_message, open_conversation, update_conversation


class ConversationViewSet(ResourceViewSet):
    noun = "Conversation"
    serializer_class = ConversationSerializer
    filterset_class = ConversationFilterSet
    selector = conversations
    external_ids = joined_conversations
    ordering = ("-opened_at", "-id")
    service_kwarg = "conversation_id"
    services = READING | {
        "create": open_conversation,
        "update": update_conversation,
        "messages": Permission.VIEW,
        "create_message": add_message,
        "join": join_conversations,
    }
    input_serializers = {"join": JoinSerializer}
    paged_actions = ("list", "messages")
    documented_headers = {
        "If-Match": ("update", "partial_update", "join"),
        "Idempotency-Key": ("create", "create_message"),
    }

    @extend_schema(
        operation_id="list_conversation_messages",
        responses=ConversationMessageSerializer(many=True),
    )
    @action(detail=True, serializer_class=ConversationMessageSerializer, ordering=("sent_at", "id"))
    def messages(self, request: Request, row_id: str) -> Response:
        """The oldest first."""
        self.check_existence(self.lookup_key)
        return self.get_page(messages(actor=self.actor, conversation_id=self.lookup_key))

    @extend_schema(
        operation_id="create_conversation_message",
        responses={201: in_data(ConversationMessageSerializer)},
    )
    @messages.mapping.post
    def create_message(self, request: Request, row_id: str) -> Response:
        key, values = self.lookup_key, self.get_valid_serializer().validated_data

        def work() -> Response:
            message = add_message(actor=self.actor, conversation_id=key, values=values)
            return self.answer(message, status=201)

        return self.once(work)

    @extend_schema(responses=in_data(ConversationSerializer))
    @action(detail=True, methods=["post"])
    def join(self, request: Request, row_id: str) -> Response:
        """
        Joins another conversation of the customer, on the same channel, into this one; its id names
        this one from then on. `POST /api/changes/{id}/undo` takes them apart again.
        """
        other = self.get_valid_serializer().validated_data["other"]
        key = parse_id(other)
        if key is None:
            raise Invalid.one("other", "invalid_id", "Must be a valid UUID.")
        row = join_conversations(
            actor=self.actor,
            conversation_id=self.lookup_key,
            other_id=key,
            **self.get_precondition(),
        )
        return self.answer(self.get_written(row))


class OfConversationViewSet(RoofingViewSet, ListMixin, CreateMixin, RetrieveMixin, DestroyMixin):
    """Rows that stand beside a conversation."""

    lookup_url_kwarg = "row_id"
    reads_back = True
    documented_headers = {
        "If-Match": ("update", "partial_update", "destroy"),
        "Idempotency-Key": ("create",),
    }

    @property
    def conversation_id(self) -> UUID:
        """Raises MalformedId."""
        text = self.kwargs["conversation_id"]
        key = parse_id(text)
        if key is None:
            raise MalformedId("Conversation", text)
        return key

    def select(self, actor: Actor, **chosen: Any) -> "QuerySet[Any]":
        """Raises NotFound for the conversation."""
        key = self.conversation_id
        if not conversations(actor=actor).filter(pk=key).exists():
            raise NotFound("Conversation", key)
        return super().select(actor, conversation_id=key, **chosen)

    def perform_create(self, serializer: Any) -> Any:
        return self.services["create"](
            actor=self.actor,
            conversation_id=self.conversation_id,
            values=serializer.validated_data,
        )

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        self.services["destroy"](
            actor=self.actor,
            conversation_id=self.conversation_id,
            **{self.service_kwarg: self.lookup_key},
            **self.get_precondition(),
        )
        return Response(self.get_destroyed())


class ConversationNoteViewSet(OfConversationViewSet):
    """What the staff tell one another; no channel carries it."""

    noun = "Note"
    serializer_class = ConversationNoteSerializer
    selector = conversation_notes
    ordering = ("created_at", "id")
    service_kwarg = "note_id"
    services = READING | {"create": add_note, "destroy": delete_note}


class ScheduledMessageViewSet(OfConversationViewSet, UpdateMixin):
    """What is sent at a later moment. A deleted one is cancelled, and stays to be read."""

    noun = "Scheduled message"
    serializer_class = ScheduledMessageSerializer
    selector = scheduled_messages
    ordering = ("send_at", "id")
    service_kwarg = "scheduled_id"
    services = READING | {
        "create": schedule_message,
        "update": update_scheduled_message,
        "destroy": cancel_scheduled_message,
    }

    def perform_update(self, serializer: Any) -> Any:
        return update_scheduled_message(
            actor=self.actor,
            conversation_id=self.conversation_id,
            scheduled_id=self.lookup_key,
            values=serializer.validated_data,
            **self.get_precondition(),
        )

    def get_destroyed(self) -> dict[str, Any]:
        return {"message": f"{self.noun} {self.kwargs['row_id']} cancelled successfully"}

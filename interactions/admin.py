"""Interactions, conversations and messages in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.admin.lists import OpenChoiceListFilter, toned_column, word_column
from core.ui.admin.model_admin import ReadOnlyAdmin, ServiceAdmin, by_id
from core.ui.admin.transfer import TransferAdmin
from customers.admin.rows import CustomerRowAdmin
from interactions.choices import ConversationStatus, InteractionType, Outcome
from interactions.follow_ups import create_follow_up, delete_follow_up, update_follow_up
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
from interactions.replies import (
    create_reply_template,
    delete_reply_template,
    update_reply_template,
)
from interactions.resources import InteractionResource
from interactions.services import (
    add_message,
    delete_interaction,
    log_interaction,
    open_conversation,
    update_conversation,
    update_interaction,
)


@admin.register(Interaction)
class InteractionAdmin(CustomerRowAdmin, TransferAdmin):
    menu_group, menu_icon = "Conversations", "call"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.LOG,
        "change": Permission.UPDATE_CUSTOMERS,
        "delete": Permission.UPDATE_CUSTOMERS,
        "import": Permission.IMPORT,
        "export": Permission.EXPORT,
    }
    create_row = staticmethod(log_interaction)
    update_row = by_id(update_interaction, "interaction_id")
    delete_row = by_id(delete_interaction, "interaction_id")
    fixed_fields = ["customer"]
    resource_classes = [InteractionResource]
    list_display = [
        "occurred_at",
        "customer",
        word_column("type", InteractionType, _("Type")),
        word_column("outcome", Outcome, _("Outcome")),
        "created_by",
    ]
    list_select_related = ["customer", "created_by"]
    list_filter = [("type", OpenChoiceListFilter), ("outcome", OpenChoiceListFilter)]
    ordering = ["-occurred_at", "-pk"]
    fields = ["customer", "type", "occurred_at", "outcome", "notes", "created_by"]
    readonly_fields = ["created_by"]


@admin.register(FollowUp)
class FollowUpAdmin(CustomerRowAdmin, ServiceAdmin):
    menu_group, menu_icon = "Conversations", "event_upcoming"
    permissions = dict.fromkeys(["add", "change", "delete"], Permission.LOG) | {
        "view": Permission.VIEW
    }
    create_row = staticmethod(create_follow_up)
    update_row = by_id(update_follow_up, "follow_up_id")
    delete_row = by_id(delete_follow_up, "follow_up_id")
    fixed_fields = ["customer"]
    list_display = ["due_date", "due_time", "customer", "reason", "owner", "done_at"]
    list_select_related = ["customer", "owner"]
    list_filter = [("done_at", admin.EmptyFieldListFilter)]
    ordering = ["due_date", "pk"]
    fields = ["customer", "reason", "due_date", "due_time", "owner", "notes", "done_at", "done_by"]
    readonly_fields = ["done_at", "done_by"]


@admin.register(Conversation)
class ConversationAdmin(CustomerRowAdmin, ServiceAdmin):
    menu_group, menu_icon = "Conversations", "forum"
    permissions = {"view": Permission.VIEW, "add": Permission.LOG, "change": Permission.LOG}
    create_row = staticmethod(open_conversation)
    update_row = by_id(update_conversation, "conversation_id")
    fixed_fields = ["customer", "channel"]
    list_display = [
        "__str__",
        "customer",
        "channel",
        toned_column("status", ConversationStatus, _("Status")),
        "is_ticket",
        "message_count",
        "last_message_at",
    ]
    list_filter = ["status", "channel", "is_ticket"]
    ordering = ["-opened_at", "-pk"]
    fields = [
        "customer",
        "channel",
        "subject",
        "status",
        "is_ticket",
        "assigned_to",
        "snoozed_until",
        "resolved_at",
        "message_count",
        "last_message_at",
    ]
    readonly_fields = ["resolved_at", "message_count", "last_message_at"]


def _add_message(*, actor: Actor, values: dict[str, Any]) -> Message:
    conversation = values.pop("conversation")
    return add_message(actor=actor, conversation_id=conversation.pk, values=values)


@admin.register(Message)
class MessageAdmin(CustomerRowAdmin, ServiceAdmin):
    """Messages are added, never changed."""

    menu_group, menu_icon = "Conversations", "sms"
    permissions = {"view": Permission.VIEW, "add": Permission.LOG}
    create_row = staticmethod(_add_message)
    list_display = [
        "sent_at",
        "customer",
        "direction",
        "conversation",
        "sent_by",
        "delivery_status",
    ]
    list_select_related = ["customer", "conversation", "sent_by"]
    list_filter = ["direction", "delivery_status"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        added = ["conversation", "direction", "body"]
        if obj is None:
            return added
        fared = ["address", "delivery_status", "failure_reason", "status_at", "provider_id"]
        return ["customer", *added, "sent_at", "sent_by", "response_seconds", *fared]


@admin.register(ScheduledMessage)
class ScheduledMessageAdmin(ReadOnlyAdmin):
    """What is sent later; it is written and cancelled beside its conversation."""

    menu_group, menu_icon = "Conversations", "schedule_send"
    permissions = {"view": Permission.VIEW}
    list_display = ["send_at", "customer", "status", "refusal", "written_by"]
    list_select_related = ["customer", "written_by"]
    list_filter = ["status"]
    fields = [
        "customer",
        "conversation",
        "body",
        "send_at",
        "status",
        "refusal",
        "written_by",
    ]


@admin.register(ConversationNote)
class ConversationNoteAdmin(ReadOnlyAdmin):
    """What the staff noted; it is written and deleted beside its conversation."""

    menu_group, menu_icon = "Conversations", "sticky_note_2"
    permissions = {"view": Permission.VIEW}
    list_display = ["created_at", "customer", "body", "written_by"]
    list_select_related = ["customer", "written_by"]
    fields = ["customer", "conversation", "body", "written_by", "created_at"]


@admin.register(Gateway)
class GatewayAdmin(ReadOnlyAdmin):
    """Which webhook carries the messages of which channel; they are chosen among the settings."""

    menu_group, menu_icon = "Conversations", "swap_horiz"
    permissions = {"view": Permission.MANAGE_WEBHOOKS}
    sortable_by: list[str] = []
    list_display = ["channel", "endpoint", "created_at"]
    list_select_related = ["endpoint"]
    fields = ["channel", "endpoint"]


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(ServiceAdmin):
    menu_group, menu_icon = "Conversations", "quickreply"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.LOG,
        "change": Permission.LOG,
        "delete": Permission.LOG,
    }
    create_row = staticmethod(create_reply_template)
    update_row = by_id(update_reply_template, "template_id")
    delete_row = by_id(delete_reply_template, "template_id")
    list_display = ["name", "is_active", "updated_at"]
    list_filter = ["is_active"]
    fields = ["name", "text", "is_active"]

"""Webhooks and what they were told in the admin: to be read; they are set up among the settings."""

from django.contrib import admin

from core.tenancy.policy import Permission
from core.ui.admin.lists import RecentFilter
from core.ui.admin.model_admin import ReadOnlyAdmin
from core.webhooks.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSequence,
)


class WebhookAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Integrations", "webhook"
    permissions = {"view": Permission.MANAGE_WEBHOOKS}
    sortable_by: list[str] = []


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(WebhookAdmin):
    """Never its secrets."""

    list_display = ["url", "description", "state", "failing_since", "created_at"]
    list_filter = ["state"]
    fields = [
        "url",
        "description",
        "event_types",
        "payload",
        "signing",
        "public_key",
        "state",
        "failing_since",
        "created_at",
        "updated_at",
    ]


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(WebhookAdmin):
    list_display = ["created_at", "type", "endpoint", "state", "attempts", "next_attempt_at"]
    list_filter = ["state"]
    list_select_related = ["endpoint"]


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(WebhookAdmin):
    list_display = ["at", "delivery", "status", "error", "milliseconds"]
    list_filter = [RecentFilter]
    list_select_related = ["delivery"]


@admin.register(WebhookSequence)
class WebhookSequenceAdmin(WebhookAdmin):
    list_display = ["endpoint", "customer_id", "last"]
    list_select_related = ["endpoint"]

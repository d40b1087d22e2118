"""The audit trail and the outbox in the admin: to be read, never written."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.audit.models import AuditChain, AuditEntry, AuditSeal, OutboxEvent, SealedEntry
from core.ids import parse_id
from core.tenancy.policy import Permission
from core.ui.admin.lists import RecentFilter
from core.ui.admin.model_admin import ReadOnlyAdmin
from core.ui.audit_labels import actor_name


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Audit", "history"
    permissions = {"view": Permission.VIEW_AUDIT}
    list_display = ["at", "action", "who", "via", "address", "subject_type", "customer_id"]
    list_filter = [RecentFilter]
    search_fields = ["customer_id"]
    search_help_text = _("The id of a customer or of a person of the staff")
    sortable_by: list[str] = []

    @admin.display(description=_("Who"))
    def who(self, row: AuditEntry) -> str:
        return actor_name(row.actor_kind, row.actor_label)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[AuditEntry]", search_term: str
    ) -> Any:
        """By an indexed id alone: of the customer concerned, or of who acted."""
        if not search_term.strip():
            return queryset, False
        key = parse_id(search_term.strip())
        return queryset.filter(
            Q(customer_id=key) | Q(actor_id=key)
        ) if key else queryset.none(), False


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Integrations", "outbox"
    permissions = {"view": Permission.VIEW_AUDIT}
    list_display = ["created_at", "type", "subject_id", "customer_id", "dispatched_at"]
    list_filter = [RecentFilter]
    sortable_by: list[str] = []


class ChainAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Audit", "link"
    permissions = {"view": Permission.VIEW_AUDIT}
    sortable_by: list[str] = []


@admin.register(AuditChain)
class AuditChainAdmin(ChainAdmin):
    list_display = ["organization", "environment", "number", "verified_at", "verified_until"]


@admin.register(AuditSeal)
class AuditSealAdmin(ChainAdmin):
    list_display = ["number", "sealed_at", "count", "first_id", "last_id", "digest"]


@admin.register(SealedEntry)
class SealedEntryAdmin(ChainAdmin):
    list_display = ["id", "number", "digest"]
    fields = ["id", "number", "digest"]

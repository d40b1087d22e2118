"""Consents, requests, retention and the portal's credentials in the admin."""

from collections.abc import Sequence

from django.contrib import admin

from core.tenancy.policy import Permission
from core.ui.admin.lists import RecentFilter
from core.ui.admin.model_admin import ReadOnlyAdmin, ServiceAdmin, by_id
from customers.admin.rows import CustomerRowAdmin
from customers.models import (
    Consent,
    ConsentWording,
    PortalLink,
    PortalSession,
    PrivacyRequest,
    RetentionPolicy,
    Suppression,
    WordingVersion,
)
from customers.services.wordings import create_wording, delete_wording, update_wording


@admin.register(Consent)
class ConsentAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    menu_group, menu_icon = "Privacy", "verified_user"
    permissions = {"view": Permission.VIEW}
    list_display = ["at", "customer", "channel", "purpose", "granted", "method", "recorded_by"]
    list_filter = [RecentFilter]


@admin.register(ConsentWording)
class ConsentWordingAdmin(ServiceAdmin):
    menu_group, menu_icon = "Privacy", "history_edu"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.MANAGE_PRIVACY,
        "change": Permission.MANAGE_PRIVACY,
        "delete": Permission.MANAGE_PRIVACY,
    }
    create_row = staticmethod(create_wording)
    update_row = by_id(update_wording, "wording_id")
    delete_row = by_id(delete_wording, "wording_id")
    list_display = ["name", "purpose", "channel", "language", "is_active", "version"]
    list_filter = ["purpose", "is_active"]
    fields = ["name", "purpose", "channel", "language", "text", "months", "is_active"]


@admin.register(WordingVersion)
class WordingVersionAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Privacy", "history"
    permissions = {"view": Permission.VIEW}
    list_display = ["at", "wording", "number", "written_by"]
    list_select_related = ["wording"]
    sortable_by: Sequence[str] = []


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    menu_group, menu_icon = "Privacy", "policy"
    permissions = {"view": Permission.MANAGE_PRIVACY}
    list_display = ["received_at", "customer", "kind", "status", "due_at", "closed_by"]
    list_filter = ["status", "kind"]


@admin.register(PortalSession)
class PortalSessionAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    menu_group, menu_icon = "Privacy", "devices"
    permissions = {"view": Permission.MANAGE_USERS}
    list_display = ["customer", "created_at", "address", "expires_at"]
    fields = ["customer", "created_at", "address", "expires_at"]


@admin.register(PortalLink)
class PortalLinkAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    menu_group, menu_icon = "Privacy", "link"
    permissions = {"view": Permission.MANAGE_USERS}
    list_display = ["customer", "purpose", "created_at", "expires_at"]
    fields = ["customer", "purpose", "created_at", "expires_at", "failures"]


@admin.register(RetentionPolicy)
class RetentionPolicyAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Privacy", "auto_delete"
    permissions = {"view": Permission.MANAGE_PRIVACY}
    list_display = ["months", "is_automatic", "updated_at"]
    sortable_by: Sequence[str] = []


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Privacy", "person_off"
    permissions = {"view": Permission.ERASE}
    list_display = ["created_at", "digest"]
    sortable_by: Sequence[str] = []

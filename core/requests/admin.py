"""Remembered answers in the admin: for super admins alone, and never the answer itself."""

from django.contrib import admin

from core.requests.models import IdempotencyRecord
from core.tenancy.policy import Permission
from core.ui.admin.model_admin import ReadOnlyAdmin


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Behind the scenes", "fingerprint"
    permissions = {"view": Permission.CROSS_ORGANIZATIONS}
    list_display = ["created_at", "holder", "key", "status"]
    fields = ["holder", "key", "fingerprint", "status", "created_at"]
    sortable_by: list[str] = []

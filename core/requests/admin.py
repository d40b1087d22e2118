"""
Remembered answers in the admin. They belong to no organization, so super admins alone see them, and
never the answer itself.
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.requests.models import IdempotencyRecord
from core.tenancy.policy import Permission
from core.ui.admin.model_admin import ReadOnlyAdmin


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    permissions = {"view": Permission.CROSS_ORGANIZATIONS}
    list_display = ["created_at", "holder", "key", "status"]
    fields = ["holder", "key", "fingerprint", "status", "created_at"]
    sortable_by: list[str] = []
    tenant_columns = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[IdempotencyRecord]":
        rows = IdempotencyRecord.objects.order_by("-pk")
        return rows if self.crosses(request) else rows.none()

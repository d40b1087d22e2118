"""Background work in the admin: to be looked at; it is asked for and cancelled elsewhere."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.jobs.models import Job, PeriodicRun
from core.staff.lists import RecentFilter
from core.staff.model_admin import ReadOnlyAdmin
from core.tenancy.policy import Permission


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    permissions = {"view": Permission.VIEW_AUDIT}
    list_display = ["created_at", "kind", "state", "done", "total", "asked_by", "finished_at"]
    list_filter = [RecentFilter]
    sortable_by: list[str] = []


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ReadOnlyAdmin):
    """When each piece of scheduled work last ran; it serves everyone, so super admins alone see it."""

    permissions = {"view": Permission.CROSS_ORGANIZATIONS}
    list_display = ["name", "began_at"]
    fields = ["name", "began_at"]
    sortable_by: list[str] = []
    tenant_columns = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PeriodicRun]":
        rows = PeriodicRun.objects.order_by("pk")
        return rows if self.crosses(request) else rows.none()

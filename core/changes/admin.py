"""Change sets in the admin: to be read, never written."""

from django.contrib import admin

from core.changes.models import ChangeSet
from core.tenancy.policy import Permission
from core.ui.admin.lists import RecentFilter
from core.ui.admin.model_admin import ReadOnlyAdmin


@admin.register(ChangeSet)
class ChangeSetAdmin(ReadOnlyAdmin):
    menu_group, menu_icon = "Audit", "undo"
    permissions = {"view": Permission.VIEW_AUDIT}
    list_display = ["at", "action", "actor_label", "via", "undoes"]
    list_filter = [RecentFilter]
    sortable_by: list[str] = []

"""Who is whom: addresses, merges and look-alikes in the admin."""

from collections.abc import Sequence

from django.contrib import admin

from core.tenancy.policy import Permission
from core.ui.admin.lists import RecentFilter
from core.ui.admin.model_admin import ReadOnlyAdmin
from customers.admin.rows import CustomerRowAdmin
from customers.models import DuplicatePair, Identity, MatchKey, Merge, PendingComparison, UndoDetail


@admin.register(Merge)
class MergeAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    """Read alone: customers are merged, and separated again, on their pages."""

    menu_group, menu_icon = "Customers", "merge"
    permissions = {"view": Permission.VIEW}
    list_display = ["at", "customer", "loser", "merged_by", "undone_at", "undone_by"]
    list_filter = [RecentFilter]
    list_select_related = ["customer", "loser"]
    exclude = ["values"]


@admin.register(UndoDetail)
class UndoDetailAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    """What is kept so that a deleted tag, or a sensitive value, can come back."""

    menu_group, menu_icon = "Behind the scenes", "undo"
    permissions = {"view": Permission.VIEW}
    list_display = ["at", "customer", "change_set_id", "tag_id"]
    list_filter = [RecentFilter]
    exclude = ["values"]


@admin.register(Identity)
class IdentityAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    menu_group, menu_icon = "Customers", "contact_mail"
    permissions = {"view": Permission.VIEW}
    list_display = ["customer", "kind", "value", "is_primary", "source", "last_seen_at"]
    list_filter = ["kind"]


@admin.register(DuplicatePair)
class DuplicatePairAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    """Looked at, and decided about, on the page of duplicates."""

    menu_group, menu_icon = "Customers", "people"
    permissions = {"view": Permission.MERGE}
    list_display = ["customer", "other", "score", "status", "found_at", "decided_by"]
    list_select_related = ["customer", "other"]
    list_filter = ["status"]
    ordering = ["-score", "-pk"]


@admin.register(MatchKey)
class MatchKeyAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    """By what look-alikes of a customer are found."""

    menu_group, menu_icon = "Behind the scenes", "fingerprint"
    permissions = {"view": Permission.MERGE}
    list_display = ["customer", "value"]


@admin.register(PendingComparison)
class PendingComparisonAdmin(ReadOnlyAdmin):
    """Whose look-alikes are still to be sought."""

    menu_group, menu_icon = "Behind the scenes", "pending"
    permissions = {"view": Permission.MERGE}
    list_display = ["id", "customer_id"]
    sortable_by: Sequence[str] = []

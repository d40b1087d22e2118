"""Tags, projects, payments and points in the admin."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.admin.lists import (
    OpenChoiceListFilter,
    RecentFilter,
    money_column,
    toned_column,
    word_column,
)
from core.ui.admin.model_admin import ReadOnlyAdmin, ServiceAdmin, by_id
from core.ui.admin.transfer import TransferAdmin
from customers.admin.rows import CustomerRowAdmin
from customers.choices import ProjectStatus, ProjectType, TransactionStatus
from customers.models import CustomerTag, LoyaltyEntry, Project, Tag, Transaction
from customers.resources import ProjectResource
from customers.services.loyalty import adjust_loyalty
from customers.services.tags import create_tag, delete_tag, update_tag
from customers.services.work import (
    create_project,
    create_transaction,
    delete_project,
    update_project,
    update_transaction,
)


@admin.register(Tag)
class TagAdmin(ServiceAdmin):
    menu_group, menu_icon = "Customers", "sell"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.MANAGE_TAGS,
        "change": Permission.MANAGE_TAGS,
        "delete": Permission.MANAGE_TAGS,
    }
    create_row = staticmethod(create_tag)
    update_row = by_id(update_tag, "tag_id")
    delete_row = by_id(delete_tag, "tag_id")
    list_display = ["name"]
    search_fields = ["name__icontains"]
    ordering = ["name"]
    fields = ["name"]


@admin.register(CustomerTag)
class CustomerTagAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    """Which customer carries which tag; changed on the customer's own page."""

    menu_group, menu_icon = "Customers", "new_label"
    permissions = {"view": Permission.VIEW}
    list_display = ["customer", "tag"]
    list_select_related = ["customer", "tag"]


@admin.register(Project)
class ProjectAdmin(CustomerRowAdmin, TransferAdmin):
    menu_group, menu_icon = "Work", "construction"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.MANAGE_PROJECTS,
        "change": Permission.MANAGE_PROJECTS,
        "delete": Permission.MANAGE_PROJECTS,
        "import": Permission.IMPORT,
        "export": Permission.EXPORT,
    }
    create_row = staticmethod(create_project)
    update_row = by_id(update_project, "project_id")
    delete_row = by_id(delete_project, "project_id")
    fixed_fields = ["customer"]
    resource_classes = [ProjectResource]
    list_display = [
        "__str__",
        "customer",
        word_column("project_type", ProjectType, _("Kind of work")),
        toned_column("status", ProjectStatus, _("Status")),
        money_column("total_amount", _("Amount")),
        "created_at",
    ]
    list_select_related = ["customer", "organization"]
    list_filter = ["status", ("project_type", OpenChoiceListFilter)]
    ordering = ["-created_at", "-pk"]
    fields = [
        "customer",
        "name",
        "project_type",
        "status",
        "total_amount",
        "start_date",
        "completed_at",
        "notes",
    ]


@admin.register(Transaction)
class TransactionAdmin(CustomerRowAdmin, ServiceAdmin):
    menu_group, menu_icon = "Work", "payments"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.MANAGE_TRANSACTIONS,
        "change": Permission.MANAGE_TRANSACTIONS,
    }
    create_row = staticmethod(create_transaction)
    update_row = by_id(update_transaction, "transaction_id")
    fixed_fields = ["customer"]
    list_display = [
        "__str__",
        "customer",
        "project",
        toned_column("status", TransactionStatus, _("Status")),
        "description",
        "created_at",
    ]
    list_select_related = ["customer", "project"]
    list_filter = ["status"]
    ordering = ["-created_at", "-pk"]
    fields = [
        "customer",
        "project",
        "gross_amount",
        "currency_code",
        "status",
        "description",
        "created_at",
    ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "currency_code":
            field.required = False
            field.help_text = "ISO 4217; the organization's unless given"
        return field


def _adjust(*, actor: Actor, values: dict[str, Any]) -> LoyaltyEntry:
    customer = values.pop("customer")
    return adjust_loyalty(actor=actor, customer_id=customer.pk, values=values)


@admin.register(LoyaltyEntry)
class LoyaltyEntryAdmin(CustomerRowAdmin, ServiceAdmin):
    """Movements are added, never changed."""

    menu_group, menu_icon = "Customers", "loyalty"
    permissions = {"view": Permission.VIEW, "add": Permission.ADJUST_LOYALTY}
    create_row = staticmethod(_adjust)
    list_display = ["at", "customer", "points", "reason"]
    list_filter = [RecentFilter]
    fields = ["customer", "points", "reason"]
    readonly_fields: Sequence[str] = []

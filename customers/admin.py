"""Customers and what belongs to them in the admin."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.phones import readable_phone
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.admin.forms import ServiceModelForm
from core.ui.admin.lists import (
    TONES,
    OpenChoiceListFilter,
    RecentFilter,
    money_column,
    toned_column,
    word_column,
)
from core.ui.admin.model_admin import BULK, ReadOnlyAdmin, ServiceAdmin, by_id
from core.ui.admin.transfer import TransferAdmin
from core.ui.place import actor_for_row
from customers.choices import (
    Engagement,
    ProjectStatus,
    ProjectType,
    Segment,
    Status,
    TransactionStatus,
)
from customers.models import (
    Consent,
    ConsentWording,
    Customer,
    CustomerCount,
    CustomerTag,
    DuplicatePair,
    Identity,
    LoyaltyEntry,
    MatchKey,
    Merge,
    PendingComparison,
    PortalLink,
    PortalSession,
    PrivacyRequest,
    Project,
    RetentionPolicy,
    Suppression,
    Tag,
    Transaction,
    UndoDetail,
    WordingVersion,
)
from customers.resources import CustomerResource, ProjectResource
from customers.search import matching
from customers.selectors.customers import tags_of
from customers.services.customers import (
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.loyalty import adjust_loyalty
from customers.services.recalculation import recalculate_lifetime_value
from customers.services.tags import create_tag, delete_tag, update_tag
from customers.services.values import PINNED
from customers.services.wordings import create_wording, delete_wording, update_wording
from customers.services.work import (
    create_project,
    create_transaction,
    delete_project,
    update_project,
    update_transaction,
)

COMPUTED = [
    "lifetime_value",
    "project_count",
    "referral_count",
    "referral_value",
    "interaction_count",
    "first_contact_at",
    "last_interaction_at",
    "conversation_count",
    "open_conversation_count",
    "ticket_count",
    "message_count",
    "last_message_at",
    "average_response_seconds",
    "total_appointments",
    "last_visit_at",
    "total_spent",
    "transaction_count",
    "loyalty_points",
    "last_activity_at",
]

BOOKED = money_column("lifetime_value", _("Lifetime value"))
STANDING = {**{each: TONES[each.tone] for each in Status}, "blocked": TONES["bad"]}


class DeletedFilter(admin.SimpleListFilter):
    """The living unless the deleted are asked for."""

    title = "deleted"
    parameter_name = "deleted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Deleted")]

    def choices(self, changelist: Any) -> Any:
        living, *rest = super().choices(changelist)
        yield {**living, "display": "Living"}
        yield from rest

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.value() != "yes":
            return queryset.filter(deleted_at=None)
        return queryset.filter(deleted_at__isnull=False, merged_into=None)


def pinned(choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=[("", "Calculated"), *choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Calculated, unless you choose a value: then it stays",
    )


class CustomerAdminForm(ServiceModelForm):
    tags = forms.CharField(
        required=False, widget=UnfoldAdminTextInputWidget, help_text="Separated by commas"
    )
    alternative_phones = forms.CharField(
        required=False, widget=UnfoldAdminTextInputWidget, help_text="Separated by commas"
    )
    status = pinned(Status.choices)
    segment = pinned(Segment.choices)
    engagement = pinned(Engagement.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        self.initial["tags"] = "" if self.is_new else ", ".join(tags_of([row.pk])[row.pk])
        self.initial["alternative_phones"] = ", ".join(row.alternative_phones)
        for name, pin in PINNED.items():
            self.initial[name] = getattr(row, name) if getattr(row, pin) and not self.is_new else ""

    def values(self) -> dict[str, Any]:
        values = super().values()
        for name in ("tags", "alternative_phones"):
            if name in values:
                values[name] = [
                    part.strip() for part in re.split("[,;]", values[name]) if part.strip()
                ]
        return values | {name: values[name] or None for name in PINNED if name in values}


def _update_customer(*, actor: Actor, row: Customer, values: dict[str, Any]) -> Customer:
    return update_customer(actor=actor, customer_id=row.pk, values=values, if_version=row.version)


@admin.register(Customer)
class CustomerAdmin(TransferAdmin):
    menu_group, menu_icon = "Customers", "group"
    permissions = {
        "view": Permission.VIEW_DELETED,
        "add": Permission.CREATE_CUSTOMERS,
        "change": Permission.UPDATE_CUSTOMERS,
        "delete": Permission.DELETE_CUSTOMERS,
        "import": Permission.IMPORT,
        "export": Permission.EXPORT,
    }
    create_row = staticmethod(create_customer)
    update_row = staticmethod(_update_customer)
    delete_row = by_id(delete_customer, "customer_id")
    form = CustomerAdminForm
    resource_classes = [CustomerResource]
    list_display = [
        "display_name",
        "email",
        "number",
        "city",
        "standing",
        toned_column("segment", Segment, _("Segment")),
        BOOKED,
        "added",
    ]
    list_select_related = ["organization"]
    list_filter = [DeletedFilter, "status", "segment", "engagement", "is_blocked", "is_business"]
    search_fields = ["search_text"]
    search_help_text = _("Name, company, e-mail or phone")
    sortable_by = ["city", BOOKED, "added"]
    ordering = ["-created_at", "-pk"]
    actions = ["recalculate", "restore", "export_selected"]
    readonly_fields = [*COMPUTED, "email_verified", "created_at", "updated_at", "deleted_at"]
    compressed_fields = False
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("first_name", "last_name"),
                    ("company_name", "is_business"),
                    ("assigned_to", "tags"),
                    ("status", "segment", "engagement"),
                    "notes",
                ]
            },
        ),
        (
            _("Contact"),
            {
                "fields": [
                    ("email", "email_verified"),
                    ("phone", "phone_extension"),
                    ("whatsapp_number", "alternative_phones"),
                    ("preferred_contact_method", "best_call_time", "language"),
                ]
            },
        ),
        (
            _("Address"),
            {
                "fields": [
                    "street",
                    ("city", "state"),
                    ("postal_code", "country"),
                    ("latitude", "longitude"),
                ]
            },
        ),
        (
            _("Person"),
            {"fields": [("gender", "date_of_birth"), "avatar_url"], "classes": ["collapse"]},
        ),
        (
            _("Property"),
            {
                "fields": [("property_value", "property_type"), ("roof_age", "roof_type")],
                "classes": ["collapse"],
            },
        ),
        (
            _("Origin"),
            {
                "fields": [
                    ("source", "campaign"),
                    ("external_id", "converted_from_lead_id"),
                    ("referred_by", "is_referral_partner"),
                    "customer_since",
                ],
                "classes": ["collapse"],
            },
        ),
        (_("Custom fields"), {"fields": ["custom_fields"], "classes": ["collapse"]}),
        (
            _("Satisfaction"),
            {"fields": [("nps_score", "satisfaction_rating")], "classes": ["collapse"]},
        ),
        (_("Blocking"), {"fields": [("is_blocked", "block_reason")], "classes": ["collapse"]}),
        (
            _("Preferences"),
            {
                "fields": [
                    ("notify_email", "notify_sms", "notify_push", "notify_whatsapp"),
                    "marketing_consent",
                    ("contact_hours_start", "contact_hours_end"),
                    ("preferred_agent", "preferred_outlet"),
                    ("preferred_categories", "accessibility_needs"),
                    "preference_note",
                ],
                "classes": ["collapse"],
            },
        ),
        (
            _("Computed"),
            {
                "fields": [
                    *zip(COMPUTED[::2], COMPUTED[1::2], strict=False),
                    *COMPUTED[len(COMPUTED) // 2 * 2 :],
                    ("created_at", "updated_at", "deleted_at"),
                ],
                "classes": ["collapse"],
            },
        ),
    ]

    @admin.display(description=_("Name"))
    def display_name(self, row: Customer) -> str:
        return row.display_name

    @admin.display(description=_("Phone"))
    def number(self, row: Customer) -> str:
        """With its country, for a list may hold several."""
        return readable_phone(row.phone, "") if row.phone else ""

    @display(description=_("Status"), label=STANDING)  # type: ignore[untyped-decorator]
    def standing(self, row: Customer) -> tuple[str, Any]:
        if row.is_blocked:
            return "blocked", _("Blocked")
        return row.status, Status(row.status).label

    @admin.display(description=_("Added"), ordering="created_at")
    def added(self, row: Customer) -> str:
        return str(date_format(localdate(row.created_at)))

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Customer]", search_term: str
    ) -> Any:
        if search_term.strip():
            queryset = queryset.filter(matching(search_term))
        return queryset, False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A deleted customer is restored first."""
        return super().has_change_permission(request, obj) and (
            obj is None or obj.deleted_at is None
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (
            obj is None or obj.deleted_at is None
        )

    @admin.action(description=_("Recalculate"), permissions=["change"])
    def recalculate(self, request: HttpRequest, queryset: "QuerySet[Customer]") -> None:
        rows = list(queryset.filter(deleted_at=None)[:BULK])
        for row in rows:
            recalculate_lifetime_value(actor=actor_for_row(request, row), customer_id=row.pk)
        self.message_user(request, _("%(n)s recalculated.") % {"n": len(rows)})

    @admin.action(description=_("Restore"), permissions=["delete"])
    def restore(self, request: HttpRequest, queryset: "QuerySet[Customer]") -> None:
        rows = list(queryset.filter(deleted_at__isnull=False)[:BULK])
        for row in rows:
            restore_customer(actor=actor_for_row(request, row), customer_id=row.pk)
        self.message_user(request, _("%(n)s restored.") % {"n": len(rows)})


class CustomerRowAdmin:
    """
    Lists of what belongs to a customer: its name beside each row, and the search for customers as
    the search.
    """

    list_select_related: Sequence[str] = ["customer"]
    search_fields = ["customer__search_text"]
    search_help_text = _("The customer's name, e-mail or phone")
    sortable_by: Sequence[str] = []

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> Any:
        if not search_term.strip():
            return queryset, False
        found = Customer.objects.unscoped().filter(matching(search_term), deleted_at=None)
        return queryset.filter(customer__in=found.values("pk")), False


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


@admin.register(CustomerCount)
class CustomerCountAdmin(ReadOnlyAdmin):
    """How many customers there are of each kind: the sum of its rows."""

    menu_group, menu_icon = "Behind the scenes", "tag"
    permissions = {"view": Permission.VIEW_STATISTICS}
    list_display = ["dimension", "value", "customers", "lifetime_value", "is_folded"]
    list_filter = ["dimension"]
    sortable_by: Sequence[str] = []


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


@admin.register(Consent)
class ConsentAdmin(CustomerRowAdmin, ReadOnlyAdmin):
    menu_group, menu_icon = "Privacy", "verified_user"
    permissions = {"view": Permission.VIEW}
    list_display = ["at", "customer", "channel", "purpose", "granted", "method", "recorded_by"]
    list_filter = [RecentFilter]


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

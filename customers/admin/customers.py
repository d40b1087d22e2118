"""Customers in the admin."""

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
from core.ui.admin.lists import TONES, money_column, toned_column
from core.ui.admin.model_admin import BULK, ReadOnlyAdmin, by_id
from core.ui.admin.transfer import TransferAdmin
from core.ui.place import actor_for_row
from customers.choices import Engagement, Segment, Status
from customers.models import Customer, CustomerCount
from customers.resources import CustomerResource
from customers.search import matching
from customers.selectors.customers import tags_of
from customers.services.customers import (
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.recalculation import recalculate_lifetime_value
from customers.services.values import PINNED

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


STANDING: dict[str, Any] = {**{each: TONES[each.tone] for each in Status}, "blocked": TONES["bad"]}


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
    def number(self, row: Customer) -> str | None:
        """With its country, for a list may hold several."""
        return readable_phone(row.phone, "") if row.phone else None

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


@admin.register(CustomerCount)
class CustomerCountAdmin(ReadOnlyAdmin):
    """How many customers there are of each kind: the sum of its rows."""

    menu_group, menu_icon = "Behind the scenes", "tag"
    permissions = {"view": Permission.VIEW_STATISTICS}
    list_display = ["dimension", "value", "customers", "lifetime_value", "is_folded"]
    list_filter = ["dimension"]
    sortable_by: Sequence[str] = []

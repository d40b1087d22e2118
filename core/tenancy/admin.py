"""Organizations, outlets and API keys in the admin."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core.tenancy.actor import Actor
from core.tenancy.choices import Role, Scope
from core.tenancy.models import ApiKey, Organization, Outlet
from core.tenancy.policy import Permission
from core.tenancy.services.api_keys import create_key, revoke_key
from core.tenancy.services.organizations import (
    RESERVED,
    create_organization,
    update_organization,
)
from core.tenancy.services.outlets import create_outlet, delete_outlet, update_outlet
from core.ui.admin.forms import ServiceModelForm
from core.ui.admin.model_admin import BULK, ServiceAdmin, by_id
from core.ui.place import actor_for_row


def _update_organization(
    *, actor: Actor, row: Organization, values: Mapping[str, Any]
) -> Organization:
    return update_organization(actor=actor, organization=row, values=values)


class OrganizationAdminForm(ServiceModelForm):
    second_factor_roles = forms.MultipleChoiceField(
        choices=Role.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="roles that may do nothing before they have set up a second factor",
    )


@admin.register(Organization)
class OrganizationAdmin(ServiceAdmin):
    menu_group, menu_icon = "Organization", "corporate_fare"
    permissions = {
        "view": Permission.MANAGE_THRESHOLDS,
        "change": Permission.MANAGE_THRESHOLDS,
        "add": Permission.CROSS_ORGANIZATIONS,
    }
    create_row = staticmethod(create_organization)
    update_row = staticmethod(_update_organization)
    form = OrganizationAdminForm
    list_display = ["name", "slug", "default_region", "currency", "time_zone", "is_active"]
    search_fields = ["name__istartswith"]
    ordering = ["name"]
    tenant_columns = False
    actions = None
    fieldsets = [
        (None, {"fields": ["name", "slug", "is_active"]}),
        (_("Region"), {"fields": ["default_region", "currency", "time_zone", "language"]}),
        (_("Appointments"), {"fields": ["reminder_hours"]}),
        (_("Signing in and limits"), {"fields": ["second_factor_roles", "requests_per_minute"]}),
        (
            "Thresholds",
            {
                "description": "Saving applies changed thresholds to all customers at once.",
                "fields": [
                    "vip_lifetime_value",
                    "premium_lifetime_value",
                    "repeat_projects",
                    "inactive_days",
                    "churned_months",
                    "at_risk_days",
                    "new_days",
                    "loyalty_points_per_unit",
                ],
            },
        ),
        (
            _("Portal"),
            {
                "fields": [
                    "portal_enabled",
                    "portal_change_hours",
                    "portal_booking",
                    "portal_color",
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Organization]":
        rows = Organization.objects.order_by("name")
        return (
            rows if self.crosses(request) else rows.filter(pk=self.actor(request).organization.pk)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [] if self.crosses(request) else sorted(RESERVED)


@admin.register(Outlet)
class OutletAdmin(ServiceAdmin):
    menu_group, menu_icon = "Organization", "store"
    permissions = {
        "view": Permission.VIEW,
        "add": Permission.MANAGE_OUTLETS,
        "change": Permission.MANAGE_OUTLETS,
        "delete": Permission.MANAGE_OUTLETS,
    }
    create_row = staticmethod(create_outlet)
    update_row = by_id(update_outlet, "outlet_id")
    delete_row = by_id(delete_outlet, "outlet_id")
    list_display = ["name", "city", "time_zone", "is_active"]
    search_fields = ["name__icontains"]
    ordering = ["name"]
    fields = [
        "name",
        "time_zone",
        "phone",
        "street",
        "city",
        "state",
        "postal_code",
        "country",
        "opening_hours",
        "is_active",
    ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "time_zone":
            field.required = False
            field.help_text = "IANA name such as America/Detroit; the organization's unless given"
        return field


class ApiKeyForm(ServiceModelForm):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget, initial=Scope.values
    )

    def values(self) -> dict[str, Any]:
        """A key is always made of all of these."""
        return {
            name: self.cleaned_data[name]
            for name in ("name", "environment", "scopes", "expires_at")
        }


@admin.register(ApiKey)
class ApiKeyAdmin(ServiceAdmin):
    """Keys are made, looked at and revoked; nothing of one can be changed."""

    menu_group, menu_icon = "Organization", "key"
    permissions = {
        "view": Permission.MANAGE_KEYS,
        "add": Permission.MANAGE_KEYS,
        "revoke": Permission.MANAGE_KEYS,
    }
    create_row = staticmethod(create_key)
    form = ApiKeyForm
    list_display = [
        "name",
        "prefix",
        "environment",
        "may",
        "last_used_at",
        "expires_at",
        "revoked_at",
    ]
    search_fields = ["name__icontains"]
    ordering = ["-pk"]
    add_fieldsets = [(None, {"fields": ["name", "environment", "scopes", "expires_at"]})]
    fields = [
        "name",
        "environment",
        "prefix",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    ]
    actions = ["revoke"]

    @admin.display(description=_("Scopes"))
    def may(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    def create(self, request: HttpRequest, values: Mapping[str, Any]) -> ApiKey:
        row, text = create_key(actor=self.actor(request), **values)
        request._new_key = text  # type: ignore[attr-defined]
        return row

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: Any = None
    ) -> HttpResponse:
        """The one page that ever shows the key."""
        context = {
            **self.admin_site.each_context(request),
            "title": "API key created",
            "opts": self.opts,
            "row": obj,
        }
        return TemplateResponse(
            request, "admin/api_key_created.html", {**context, "key": request._new_key}
        )  # type: ignore[attr-defined]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "revoke")

    @admin.action(description=_("Revoke selected API keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[ApiKey]") -> None:
        rows = list(queryset.filter(revoked_at=None)[:BULK])
        for row in rows:
            revoke_key(actor=actor_for_row(request, row), key_id=row.pk)
        self.message_user(request, _("%(n)s revoked.") % {"n": len(rows)})

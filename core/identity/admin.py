"""People of the staff and their sessions in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget

from core.identity.models import KnownDevice, SecondFactor, Session, User
from core.identity.staff import create_user, reset_second_factor, revoke_session, update_user
from core.tenancy.choices import Role
from core.tenancy.policy import Permission
from core.text import email_key
from core.ui.admin.forms import ServiceModelForm
from core.ui.admin.model_admin import BULK, ServiceAdmin, by_id
from core.ui.place import actor_for_row, site_address


class UserForm(ServiceModelForm):
    password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="at least 10 characters; a new one signs the person out everywhere",
    )

    current_password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password"}),
        help_text="for changing your own e-mail or password",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["password"] = self.initial["current_password"] = ""
        self.fields["password"].required = self.is_new

    def values(self) -> dict[str, Any]:
        values = super().values()
        if not values.get("password"):
            values.pop("password", None)
        return values


@admin.register(User)
class UserAdmin(ServiceAdmin):
    menu_group, menu_icon = "Organization", "badge"
    permissions = {
        "view": Permission.MANAGE_USERS,
        "add": Permission.MANAGE_USERS,
        "change": Permission.MANAGE_USERS,
    }
    create_row = staticmethod(create_user)
    update_row = by_id(update_user, "user_id")
    form = UserForm
    list_display = ["email", "first_name", "last_name", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active", ("second_factor_since", admin.EmptyFieldListFilter)]
    search_fields = ["email__startswith"]
    ordering = ["email"]
    fields = [
        "email",
        "first_name",
        "last_name",
        "role",
        "takes_appointments",
        "working_hours",
        "is_active",
        "password",
        "current_password",
    ]
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[User]", search_term: str
    ) -> Any:
        return queryset.filter(
            email__startswith=email_key(search_term)
        ) if search_term.strip() else queryset, False

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role" and not self.crosses(request):
            kwargs["choices"] = [choice for choice in Role.choices if choice[0] != Role.SUPER_ADMIN]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A super admin's account is another super admin's to change."""
        above = obj is not None and obj.role == Role.SUPER_ADMIN and not self.crosses(request)
        return super().has_change_permission(request, obj) and not above


class OfPeopleAdmin(ServiceAdmin):
    """Rows of the people of the organization, looked at."""

    menu_group = "Organization"
    permissions = {"view": Permission.MANAGE_USERS}
    list_select_related = ["user__organization"]
    tenant_columns = False

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows = self.model.objects.order_by("-pk")
        return (
            rows
            if self.crosses(request)
            else rows.filter(user__organization=self.actor(request).organization)
        )


@admin.register(SecondFactor)
class SecondFactorAdmin(OfPeopleAdmin):
    """Who has one; taken away from who has lost it."""

    menu_icon = "lock"
    permissions = {"view": Permission.MANAGE_USERS, "reset": Permission.MANAGE_USERS}
    list_display = fields = ["user", "created_at"]
    actions = ["reset"]

    def has_reset_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "reset")

    @admin.action(description=_("Remove the selected second factors"), permissions=["reset"])
    def reset(self, request: HttpRequest, queryset: "QuerySet[SecondFactor]") -> None:
        rows = list(queryset.select_related("user__organization")[:BULK])
        for row in rows:
            reset_second_factor(
                actor=actor_for_row(request, row.user),
                user_id=row.user_id,
                site=site_address(request),
            )
        self.message_user(request, _("%(n)s taken away.") % {"n": len(rows)})


@admin.register(KnownDevice)
class KnownDeviceAdmin(OfPeopleAdmin):
    menu_icon = "computer"
    list_display = fields = ["user", "seen_at"]


@admin.register(Session)
class SessionAdmin(OfPeopleAdmin):
    """Signed-in clients of the APIs, and browsers; looked at and signed out."""

    menu_icon = "devices"
    permissions = {"view": Permission.MANAGE_USERS, "revoke": Permission.MANAGE_USERS}
    list_display = ["user", "kind", "address", "client", "created_at", "expires_at", "revoked_at"]
    fields = ["user", "kind", "address", "client", "created_at", "expires_at", "revoked_at"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "revoke")

    @admin.action(description=_("Sign out selected sessions"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[Session]") -> None:
        rows = list(queryset.select_related("user__organization").filter(revoked_at=None)[:BULK])
        for row in rows:
            revoke_session(actor=actor_for_row(request, row.user), session_id=row.pk)
        self.message_user(request, _("%(n)s signed out.") % {"n": len(rows)})

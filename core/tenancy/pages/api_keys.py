"""API keys: made, looked at, revoked."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import day_bounds, now
from core.rows import get_row
from core.tenancy.choices import Environment, Scope
from core.tenancy.models import ApiKey
from core.tenancy.policy import Permission
from core.tenancy.selectors import api_keys
from core.tenancy.services.api_keys import create_key, revoke_key
from core.ui.fields import DayField
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.row_pages import Confirm, show_once
from core.ui.toasts import toast
from core.ui.views import FormPage, Page

COLUMNS = (
    Column(gettext_lazy("Key"), "name"),
    Column(gettext_lazy("Environment"), "environment"),
    Column(gettext_lazy("Scopes")),
    Column(gettext_lazy("Created"), "created_at"),
    Column(gettext_lazy("Last used"), "last_used_at"),
    Column(gettext_lazy("Ends"), "expires_at"),
    Column(""),
)


class Keys(Page):
    permission = Permission.MANAGE_KEYS
    template = fragment = "settings/keys.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(
            request, sorts=["-created_at", "name", "environment", "last_used_at", "expires_at"]
        )
        shown = [
            "id",
            "name",
            "prefix",
            "environment",
            "scopes",
            "created_at",
            "last_used_at",
            "expires_at",
            "revoked_at",
        ]
        page = state.page_of(
            api_keys(actor=self.actor),
            order=[state.sort, "-id"],
            columns=shown,
        )
        moment = now()
        for row in page.rows:
            row["expired"] = row["expires_at"] is not None and row["expires_at"] <= moment
            row["living"] = row["revoked_at"] is None and not row["expired"]
            row["scopes"] = ", ".join(
                str(Scope(scope).label) for scope in row["scopes"] if scope in Scope
            )
        return self.show({"page": page, "state": state, "columns": COLUMNS})


class KeyForm(ServiceForm):
    model = ApiKey

    name = forms.CharField(
        max_length=150,
        help_text=gettext_lazy("The system that will use it, so that you recognise it later."),
    )
    environment = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[
            (Environment.LIVE, gettext_lazy("Live: your customers")),
            (Environment.TEST, gettext_lazy("Test: a separate set to try things with")),
        ],
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (Scope.READ, gettext_lazy("Read: customers, statistics, exports")),
            (Scope.WRITE, gettext_lazy("Write: add, change and delete customers")),
        ],
    )
    expires_at = DayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave empty for a key that doesn't end by itself."),
    )


class NewKey(FormPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_KEYS
    template = "settings/key.html"
    form_class = KeyForm

    made: tuple[ApiKey, str] | None = None

    def initial(self) -> dict[str, Any]:
        return {"environment": self.actor.environment, "scopes": [Scope.READ], **super().initial()}

    def write(self, values: dict[str, Any]) -> str:
        day = values.pop("expires_at", None)
        until = day_bounds(day, self.actor.organization.time_zone)[1] if day else None
        self.made = create_key(actor=self.actor, **values, expires_at=until)
        return reverse("settings:keys")

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = super().post(request, **kwargs)
        if self.made:
            key, text = self.made
            return show_once(self, text, back=reverse("settings:keys"), key=key)
        if response.status_code == 302:
            toast(request, _("This key was made already; its text was shown then."), level="info")
        return response


class RevokeKey(Confirm):
    permission = Permission.MANAGE_KEYS

    def question(self, key: UUID) -> dict[str, str]:
        name = get_row(ApiKey, actor=self.actor, key=key).name
        return {
            "title": _("Revoke “%(name)s”?") % {"name": name},
            "text": _(
                "Whatever uses this key is refused from the next request on. A revoked key can't "
                "be brought back."
            ),
            "action": _("Revoke the key"),
            "back": reverse("settings:keys"),
        }

    def carry_out(self, key: UUID) -> str:
        revoke_key(actor=self.actor, key_id=key)
        return _("The key is revoked.")

    def after(self) -> str:
        return reverse("settings:keys")

"""The customers' portal: whether it is open, and what customers may do in it."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.tenancy.services.organizations import update_organization
from core.ui.fields import WholeField
from core.ui.forms import ServiceForm
from core.ui.place import site_address
from core.ui.views import FormPage


class PortalSettingsForm(ServiceForm):
    model = Organization

    portal_enabled = forms.BooleanField(
        required=False,
        help_text=gettext_lazy("When off, nobody can sign in, and its address shows nothing."),
    )
    portal_change_hours = WholeField(
        min_value=0,
        max_value=365 * 24,
        help_text=gettext_lazy("Before the start, for booking, moving and cancelling."),
    )
    portal_booking = forms.BooleanField(
        required=False,
        help_text=gettext_lazy("Services that are active, at times when somebody is free."),
    )
    portal_color = forms.CharField(
        required=False,
        max_length=7,
        help_text=gettext_lazy("Six hexadecimal digits, such as #0f766e. Empty: ours."),
    )

    def arrange(self) -> None:
        self.fields["portal_change_hours"].unit = _("hours")  # type: ignore[attr-defined]


class PortalSettings(FormPage):
    permission = Permission.MANAGE_THRESHOLDS
    template = "settings/portal.html"
    form_class = PortalSettingsForm
    success_message = gettext_lazy("Saved.")

    def row(self) -> Any:
        return self.actor.organization

    def context(self, form: ServiceForm) -> dict[str, Any]:
        address = reverse("portal:home", args=[self.actor.organization.slug])
        return {"address": site_address(self.request) + address}

    def write(self, values: dict[str, Any]) -> str:
        update_organization(
            actor=self.actor,
            organization=self.actor.organization,
            values=values,
            if_version=self.version,
        )
        return reverse("settings:portal")

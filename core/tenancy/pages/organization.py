"""
The organization: its name and region, and the thresholds that customers' status and segments
follow.
"""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from core.jobs.models import ACTIVE, Job
from core.jobs.services import jobs
from core.tenancy.choices import Role, ThresholdDoubt
from core.tenancy.models import Organization
from core.tenancy.pages.choices import currencies, including, languages, regions, zones
from core.tenancy.policy import Permission
from core.tenancy.services.organizations import THRESHOLDS, doubts, update_organization
from core.ui.fields import HoursField, MoneyField, TagsField, WholeField
from core.ui.forms import ServiceForm
from core.ui.toasts import toast
from core.ui.views import FormPage, Page

PRIVATE = ("sensitive_fields",)

BASICS = ("name", "default_region", "currency", "time_zone", "language", "reminder_hours")


class RateField(forms.DecimalField):
    """A figure without the zeros that its column ends in."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class OrganizationForm(ServiceForm):
    model = Organization

    name = forms.CharField(max_length=150)
    default_region = forms.ChoiceField(
        help_text=gettext_lazy("For numbers that are typed without a country code."),
    )
    currency = forms.ChoiceField()
    time_zone = forms.ChoiceField(help_text=gettext_lazy("Days begin and end in this time zone."))
    language = forms.ChoiceField(
        help_text=gettext_lazy("For customers who chose none."),
    )
    reminder_hours = HoursField(
        required=False,
        help_text=gettext_lazy(
            "Hours before an appointment at which webhooks hear of it, such as 48, 2. Empty: never."
        ),
    )
    sensitive_fields = TagsField(
        required=False,
        help_text=gettext_lazy("Their names, separated by commas, such as passport, allergies."),
    )
    second_factor_roles = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=Role.choices,
        help_text=gettext_lazy(
            "Who works in one of these roles sets up a second factor at the next click, and can do "
            "nothing before."
        ),
    )
    vip_lifetime_value = MoneyField(
        help_text=gettext_lazy("Customers worth more than this get the status VIP."),
    )
    premium_lifetime_value = MoneyField(
        help_text=gettext_lazy("Customers worth more than this fall into the segment Premium."),
    )
    repeat_projects = WholeField(
        help_text=gettext_lazy("With this many projects a customer falls into the segment Repeat."),
    )
    at_risk_days = WholeField(
        help_text=gettext_lazy("Days without activity until a customer counts as at risk."),
    )
    inactive_days = WholeField(
        help_text=gettext_lazy("Days without activity until the status becomes Inactive."),
    )
    churned_months = WholeField(
        help_text=gettext_lazy("Months without activity until the status becomes Churned."),
    )
    new_days = WholeField(
        help_text=gettext_lazy("Days from the first day on that a customer counts as new."),
    )
    loyalty_points_per_unit = RateField(
        max_digits=8,
        decimal_places=4,
        help_text=gettext_lazy(
            "Earned for each unit of the currency that a completed appointment costs."
        ),
    )

    def arrange(self) -> None:
        there: Any = self.row
        for name, choices in {
            "default_region": regions(),
            "currency": currencies(get_language() or "en"),
            "time_zone": zones(),
            "language": languages(),
        }.items():
            self.fields[name].choices = including(choices, getattr(there, name))  # type: ignore[attr-defined]
        units = {
            "vip_lifetime_value": there.currency,
            "premium_lifetime_value": there.currency,
            "repeat_projects": _("projects"),
            "at_risk_days": _("days"),
            "inactive_days": _("days"),
            "churned_months": _("months"),
            "new_days": _("days"),
        }
        for name, unit in units.items():
            self.fields[name].unit = unit  # type: ignore[attr-defined]


class OrganizationPage(FormPage):
    permission = Permission.MANAGE_THRESHOLDS
    template = "settings/organization.html"
    form_class = OrganizationForm

    def row(self) -> Any:
        return self.actor.organization

    def context(self, form: ServiceForm) -> dict[str, Any]:
        basics = [form[name] for name in BASICS]
        return {
            "basics": basics,
            "private": [form[name] for name in PRIVATE],
            "thresholds": [
                bound
                for bound in form.visible_fields()
                if bound.name not in (*BASICS, *PRIVATE, "second_factor_roles")
            ],
            "job": self._following(),
        }

    def doubts(self, values: dict[str, Any]) -> list[ThresholdDoubt]:
        return doubts(organization=self.actor.organization, values=values)

    def write(self, values: dict[str, Any]) -> str:
        update_organization(actor=self.actor, organization=self.actor.organization, values=values)
        self._tell(bool(THRESHOLDS & set(values)))
        return reverse("settings:organization")

    def _tell(self, thresholds: bool) -> None:
        job = self._following() if thresholds else None
        address = _address_of(job)
        if not address:
            toast(self.request, _("Saved."))
            return
        toast(
            self.request,
            format_html(
                '{} <a class="underline" href="{}">{}</a>',
                _("Saved. All customers are being recalculated."),
                address,
                _("Follow"),
            ),
        )

    def _following(self) -> Job | None:
        """The job by which customers follow changed thresholds, while it waits or runs."""
        if not self.actor.may(Permission.EXPORT):
            return None
        return (
            jobs(actor=self.actor)
            .filter(kind=settings.THRESHOLDS_JOB, state__in=ACTIVE)
            .order_by("-pk")
            .first()
        )


class ThresholdEffects(Page):
    """What the thresholds of a form that isn't saved yet would make of the customers."""

    permission = Permission.MANAGE_THRESHOLDS
    template = fragment = "settings/threshold_effects.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        form = OrganizationForm(request.POST, actor=self.actor, row=self.actor.organization)
        changed = form.values() if form.is_valid() else {}
        asked = {name: value for name, value in changed.items() if name in THRESHOLDS}
        changes = import_string(settings.THRESHOLDS_PREVIEW) if asked else None
        effects = changes(actor=self.actor, values=asked) if changes else []
        return self.show({"asked": bool(asked), "effects": effects})


def _address_of(job: Job | None) -> str:
    try:
        return reverse("jobs:job", args=[job.pk]) if job else ""
    except NoReverseMatch:
        return ""

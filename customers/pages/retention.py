"""Customers who have been away too long: after how many months, who they are, and their erasure."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.tenancy.policy import Permission
from core.ui.fields import WholeField
from core.ui.formatting import count
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.views import FormPage, Page
from customers.models import Customer, RetentionPolicy
from customers.selectors.retention import due_for_erasure, retention_policy
from customers.services.retention import set_retention, start_retention

COLUMNS = (
    Column(gettext_lazy("Customer")),
    Column(gettext_lazy("Last activity"), "last_activity_at"),
    Column(gettext_lazy("Booked value")),
)
_NAMES = ("first_name", "last_name", "company_name", "is_business", "email", "phone")


class RetentionForm(ServiceForm):
    model = RetentionPolicy

    months = WholeField(
        min_value=0,
        max_value=1200,
        help_text=gettext_lazy("0 keeps everybody. Activity is contact, work, visits, payments."),
    )
    is_automatic = forms.BooleanField(
        required=False,
        help_text=gettext_lazy("Every night. Otherwise they wait here for you."),
    )


class Retention(FormPage):
    """The policy, and those who are due under it; nobody is erased by looking or saving."""

    permission: ClassVar[Permission | None] = Permission.MANAGE_PRIVACY
    template = "settings/retention.html"
    form_class = RetentionForm
    success_message = gettext_lazy("Saved.")

    def row(self) -> RetentionPolicy:
        return retention_policy(actor=self.actor)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        state = ListState(self.request, sorts=["last_activity_at"])
        page = state.page_of(
            due_for_erasure(actor=self.actor),
            order=[state.sort, "id"],
            columns=["id", "last_activity_at", "deleted_at", "lifetime_value", *_NAMES],
        )
        for row in page.rows:
            row["name"] = Customer(**{name: row[name] for name in _NAMES}).display_name
        return {"policy": form.row, "page": page, "state": state, "columns": COLUMNS}

    def write(self, values: dict[str, Any]) -> str:
        seen = None if self.version is None else [self.version]
        set_retention(actor=self.actor, values=values, if_version=seen)
        return reverse("settings:retention")


class EraseInactive(Page):
    """Asks once more, then starts the erasure of those who are listed."""

    permission: ClassVar[Permission | None] = Permission.ERASE
    template = "settings/retention_erase.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        number = due_for_erasure(actor=self.actor).count()
        title = ngettext(
            "Erase %(n)s inactive customer?", "Erase %(n)s inactive customers?", number
        ) % {"n": count(number)}
        return self.show({"title": title, "number": number, "back": reverse("settings:retention")})

    def post(self, request: HttpRequest) -> HttpResponse:
        seen = request.POST.get("expected", "")
        expected = int(seen) if seen.isdecimal() and len(seen) < 10 else -1
        job = start_retention(actor=self.actor, expected=expected)
        return self.go(reverse("jobs:job", args=[job.pk]), _("The erasure has started."))

"""The branches of the organization."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.paging import page_of
from core.rows import get_row
from core.tenancy.models import Outlet
from core.tenancy.pages.choices import having, zones
from core.tenancy.policy import Permission
from core.tenancy.selectors import outlets
from core.tenancy.services.outlets import create_outlet, delete_outlet, update_outlet
from core.ui.fields import PhoneField
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.row_pages import Confirm, Switch
from core.ui.views import FormPage, Page

COLUMNS = (
    Column(gettext_lazy("Outlet"), "name"),
    Column(gettext_lazy("Address")),
    Column(gettext_lazy("Phone")),
    Column(gettext_lazy("Time zone"), "time_zone"),
    Column(gettext_lazy("State"), "is_active"),
    Column(""),
)


class Outlets(Page):
    template = fragment = "settings/outlets.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, sorts=["name", "time_zone", "-is_active"])
        shown = [
            "id",
            "name",
            "street",
            "city",
            "state",
            "postal_code",
            "phone",
            "time_zone",
            "is_active",
        ]
        rows = page_of(
            outlets(actor=self.actor),
            order=[state.sort, "id"],
            columns=shown,
            number=state.page,
            size=state.size,
        )
        return self.show(
            {
                "page": rows,
                "state": state,
                "columns": COLUMNS,
                "may_manage": self.actor.may(Permission.MANAGE_OUTLETS),
            }
        )


class OutletForm(ServiceForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Appointments here are told by this clock."),
    )
    phone = PhoneField(label=gettext_lazy("Phone"), max_length=16, required=False)
    street = forms.CharField(label=gettext_lazy("Street"), max_length=150, required=False)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=gettext_lazy("City"), max_length=150, required=False)
    state = forms.CharField(label=gettext_lazy("State or region"), max_length=100, required=False)
    country = forms.CharField(label=gettext_lazy("Country"), max_length=100, required=False)

    def arrange(self) -> None:
        now = (
            self.row.time_zone
            if isinstance(self.row, Outlet)
            else self.actor.organization.time_zone
        )
        self.fields["time_zone"].choices = having(zones(), now)  # type: ignore[attr-defined]


class NewOutlet(FormPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_OUTLETS
    template = "settings/outlet.html"
    form_class = OutletForm
    saved = gettext_lazy("The outlet is there.")

    def initial(self) -> dict[str, Any]:
        return {"time_zone": self.actor.organization.time_zone, **super().initial()}

    def write(self, values: dict[str, Any]) -> str:
        create_outlet(actor=self.actor, values=values)
        return reverse("settings:outlets")


class EditOutlet(FormPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_OUTLETS
    template = "settings/outlet.html"
    form_class = OutletForm
    saved = gettext_lazy("Saved.")

    def row(self) -> Outlet:
        return get_row(Outlet, actor=self.actor, key=self.kwargs["key"])

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"outlet": form.row}

    def write(self, values: dict[str, Any]) -> str:
        update_outlet(actor=self.actor, outlet_id=self.kwargs["key"], values=values)
        return reverse("settings:outlets")


class SwitchOutlet(Switch):
    permission = Permission.MANAGE_OUTLETS
    noun, list = "outlet", "outlets"

    def switch(self, key: UUID) -> str:
        return update_outlet(
            actor=self.actor, outlet_id=key, values={"is_active": self.active}
        ).name


class DeleteOutlet(Confirm):
    permission = Permission.MANAGE_OUTLETS

    def words(self, key: UUID) -> dict[str, str]:
        name = get_row(Outlet, actor=self.actor, key=key).name
        return {
            "title": _("Delete “%(name)s”?") % {"name": name},
            "text": _(
                "It is gone for good. An outlet that has had appointments can only be deactivated."
            ),
            "action": _("Delete the outlet"),
            "back": reverse("settings:outlet", args=[key]),
        }

    def carry_out(self, key: UUID) -> str:
        delete_outlet(actor=self.actor, outlet_id=key)
        return _("The outlet is deleted.")

    def after(self) -> str:
        return reverse("settings:outlets")

    def in_use(self) -> str:
        return _(
            "This outlet has appointments or customers, so it can't be deleted. Deactivate it "
            "instead."
        )

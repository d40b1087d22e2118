"""The branches of the organization."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from core.tenancy.models import Outlet
from core.tenancy.pages.choices import including, zones
from core.tenancy.policy import Permission
from core.tenancy.selectors import outlets
from core.tenancy.services.outlets import create_outlet, delete_outlet, update_outlet
from core.ui.fields import PhoneFormField, WeeklyHoursFormField
from core.ui.forms import ServiceForm
from core.ui.lists import Column
from core.ui.row_pages import DeleteRow, EditRow, NewRowPage, RowList, RowPage, RowWords, SwitchRow


class OutletForm(ServiceForm):
    model = Outlet

    name = forms.CharField(max_length=150)
    time_zone = forms.ChoiceField(
        help_text=gettext_lazy("Appointments here use this time zone."),
    )
    phone = PhoneFormField(max_length=16, required=False)
    street = forms.CharField(max_length=150, required=False)
    postal_code = forms.CharField(max_length=20, required=False)
    city = forms.CharField(max_length=150, required=False)
    state = forms.CharField(max_length=100, required=False)
    country = forms.CharField(max_length=100, required=False)
    opening_hours = WeeklyHoursFormField(
        required=False,
        help_text=gettext_lazy(
            "A day without times is closed; a second span leaves a break between. All empty: the "
            "usual hours, 8 to 18 every day."
        ),
    )

    def arrange(self) -> None:
        now = (
            self.row.time_zone
            if isinstance(self.row, Outlet)
            else self.actor.organization.time_zone
        )
        self.fields["time_zone"].choices = including(zones(), now)  # type: ignore[attr-defined]


class OutletRows(RowPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_OUTLETS
    noun, list_name, model = "outlet", "outlets", Outlet
    form_class: ClassVar[type[ServiceForm]] = OutletForm
    words = RowWords(
        plural=gettext_lazy("Outlets"),
        new=gettext_lazy("New outlet"),
        add=gettext_lazy("Add the outlet"),
        added=gettext_lazy("The outlet is added."),
        delete=gettext_lazy("Delete the outlet"),
        deleted=gettext_lazy("The outlet is deleted."),
        delete_warning=gettext_lazy(
            "It is gone for good. An outlet that has had appointments can only be deactivated."
        ),
        in_use=gettext_lazy(
            "This outlet has appointments or customers, so it can't be deleted. Deactivate it "
            "instead."
        ),
        none=gettext_lazy("No outlets yet"),
        none_help=gettext_lazy(
            "Appointments and people can belong to a branch with its own clock."
        ),
        icon="pin",
    )

    def rows(self) -> "QuerySet[Any]":
        return outlets(actor=self.actor)

    def create(self, values: Mapping[str, Any]) -> Outlet:
        return create_outlet(actor=self.actor, values=values)

    def update(self, key: UUID, values: Mapping[str, Any]) -> Outlet:
        return update_outlet(actor=self.actor, outlet_id=key, values=values)

    def delete(self, key: UUID) -> None:
        delete_outlet(actor=self.actor, outlet_id=key)


class Outlets(OutletRows, RowList):
    permission = Permission.VIEW
    template = fragment = "settings/outlets.html"
    columns = (
        Column(gettext_lazy("Outlet"), "name"),
        Column(gettext_lazy("Address")),
        Column(gettext_lazy("Phone")),
        Column(gettext_lazy("Time zone"), "time_zone"),
        Column(gettext_lazy("State"), "is_active"),
        Column(""),
    )
    sorts = ("name", "time_zone", "-is_active")
    shown = ("street", "city", "state", "postal_code", "phone", "time_zone")

    def may_manage(self) -> bool:
        return self.actor.may(Permission.MANAGE_OUTLETS)


class NewOutlet(OutletRows, NewRowPage):
    def initial(self) -> dict[str, Any]:
        return {"time_zone": self.actor.organization.time_zone, **super().initial()}


class EditOutlet(OutletRows, EditRow):
    pass


class SwitchOutlet(OutletRows, SwitchRow):
    pass


class DeleteOutlet(OutletRows, DeleteRow):
    pass

"""What can be booked."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.models import Service
from appointments.selectors import services
from appointments.services import create_service, delete_service, update_service
from core.tenancy.policy import Permission
from core.ui.fields import MoneyField, WholeField
from core.ui.forms import ServiceForm
from core.ui.lists import Column
from core.ui.row_pages import DeleteRow, EditRow, NewRowPage, RowList, RowPage, RowWords, SwitchRow


class OfferForm(ServiceForm):
    model = Service

    name = forms.CharField(max_length=150)
    category = forms.CharField(max_length=150, required=False)
    duration_minutes = WholeField()
    price = MoneyField()
    buffer_before_minutes = WholeField(
        required=False,
        help_text=gettext_lazy("Kept free before it: the way there, preparing."),
    )
    buffer_after_minutes = WholeField(
        required=False, help_text=gettext_lazy("Kept free after it: tidying up, the way back.")
    )
    description = forms.CharField(max_length=10_000, required=False, widget=forms.Textarea)

    def arrange(self) -> None:
        for name in ("duration_minutes", "buffer_before_minutes", "buffer_after_minutes"):
            self.fields[name].unit = _("minutes")  # type: ignore[attr-defined]
        self.fields["price"].unit = self.actor.organization.currency  # type: ignore[attr-defined]


class ServiceRows(RowPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_SERVICES
    noun, list_name, model = "service", "services", Service
    form_class: ClassVar[type[ServiceForm]] = OfferForm
    words = RowWords(
        plural=gettext_lazy("Services"),
        new=gettext_lazy("New service"),
        add=gettext_lazy("Add the service"),
        added=gettext_lazy("The service can be booked."),
        delete=gettext_lazy("Delete the service"),
        deleted=gettext_lazy("The service is deleted."),
        delete_warning=gettext_lazy(
            "It is gone for good. A service that was ever booked can only be deactivated."
        ),
        in_use=gettext_lazy(
            "This service has appointments, so it can't be deleted. Deactivate it instead."
        ),
        none=gettext_lazy("No services yet"),
        none_help=gettext_lazy(
            "A service has a length and a price, so that booking it takes one click."
        ),
        icon="briefcase",
    )

    def rows(self) -> "QuerySet[Any]":
        return services(actor=self.actor)

    def create(self, values: Mapping[str, Any]) -> Service:
        return create_service(actor=self.actor, values=values)

    def update(self, key: UUID, values: Mapping[str, Any]) -> Service:
        return update_service(actor=self.actor, service_id=key, values=values)

    def delete(self, key: UUID) -> None:
        delete_service(actor=self.actor, service_id=key)


class Services(ServiceRows, RowList):
    permission = Permission.VIEW
    template = fragment = "settings/services.html"
    columns = (
        Column(gettext_lazy("Service"), "name"),
        Column(gettext_lazy("Category"), "category"),
        Column(gettext_lazy("Duration"), "duration_minutes", "num"),
        Column(gettext_lazy("Price"), "price", "num"),
        Column(gettext_lazy("State"), "is_active"),
        Column(""),
    )
    sorts = ("name", "category", "duration_minutes", "price", "-is_active")
    shown = ("category", "duration_minutes", "price")

    def may_manage(self) -> bool:
        return self.actor.may(Permission.MANAGE_SERVICES)


_USUAL = {
    "duration_minutes": 60,
    "price": 0,
    "buffer_before_minutes": 0,
    "buffer_after_minutes": 0,
}


class NewService(ServiceRows, NewRowPage):
    template = "settings/service.html"

    def initial(self) -> dict[str, Any]:
        return {**_USUAL, **super().initial()}


class EditService(ServiceRows, EditRow):
    template = "settings/service.html"


class SwitchService(ServiceRows, SwitchRow):
    pass


class DeleteService(ServiceRows, DeleteRow):
    pass

"""What can be booked."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.models import Service
from appointments.selectors import services
from appointments.services import create_service, delete_service, update_service
from core.paging import page_of
from core.rows import get_row
from core.tenancy.policy import Permission
from core.ui.fields import MoneyField, WholeField
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.row_pages import Confirm, Switch
from core.ui.views import FormPage, Page

COLUMNS = (
    Column(gettext_lazy("Service"), "name"),
    Column(gettext_lazy("Category"), "category"),
    Column(gettext_lazy("Duration"), "duration_minutes", "num"),
    Column(gettext_lazy("Price"), "price", "num"),
    Column(gettext_lazy("State"), "is_active"),
    Column(""),
)


class Services(Page):
    template = fragment = "settings/services.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(
            request, sorts=["name", "category", "duration_minutes", "price", "-is_active"]
        )
        shown = ["id", "name", "category", "duration_minutes", "price", "is_active"]
        rows = page_of(
            services(actor=self.actor),
            order=[state.sort, "name", "id"],
            columns=shown,
            number=state.page,
            size=state.size,
        )
        return self.show(
            {
                "page": rows,
                "state": state,
                "columns": COLUMNS,
                "may_manage": self.actor.may(Permission.MANAGE_SERVICES),
            }
        )


class OfferForm(ServiceForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150)
    category = forms.CharField(label=gettext_lazy("Category"), max_length=150, required=False)
    duration_minutes = WholeField(label=gettext_lazy("Duration"))
    price = MoneyField(label=gettext_lazy("Price"))
    description = forms.CharField(
        label=gettext_lazy("Description"), max_length=10_000, required=False, widget=forms.Textarea
    )

    def arrange(self) -> None:
        self.fields["duration_minutes"].unit = _("minutes")  # type: ignore[attr-defined]
        self.fields["price"].unit = self.actor.organization.currency  # type: ignore[attr-defined]


class NewService(FormPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_SERVICES
    template = "settings/service.html"
    form_class = OfferForm
    saved = gettext_lazy("The service can be booked.")

    def initial(self) -> dict[str, Any]:
        return {"duration_minutes": 60, "price": 0, **super().initial()}

    def write(self, values: dict[str, Any]) -> str:
        create_service(actor=self.actor, values=values)
        return reverse("settings:services")


class EditService(FormPage):
    permission: ClassVar[Permission | None] = Permission.MANAGE_SERVICES
    template = "settings/service.html"
    form_class = OfferForm
    saved = gettext_lazy("Saved.")

    def row(self) -> Service:
        return get_row(Service, actor=self.actor, key=self.kwargs["key"])

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"service": form.row}

    def write(self, values: dict[str, Any]) -> str:
        update_service(actor=self.actor, service_id=self.kwargs["key"], values=values)
        return reverse("settings:services")


class SwitchService(Switch):
    permission = Permission.MANAGE_SERVICES
    noun, list = "service", "services"

    def switch(self, key: UUID) -> str:
        return update_service(
            actor=self.actor, service_id=key, values={"is_active": self.active}
        ).name


class DeleteService(Confirm):
    permission = Permission.MANAGE_SERVICES

    def words(self, key: UUID) -> dict[str, str]:
        name = get_row(Service, actor=self.actor, key=key).name
        return {
            "title": _("Delete “%(name)s”?") % {"name": name},
            "text": _(
                "It is gone for good. A service that was ever booked can only be deactivated."
            ),
            "action": _("Delete the service"),
            "back": reverse("settings:service", args=[key]),
        }

    def carry_out(self, key: UUID) -> str:
        delete_service(actor=self.actor, service_id=key)
        return _("The service is deleted.")

    def after(self) -> str:
        return reverse("settings:services")

    def in_use(self) -> str:
        return _("This service has appointments, so it can't be deleted. Deactivate it instead.")

"""Pages that write one customer: new, edit, block, delete, restore."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound
from core.tenancy.policy import Permission
from core.ui.views import FormPage, Page
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.forms import BlockForm, CustomerForm
from customers.pages.links import list_of, of_customer
from customers.selectors.customers import customer, customers
from customers.services.customers import (
    create_customer,
    delete_customer,
    edit_customer,
    restore_customer,
)
from customers.services.management import block_customer


class NewCustomer(FormPage):
    permission = Permission.CREATE_CUSTOMERS
    template = "customers/form.html"
    form_class = CustomerForm
    success_message = gettext_lazy("The customer is added.")

    def write(self, values: dict[str, Any]) -> str:
        return of_customer(create_customer(actor=self.actor, values=values).pk)

    def context(self, form: Any) -> dict[str, Any]:
        return {
            "customer": form.row,
            "back": of_customer(form.row.pk, came_from=list_of(self.request))
            if form.row
            else reverse("customers:list"),
        }


class EditCustomer(NewCustomer):
    permission = Permission.UPDATE_CUSTOMERS
    success_message = gettext_lazy("The customer is saved.")

    def row(self) -> Customer:
        return customer(actor=self.actor, customer_id=self.kwargs["customer_id"])

    def write(self, values: dict[str, Any]) -> str:
        key = self.kwargs["customer_id"]
        edit_customer(actor=self.actor, customer_id=key, values=values, if_version=self.version)
        return of_customer(key, came_from=list_of(self.request))


class Block(FormPage):
    """
    Blocks (with a reason) or, with `is_blocked=false` in the form or the address, unblocks; either
    can be taken back.
    """

    permission = Permission.BLOCK
    template = "customers/form_block.html"
    form_class = BlockForm

    def context(self, form: Any) -> dict[str, Any]:
        row = customer(actor=self.actor, customer_id=self.kwargs["customer_id"])
        return {"customer": row, "back": of_customer(row.pk, came_from=list_of(self.request))}

    def write(self, values: dict[str, Any]) -> str:
        key: UUID = self.kwargs["customer_id"]
        reason = {"block_reason": values.get("block_reason", "")} if self.wanted else {}
        block_customer(
            actor=self.actor, customer_id=key, values={"is_blocked": self.wanted, **reason}
        )
        return of_customer(key, came_from=list_of(self.request))

    def go(self, address: str, said: str = "", *, undo: str = "") -> HttpResponse:
        said = (
            _("The customer is blocked.")
            if self.wanted
            else _("The customer is no longer blocked.")
        )
        back = f"{self.request.path}?is_blocked={'false' if self.wanted else 'true'}"
        return super().go(address, said, undo=back)

    @property
    def wanted(self) -> bool:
        asked = self.request.POST.get("is_blocked") or self.request.GET.get("is_blocked")
        return asked != "false"


class Delete(Page):
    permission = Permission.DELETE_CUSTOMERS
    template = "customers/form_delete.html"
    fragment = "customers/form_delete_dialog.html"

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        row = customer(actor=self.actor, customer_id=customer_id)
        return self.show(
            {"customer": row, "back": of_customer(row.pk, came_from=list_of(self.request))}
        )

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        row = delete_customer(actor=self.actor, customer_id=customer_id)
        said = _("%(name)s is deleted.") % {"name": row.display_name}
        return self.go(
            reverse("customers:list"), said, undo=reverse("customers:restore", args=[customer_id])
        )


class Restore(Page):
    permission = Permission.DELETE_CUSTOMERS
    template = "customers/form_restore.html"

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        deleted = CustomerConditions(ids=[customer_id], deleted=True)
        row = customers(actor=self.actor, conditions=deleted).first()
        if row is None:
            raise NotFound("Customer", customer_id)
        return self.show({"customer": row, "back": f"{reverse('customers:list')}?deleted=true"})

    def post(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        row = restore_customer(actor=self.actor, customer_id=customer_id)
        return self.go(of_customer(row.pk), _("%(name)s is back.") % {"name": row.display_name})

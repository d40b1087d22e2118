"""A new customer in a few fields, over any page; the whole form is one button away."""

from typing import Any

from django.utils.translation import gettext_lazy

from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.views import FormPage
from customers.pages.forms import CustomerForm
from customers.pages.links import of_customer
from customers.services.customers import create_customer

QuickCustomerForm = CustomerForm.only(
    "first_name", "last_name", "phone", "email", "preferred_outlet", "tags"
)


class QuickCustomer(FormPage):
    permission = Permission.CREATE_CUSTOMERS
    template = "customers/quick.html"
    fragment = "customers/quick_drawer.html"
    form_class = QuickCustomerForm
    success_message = gettext_lazy("The customer is added.")

    def write(self, values: dict[str, Any]) -> str:
        return of_customer(create_customer(actor=self.actor, values=values).pk)

    def _show(self, form: ServiceForm, *, status: int = 200) -> Any:
        form.auto_id = "quick_%s"  # the page under the drawer may have fields of the same names
        form.fields["first_name"].widget.attrs["autofocus"] = True
        return super()._show(form, status=status)

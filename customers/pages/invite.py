"""Letting a customer into the portal."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy.policy import Permission
from core.ui.forms import ServiceForm
from core.ui.place import site_address
from customers.models import Customer
from customers.pages.around import FormOfCustomer
from customers.services.portal_links import send_invitation


class InvitationForm(ServiceForm):
    """There is nothing to fill in: who gets it is the customer."""

    model = Customer


class InviteCustomer(FormOfCustomer):
    """Sends a link by which the customer gets in; a walk-in chooses a password by it."""

    needed = Permission.UPDATE_CUSTOMERS
    form_class = InvitationForm
    submit = gettext_lazy("Send the link")
    success_message = gettext_lazy("The link is on its way.")

    @property
    def heading(self) -> str:
        address = self.customer.email if self.customer else ""
        if not address:
            return _("Send a link to the portal")
        return _("Send a link to the portal to %(email)s") % {"email": address}

    def write(self, values: dict[str, Any]) -> str:
        send_invitation(
            actor=self.actor,
            customer_id=self.kwargs["customer_id"],
            site=site_address(self.request),
        )
        return self.back

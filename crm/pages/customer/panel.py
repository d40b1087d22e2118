"""A customer beside the list: who it is, what is next, and what happened last."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.filters import AppointmentConditions
from appointments.pages.wording import starts
from appointments.selectors import appointments
from appointments.slots import zone_of
from core.clock import now
from core.tenancy.actor import Actor
from core.ui.gate import is_fragment
from core.ui.views import Page
from crm.pages.customer.timeline import timeline
from customers.models import Customer
from customers.pages.filters import CustomerFilters
from customers.pages.links import list_of, of_customer
from customers.pages.rows import CustomerRows
from customers.selectors.customers import customer

ENTRIES_SHOWN = 5


class CustomerPanel(Page):
    """
    What one looks up about a customer without leaving the list; without JavaScript, the customer's
    page.
    """

    fragment = "customer/panel.html"

    def get(self, request: HttpRequest, customer_id: UUID) -> HttpResponse:
        came_from = list_of(request)
        if not is_fragment(request):
            return redirect(of_customer(customer_id, came_from=came_from))
        person = customer(actor=self.actor, customer_id=customer_id)
        rows = CustomerRows(CustomerFilters(QueryDict(came_from), actor=self.actor), [])
        last = timeline(actor=self.actor, customer=person, size=ENTRIES_SHOWN)
        return self.show(
            {
                **rows.context(),
                "customer": person,
                "row": rows.of(person),
                "next_visit": next_visit(self.actor, person),
                "entries": [(entry, "", None) for entry in last.entries],
            }
        )


def next_visit(actor: Actor, person: Customer) -> dict[str, Any] | None:
    """The customer's next appointment, if one is to come."""
    mine = appointments(actor=actor, conditions=AppointmentConditions(customer_id=person.pk))
    coming = mine.filter(status__in=UPCOMING, start_at__gt=now())
    found = coming.select_related("service", "outlet", "staff").order_by("start_at").first()
    if found is None:
        return None
    return {
        "appointment": found,
        "starts": starts(found.start_at, zone_of(actor=actor, outlet=found.outlet)),
        "status": AppointmentStatus(found.status),
    }

"""Booking an appointment, or a series of them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from appointments.choices import Doubt
from appointments.errors import StaffBusy
from appointments.pages.booking_forms import BookForm
from appointments.pages.wording import clock, starts
from appointments.preferences import preferences
from appointments.selectors import bookable_staff, doubts, free_times, next_free_day, services
from appointments.series import Occurrence, book_series, occurrences
from appointments.services import book_appointment, planned_appointment
from appointments.slots import zone_of
from core.clock import tellable
from core.errors import Invalid
from core.ids import parse_id
from core.tenancy.filters import OutletConditions
from core.tenancy.policy import Permission
from core.tenancy.selectors import outlets
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment
from core.ui.views import ANYWAY, FormPage
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.selectors.customers import customers

FOUND = 8
"""Customers that a search offers."""


R = TypeVar("R", bound=models.Model)


class Book(FormPage):
    """
    First whom, then the rest. Who comes from a customer or from an empty place in the calendar
    finds that filled in.

    htmx gets the customers found (`search`), or the free times for what is chosen (`free`).
    """

    permission = Permission.BOOK
    template = "appointments/book.html"
    form_class = BookForm
    success_message = gettext_lazy("Booked.")
    conflicts: Sequence[Occurrence] = ()
    """Of a series: the times that something speaks against."""

    @cached_property
    def customer(self) -> Customer | None:
        key = parse_id(self.request.POST.get("customer") or self.request.GET.get("customer"))
        return customers(actor=self.actor).filter(pk=key).first() if key else None

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if is_fragment(request):
            self.fragment = (  # type: ignore[misc]
                "customers/found.html" if "search" in request.GET else "appointments/free.html"
            )
            return self.show(self._found() if "search" in request.GET else self._free(request.GET))
        if self.customer is None:
            return self.show(self._found())
        return super().get(request, **kwargs)

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET
        places = [
            str(key)
            for key in outlets(
                actor=self.actor, conditions=OutletConditions(is_active=True)
            ).values_list("pk", flat=True)[:2]
        ]
        outlet = asked.get("outlet") or (places[0] if len(places) == 1 else "")
        if not outlet and self.customer and self.customer.preferred_outlet_id:
            outlet = str(self.customer.preferred_outlet_id)
        return {
            "customer": self.customer.pk if self.customer else "",
            "outlet": outlet,
            "staff": asked.get("staff", ""),
            "service": asked.get("service", ""),
            "day": asked.get("day") or timezone.localdate().isoformat(),
            "start_time": asked.get("time", ""),
        }

    def doubts(self, values: dict[str, Any]) -> list[Doubt]:
        try:
            if "repeat_unit" in values:
                return self._doubts_of_series(values)
            planned = planned_appointment(actor=self.actor, values=values)
        except Invalid:  # the service says so
            return []
        return doubts(actor=self.actor, planned=planned, customer=self.customer)

    def _doubts_of_series(self, values: dict[str, Any]) -> list[Doubt]:
        """Of all its times together; `conflicts` are told one by one."""
        found = occurrences(actor=self.actor, values=values)
        self.conflicts = [each for each in found if each.busy or each.doubts]
        doubted = {doubt for each in found if not each.busy for doubt in each.doubts}
        if any(each.busy for each in found) and not all(each.busy for each in found):
            doubted.add(Doubt.TAKEN)
        if self.customer is not None and self.customer.is_blocked:
            doubted.add(Doubt.BLOCKED)
        return [doubt for doubt in Doubt if doubt in doubted]

    def _told_conflicts(self) -> list[tuple[str, str]]:
        """When, and what is in the way."""
        told = []
        for each in self.conflicts:
            zone = zone_of(actor=self.actor, outlet=each.planned.outlet)
            why = [str(doubt.label) for doubt in each.doubts]
            words = str(StaffBusy.label) if each.busy else " ".join(why)
            told.append((starts(each.planned.start_at, zone), words))
        return told

    def write(self, values: dict[str, Any]) -> str:
        if "repeat_unit" in values:
            skip = {"repeat_skip_busy": Doubt.TAKEN in self.request.POST.getlist(ANYWAY)}
            first = book_series(actor=self.actor, values={**values, **skip})[0]
            return reverse("appointments:appointment", args=[first.pk])
        return reverse(
            "appointments:appointment", args=[book_appointment(actor=self.actor, values=values).pk]
        )

    def context(self, form: ServiceForm) -> dict[str, Any]:
        if self.customer and isinstance(form, BookForm):
            preferred = preferences(actor=self.actor, customer_id=self.customer.pk)
            form.put_first("service", preferred["preferred_services"])
            form.put_first("staff", preferred["preferred_staff"])
        said = {
            name: str(form[name].value() or "") for name in ("staff", "service", "outlet", "day")
        }
        chosen = str(form["start_time"].value() or "")[:5]
        back = {name: value for name, value in {**said, "time": chosen}.items() if value}
        return {
            "customer": self.customer,
            **self._free(said),
            "chosen_time": chosen,
            "conflicts": self._told_conflicts(),
            "back": urlencode(back),
        }

    def _found(self) -> dict[str, Any]:
        """The step before the form: who it is for, the rest of the address kept."""
        search = self.request.GET.get("search", "").strip()
        kept = {
            name: self.request.GET[name]
            for name in ("outlet", "staff", "service", "day", "time")
            if self.request.GET.get(name)
        }
        rows: Iterable[Customer] = ()
        if search:
            found = customers(actor=self.actor, conditions=CustomerConditions(search=search))
            rows = found.order_by("first_key", "last_key", "id")[:FOUND]
        return {
            "search": search,
            "kept": kept,
            "found": [
                (row, reverse("appointments:book", query={"customer": row.pk, **kept}))
                for row in rows
            ],
            "may_add": self.actor.may(Permission.CREATE_CUSTOMERS),
        }

    def _free(self, said: Any) -> dict[str, Any]:
        """When the chosen person is free on the chosen day, long enough for the chosen service."""
        person = _named(bookable_staff(actor=self.actor), said.get("staff"))
        service = _named(services(actor=self.actor), said.get("service"))
        outlet = _named(outlets(actor=self.actor), said.get("outlet"))
        zone = zone_of(actor=self.actor, outlet=outlet)
        day = _day(said.get("day"))
        times: list[tuple[str, str]] = []
        next_free = None
        if person and day:
            asked: dict[str, Any] = {
                "staff_id": person.pk,
                "day": day,
                "outlet": outlet,
                "service": service,
            }
            free = free_times(actor=self.actor, **asked)
            times = [(f"{moment.astimezone(zone):%H:%M}", clock(moment, zone)) for moment in free]
            next_free = None if times else next_free_day(actor=self.actor, **asked)
        query = {
            name: said.get(name)
            for name in ("customer", "staff", "service", "outlet", "day")
            if said.get(name)
        }
        if self.customer:
            query["customer"] = self.customer.pk
        return {
            "person": person,
            "free_day": day,
            "times": times,
            "next_free": next_free,
            "next_query": urlencode({**query, "day": next_free.isoformat()}) if next_free else "",
            "zone": zone.key.replace("_", " "),
            "query": urlencode(query),
        }


def _named(rows: models.QuerySet[R], key: str | None) -> R | None:
    """The row that an address names; None when it names none."""
    found = parse_id(key)
    return rows.filter(pk=found).first() if found else None


def _day(text: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if tellable(day) else None

"""A day on paper: who comes when, and what was taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from appointments.choices import AppointmentStatus
from appointments.pages.board import Card, cards_of
from appointments.pages.calendar import Calendar
from core.clock import day_bounds
from core.tenancy.policy import Permission
from customers.selectors.work import payments_between


@dataclass(frozen=True, slots=True)
class PersonSheet:
    """One person's day: what there is to do, what it would bring, and what of it is done."""

    name: str
    cards: list[Card]
    remarks: list[str]

    @property
    def booked(self) -> Decimal:
        return _sum(self.cards)

    @property
    def done(self) -> Decimal:
        return _sum(card for card in self.cards if card.status == AppointmentStatus.COMPLETED)


def _sum(cards: Iterable[Card]) -> Decimal:
    return sum((card.appointment.price for card in cards), Decimal(0))


class DaySheet(Calendar):
    """
    The calendar's day, outlet and person as a list for each of the staff. Payments belong to no
    outlet, so they are told for the whole organization, to those who may see statistics.
    """

    template = "appointments/day_sheet.html"
    fragment = ""
    kind = "day"  # type: ignore[assignment]
    columns = ("notes",)

    def get(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(self.zone):
            return self.show(self._sheet())

    def _sheet(self) -> dict[str, Any]:
        cards = cards_of(self.day, self.rows, self.zone)
        sheets = []
        for user in self._staff_of(self.rows):
            key = user.pk if user else None
            own = [card for card in cards if card.appointment.staff_id == key]
            remarks = [str(row) for row in self.exceptions(key, self.day)]
            if own or remarks:
                sheets.append(PersonSheet(user.name if user else _("Nobody yet"), own, remarks))
        payments = None
        if self.actor.may(Permission.VIEW_STATISTICS):
            first, last = day_bounds(self.day, self.zone.key)
            payments = payments_between(actor=self.actor, first=first, last=last)
        return {
            "sheets": sheets,
            "count": len(self.rows),
            "booked": _sum(card for sheet in sheets for card in sheet.cards),
            "done": sum((sheet.done for sheet in sheets), Decimal(0)),
            "payments": payments,
        }

    @property
    def back(self) -> str:
        """The calendar of this day."""
        return self.url()

    @cached_property
    def heading(self) -> str:
        return f"{date_format(self.day, 'l')}, {date_format(self.day, 'DATE_FORMAT')}"

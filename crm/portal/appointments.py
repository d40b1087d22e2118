"""The customer's own appointments: seen, confirmed, cancelled, moved, booked."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from appointments.choices import AppointmentStatus
from appointments.errors import BookingClosed
from appointments.feeds import single
from appointments.models import Appointment
from appointments.pages.feeds import as_file
from appointments.pages.wording import clock, when
from appointments.portal import (
    AHEAD,
    Wish,
    book_own_appointment,
    cancel_own_appointment,
    confirm_own_appointment,
    may_be_changed,
    may_be_confirmed,
    move_own_appointment,
    notice,
    own_appointment,
    own_appointments,
    past,
    refuse_change,
    times_to_book,
    times_to_move,
    upcoming,
)
from appointments.slots import zone_of
from core.clock import now, tellable
from core.errors import DomainError, Malformed, NotFound, StateConflict
from core.ids import new_id
from core.ui.once import once
from core.ui.wording import message_for
from crm.portal.forms import WishForm
from crm.portal.views import PortalPage

MOST_UPCOMING = 50
MOST_PAST = 50

LOOKED_AHEAD = 14
"""Days that are looked at for the next free time, where a day has none."""


@dataclass(frozen=True, slots=True)
class OwnAppointment:
    """An appointment as its customer sees it."""

    row: Appointment
    zone: ZoneInfo
    may_confirm: bool
    may_change: bool

    @property
    def when(self) -> str:
        return when(self.row, self.zone)

    @property
    def tone(self) -> str:
        return AppointmentStatus(self.row.status).tone

    @property
    def icon(self) -> str:
        return AppointmentStatus(self.row.status).icon

    @property
    def zone_name(self) -> str:
        return self.zone.key.replace("_", " ")


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A time that is offered."""

    value: str
    label: str


class AppointmentsPage(PortalPage):
    here: ClassVar[str] = "home"

    def describe(self, row: Appointment) -> OwnAppointment:
        zone = zone_of(actor=self.actor, outlet=row.outlet)
        return OwnAppointment(
            row, zone, may_be_confirmed(row), may_be_changed(row, actor=self.actor)
        )

    def own(self, key: UUID) -> Appointment:
        return own_appointment(actor=self.actor, appointment_id=key)

    @property
    def hours(self) -> int:
        return self.organization.portal_change_hours

    def version(self) -> int | None:
        """What the customer saw when they chose."""
        text = self.request.POST.get("version", "")
        return int(text) if text.isdecimal() and len(text) < 10 else None


class Home(AppointmentsPage):
    """What is to come, and what was."""

    template = "portal/home.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = own_appointments(actor=self.actor)
        return self.show(
            {
                "upcoming": [self.describe(row) for row in upcoming(rows)[:MOST_UPCOMING]],
                "past": [self.describe(row) for row in past(rows)[:MOST_PAST]],
            }
        )


class PortalConfirm(AppointmentsPage):
    def post(self, request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        confirm_own_appointment(actor=self.actor, appointment_id=key, if_version=self.version())
        return self.go(self.address("home"), _("Your appointment is confirmed."))


class PortalCancel(AppointmentsPage):
    """Asks first."""

    template = "portal/cancel.html"

    def get(self, request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        row = self.own(key)
        refuse_change(row, actor=self.actor)
        return self.show({"appointment": self.describe(row)})

    def post(self, request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        cancel_own_appointment(actor=self.actor, appointment_id=key, if_version=self.version())
        return self.go(self.address("home"), _("Your appointment is cancelled."))


class File(AppointmentsPage):
    """For the calendar of their phone."""

    def get(self, request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        return as_file(request, single(self.own(key)), name="appointment.ics")


class FreeDays(AppointmentsPage):
    """Offers the times of one day after another."""

    def first_day(self, zone: ZoneInfo) -> dt.date:
        """The first on which anything may still be changed."""
        return (now() + notice(self.actor)).astimezone(zone).date()

    def last_day(self, zone: ZoneInfo) -> dt.date:
        return (now() + AHEAD).astimezone(zone).date()

    def day(self, text: str, zone: ZoneInfo) -> dt.date:
        """The day that is asked for, within those that are offered."""
        first, last = self.first_day(zone), self.last_day(zone)
        try:
            asked = dt.date.fromisoformat(text)
        except ValueError:
            return first
        return min(max(asked, first), last)

    def around(self, day: dt.date, zone: ZoneInfo) -> dict[str, Any]:
        """The day, and those beside it."""
        first, last = self.first_day(zone), self.last_day(zone)
        step = dt.timedelta(days=1)
        return {
            "day": day,
            "first_day": first.isoformat(),
            "last_day": last.isoformat(),
            "before": (day - step).isoformat() if day > first else "",
            "after": (day + step).isoformat() if day < last else "",
            "zone": zone.key.replace("_", " "),
        }

    def next_free(
        self, day: dt.date, zone: ZoneInfo, times: Callable[[dt.date], list[dt.datetime]]
    ) -> str:
        """The first day after `day` on which there are `times`, if one of the next two weeks is."""
        later = (day + dt.timedelta(days=number) for number in range(1, LOOKED_AHEAD + 1))
        offered = (each for each in later if each <= self.last_day(zone))
        return next((each.isoformat() for each in offered if times(each)), "")

    def start_at(self) -> dt.datetime:
        """The time that was chosen. Raises Malformed."""
        try:
            moment = dt.datetime.fromisoformat(self.request.POST.get("start_at", ""))
        except ValueError as error:
            raise Malformed from error
        if moment.tzinfo is None or not tellable(moment):
            raise Malformed
        return moment.astimezone(dt.UTC)


def slots(starts: list[dt.datetime], zone: ZoneInfo) -> list[FreeSlot]:
    return [FreeSlot(start.astimezone(dt.UTC).isoformat(), clock(start, zone)) for start in starts]


class PortalMove(FreeDays):
    template = "portal/move.html"

    def get(self, request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        row = self.own(key)
        refuse_change(row, actor=self.actor)
        return self._offer(row, request.GET.get("day", ""))

    def post(self, request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        start_at = self.start_at()
        try:
            moved = move_own_appointment(
                actor=self.actor,
                appointment_id=key,
                start_at=start_at,
                if_version=self.version(),
            )
        except NotFound:
            raise
        except StateConflict as error:
            row = self.own(key)
            refuse_change(row, actor=self.actor)
            return self._offer(row, request.POST.get("day", ""), error)
        said = _("Your appointment is now on %(when)s.") % {"when": self.describe(moved).when}
        return self.go(self.address("home"), said)

    def _offer(
        self, row: Appointment, asked: str, error: DomainError | None = None
    ) -> HttpResponse:
        shown = self.describe(row)
        day = self.day(asked or self._its_day(shown), shown.zone)
        times = partial(self._times, row)
        starts = times(day)
        context = {
            "appointment": shown,
            "slots": slots(starts, shown.zone),
            "next_free": "" if starts else self.next_free(day, shown.zone, times),
            "refused": message_for(error) if error else "",
            **self.around(day, shown.zone),
        }
        return self.show(context, status=409 if error else 200)

    def _times(self, row: Appointment, day: dt.date) -> list[dt.datetime]:
        return times_to_move(actor=self.actor, appointment=row, day=day)

    def _its_day(self, shown: OwnAppointment) -> str:
        return shown.row.start_at.astimezone(shown.zone).date().isoformat()


class PortalBook(FreeDays):
    """First what and where, then the times of a day."""

    template = "portal/book.html"
    here: ClassVar[str] = "book"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self._refuse_closed()
        return self._offer(request.GET.copy())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self._refuse_closed()
        start_at = self.start_at()
        form = WishForm(request.POST, actor=self.actor)
        if not form.is_valid():
            return self._offer(request.POST.copy())
        try:
            address = once(
                actor=self.actor,
                submission=request.POST.get("submission", ""),
                work=lambda: self._book(_wish(form), start_at),
            )
        except StateConflict as error:
            return self._offer(request.POST.copy(), error)
        return self.go(address, _("Your appointment is booked."))

    def _refuse_closed(self) -> None:
        """Raises BookingClosed."""
        if not self.organization.portal_booking:
            raise BookingClosed

    def _book(self, wish: Wish, start_at: dt.datetime) -> str:
        book_own_appointment(actor=self.actor, wish=wish, start_at=start_at)
        return self.address("home")

    def _times(self, wish: Wish, day: dt.date) -> list[dt.datetime]:
        return times_to_book(actor=self.actor, wish=wish, day=day)

    def _offer(self, asked: Any, error: DomainError | None = None) -> HttpResponse:
        home = zone_of(actor=self.actor, outlet=None)
        if "service" not in asked:
            initial = {"day": self.first_day(home), "outlet": self.customer.preferred_outlet_id}
            form = WishForm(actor=self.actor, initial=initial)
            return self.show({"form": form, **self.around(self.first_day(home), home)})
        asked["day"] = self.day(asked.get("day", ""), home).isoformat()
        form = WishForm(asked, actor=self.actor)
        context: dict[str, Any] = {"form": form, "refused": message_for(error) if error else ""}
        if not form.is_valid():
            return self.show({**context, **self.around(self.first_day(home), home)}, status=422)
        wish, day = _wish(form), form.cleaned_data["day"]
        zone = zone_of(actor=self.actor, outlet=wish.outlet)
        times = partial(self._times, wish)
        starts = times(day)
        context |= {
            "wish": wish,
            "slots": slots(starts, zone),
            "next_free": "" if starts else self.next_free(day, zone, times),
            "wish_query": _query(wish),
            "submission": new_id().hex,
            **self.around(day, zone),
        }
        return self.show(context, status=409 if error else 200)


def _query(wish: Wish) -> str:
    """The wish as the beginning of an address's query, to which a day is added."""
    chosen = {"service": wish.service, "outlet": wish.outlet, "staff": wish.staff}
    return urlencode({name: row.pk for name, row in chosen.items() if row}) + "&"


def _wish(form: WishForm) -> Wish:
    chosen = form.cleaned_data
    return Wish(chosen["service"], chosen.get("outlet"), chosen.get("staff"))

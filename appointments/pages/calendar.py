"""The calendar: a day by staff, a week by days, a month, or a list."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from appointments.choices import AppointmentStatus
from appointments.filters import AppointmentConditions
from appointments.hours import Schedule, closed_of, joined, schedules
from appointments.models import Appointment, ScheduleException
from appointments.pages.board import (
    BoardColumn,
    Card,
    Hours,
    agenda_of,
    cards_of,
    hours_of,
    lay_out,
    minutes_now,
    month_of,
    off_hours,
    week_of,
)
from appointments.selectors import appointments_between, bookable_staff
from appointments.slots import zone_of
from core.clock import day_bounds, now, tellable
from core.hours import Span
from core.identity.models import User
from core.ids import parse_id
from core.tenancy.filters import OutletConditions
from core.tenancy.models import Outlet
from core.tenancy.selectors import outlets
from core.ui.views import Page
from core.ui.wording import date_span

VIEWS = ("day", "week", "month", "list")
STAFF_SHOWN = 8
"""Columns of a day; more only for those who have something to do."""

FEW = 3
"""So many people's week can stand on one grid of hours; that of more is a row for each."""

DAY_LANES, WEEK_LANES = 4, 2

MONTH_CARDS = 4
"""How many appointments of a day a month shows; the day has them all."""

LOOKED_AHEAD = 31
"""Days in which the next booked one is looked for."""


class Calendar(Page):
    """All its state is in the address; what isn't understood there counts as not said."""

    template = "appointments/calendar.html"
    fragment = "appointments/calendar_fragment.html"
    columns: ClassVar[tuple[str, ...]] = ()
    """What is read of the appointments besides what every calendar shows."""

    def get(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(self.zone):
            return self.show(self._context())

    # What the address says

    @cached_property
    def outlets(self) -> list[Outlet]:
        return list(
            outlets(actor=self.actor, conditions=OutletConditions(is_active=True)).order_by(
                "name", "id"
            )
        )

    @cached_property
    def chosen_outlet(self) -> Outlet | None:
        asked = parse_id(self.request.GET.get("outlet"))
        return next((outlet for outlet in self.outlets if outlet.pk == asked), None)

    @property
    def outlet(self) -> Outlet | None:
        """Whose clock it is, and where one books: the chosen outlet, or the only one."""
        return self.chosen_outlet or (self.outlets[0] if len(self.outlets) == 1 else None)

    @cached_property
    def zone(self) -> Any:
        return zone_of(actor=self.actor, outlet=self.outlet)

    @cached_property
    def staff(self) -> list[User]:
        return list(bookable_staff(actor=self.actor))

    @cached_property
    def person(self) -> User | None:
        asked = parse_id(self.request.GET.get("staff"))
        return next((user for user in self.staff if user.pk == asked), None)

    @property
    def kind(self) -> str:
        asked = self.request.GET.get("view", "")
        return asked if asked in VIEWS else VIEWS[0]

    @cached_property
    def today(self) -> dt.date:
        return minutes_now(now(), self.zone)[0]

    @cached_property
    def day(self) -> dt.date:
        try:
            asked = dt.date.fromisoformat(self.request.GET.get("day", ""))
        except ValueError:
            return self.today
        return asked if tellable(asked) else self.today

    @cached_property
    def days(self) -> list[dt.date]:
        if self.kind == "day":
            return [self.day]
        if self.kind == "month":
            first, last = _week_of(self.day.replace(day=1))[0], _week_of(_last_of(self.day))[-1]
            return [first + dt.timedelta(days=step) for step in range((last - first).days + 1)]
        return _week_of(self.day)

    @property
    def with_cancelled(self) -> bool:
        return self.request.GET.get("cancelled") == "true"

    def url(self, **changes: Any) -> str:
        """The calendar's address with these parameters changed."""
        said = {
            "view": self.kind,
            "day": self.day.isoformat(),
            "outlet": self.chosen_outlet.pk if self.chosen_outlet else "",
            "staff": self.person.pk if self.person else "",
            "cancelled": "true" if self.with_cancelled else "",
        }
        return "?" + urlencode(
            {name: value for name, value in {**said, **changes}.items() if value}
        )

    # What is shown

    @property
    def conditions(self) -> AppointmentConditions:
        return AppointmentConditions(
            outlet_id=self.chosen_outlet.pk if self.chosen_outlet else None,
            staff_id=self.person.pk if self.person else None,
        )

    @cached_property
    def rows(self) -> list[Appointment]:
        first, last = (
            day_bounds(self.days[0], self.zone.key)[0],
            day_bounds(self.days[-1], self.zone.key)[1],
        )
        found = appointments_between(
            actor=self.actor,
            first=first,
            last=last,
            conditions=self.conditions,
            columns=self.columns,
        )
        return list(
            found if self.with_cancelled else found.exclude(status=AppointmentStatus.CANCELLED)
        )

    @cached_property
    def schedules(self) -> list[Schedule]:
        """The hours of the outlet, or of all that the calendar shows at once."""
        one = self.outlet is not None or not self.outlets
        return schedules(
            actor=self.actor,
            outlets=[self.outlet] if one else self.outlets,
            staff=[user.pk for user in self.staff],
            first=self.days[0],
            last=self.days[-1],
        )

    def working(self, staff_id: UUID | None, day: dt.date) -> list[Span]:
        """When somebody works on that day (None: when there is anybody), wherever it is."""
        return joined(
            span for schedule in self.schedules for span in schedule.working(staff_id, day)
        )

    def exceptions(self, staff_id: UUID | None, day: dt.date) -> list[ScheduleException]:
        """What closes all that the calendar shows, and what the person is away for."""
        first, *others = self.schedules
        closures = [row for row in first.closures(day) if not others or row.outlet_id is None]
        return [*closures, *(first.away(staff_id, day) if staff_id else [])]

    def _off(self, staff_id: UUID | None, day: dt.date) -> tuple[bool, list[str]]:
        """Whether somebody doesn't work on a day at all, and what it is called."""
        rows = self.exceptions(staff_id, day)
        return not self.working(staff_id, day), list(dict.fromkeys(str(row) for row in rows))

    def _context(self) -> dict[str, Any]:
        cards = {day: cards_of(day, self.rows, self.zone) for day in self.days}
        context: dict[str, Any] = {"agenda": agenda_of(self.days, cards), "count": len(self.rows)}
        if self.kind == "month":
            person = self.person.pk if self.person else None
            month = {day: found for day, found in cards.items() if day.month == self.day.month}
            context = {
                "count": len({card.appointment.pk for found in month.values() for card in found}),
                "weeks": month_of(
                    self.day,
                    cards,
                    most=MONTH_CARDS,
                    url=lambda day: self.url(view="day", day=day.isoformat()),
                    off=lambda day: self._off(person, day),
                ),
            }
        elif self.kind == "week" and self._many(cards):
            context["people"] = week_of(
                self._staff_of(self.rows),
                cards,
                nobody=_("Nobody yet"),
                url=lambda key: self.url(staff=key) if key else "",
                off=self._off,
            )
            context["again"] = self.url(people="true")
            context["days"] = [
                (day, self.url(view="day", day=day.isoformat())) for day in self.days
            ]
        elif self.kind != "list":
            parts = list(self._people(cards[self.day]) if self.kind == "day" else self._week(cards))
            spans = [span for part in parts for span in self.working(part.staff_id, part.day)]
            hours = hours_of(cards.values(), spans)
            context |= {
                "hours": hours,
                "columns": [self._placed(column, hours) for column in parts],
                "next_booked": {} if parts else self._next_booked(),
            }
        return context

    def _next_booked(self) -> dict[str, str]:
        """
        The first of the days that follow on which something is booked, and its address; nothing
        when the month that follows is empty.
        """
        first, last = (self.day + dt.timedelta(days=ahead) for ahead in (1, LOOKED_AHEAD))
        row = (
            appointments_between(
                actor=self.actor,
                first=day_bounds(first, self.zone.key)[0],
                last=day_bounds(last, self.zone.key)[1],
                conditions=self.conditions,
            )
            .exclude(status=AppointmentStatus.CANCELLED)
            .first()
        )
        if row is None:
            return {}
        day = max(first, row.start_at.astimezone(self.zone).date())
        named = f"{date_format(day, 'l')}, {date_format(day, 'MONTH_DAY_FORMAT')}"
        return {"label": named, "url": self.url(day=day.isoformat())}

    def _people(self, cards: list[Card]) -> Iterable[BoardColumn]:
        """
        A column for each of the staff who has something to do, or room for it; and one for what
        nobody is to do yet.
        """
        by_person: dict[UUID | None, list[Card]] = {}
        for card in cards:
            by_person.setdefault(card.appointment.staff_id, []).append(card)
        for user in self._staff_of([card.appointment for card in cards]):
            key = user.pk if user else None
            yield BoardColumn(
                user.name if user else _("Nobody yet"),
                self.day,
                by_person.get(key, []),
                staff_id=key,
                staff_name=user.name if user else "",
            )

    def _staff_of(self, rows: Iterable[Appointment]) -> list[User | None]:
        """
        Who of the staff has something to do, and whoever there is room for besides, by name; None
        last where something is nobody's yet.
        """
        busy = {row.staff_id: row.staff for row in rows}
        unassigned = busy.pop(None, ...) is None
        people = {user.pk: user for user in ([self.person] if self.person else self.staff)}
        free = [
            user
            for key, user in people.items()
            if key not in busy and (self.person or self._serves(key))
        ]
        shown = [user for user in busy.values() if user] + free[: max(0, STAFF_SHOWN - len(busy))]
        by_name: list[User | None] = [
            *sorted(shown, key=lambda user: (user.name.casefold(), user.pk))
        ]
        return [*by_name, None] if unassigned or not people else by_name

    def _serves(self, staff_id: UUID) -> bool:
        """
        Whether somebody without appointments is worth a place: who works on one of the days, or is
        away then.
        """
        return any(
            self.working(staff_id, day) or self.schedules[0].away(staff_id, day)
            for day in self.days
        )

    def _many(self, cards: dict[dt.date, list[Card]]) -> bool:
        """
        Whether the week of more than a few people is asked for, or (`people`) was shown before one
        of them had nothing to do any more.
        """
        busy = {card.appointment.staff_id for day in cards.values() for card in day}
        stays = self.request.GET.get("people") == "true"
        return self.person is None and (stays or len(busy) > FEW)

    def _week(self, cards: dict[dt.date, list[Card]]) -> Iterable[BoardColumn]:
        for day in self.days:
            url = self.url(view="day", day=day.isoformat())
            person = self.person.pk if self.person else None
            yield BoardColumn(
                date_format(day, "D"), day, cards[day], small=str(day.day), url=url, staff_id=person
            )

    def _placed(self, column: BoardColumn, hours: Hours) -> BoardColumn:
        today, minutes = minutes_now(now(), self.zone)
        lanes = DAY_LANES if self.kind == "day" else WEEK_LANES
        column.cards, column.more = lay_out(column.cards, hours, lanes=lanes)
        column.slots = hours.slots(column.day, self.zone)
        rows = self.exceptions(column.staff_id, column.day)
        column.remarks = list(dict.fromkeys(str(row) for row in rows))
        column.off = off_hours(
            hours,
            self.working(column.staff_id, column.day),
            [(span, str(row)) for row in rows for span in closed_of([row])],
        )
        column.is_today = column.day == today
        if column.is_today and 1 <= hours.row(minutes) <= hours.rows:
            column.now, column.now_minutes = hours.row(minutes), minutes % 15
        return column

    # Words and ways

    @property
    def title(self) -> str:
        if self.kind == "day":
            return f"{date_format(self.day, 'l')}, {date_format(self.day, 'DATE_FORMAT')}"
        if self.kind == "month":
            return str(date_format(self.day, "YEAR_MONTH_FORMAT"))
        return date_span(self.days[0], self.days[-1])

    @property
    def short_title(self) -> str:
        """The title of a day or a week where there is little room: this year is left out."""
        if self.kind == "month":
            return ""
        this_year = {day.year for day in self.days} == {self.today.year}
        form = "MONTH_DAY_FORMAT" if this_year else "DATE_FORMAT"
        if self.kind == "day":
            return f"{date_format(self.day, 'D')}, {date_format(self.day, form)}"
        return " – ".join(date_format(day, form) for day in (self.days[0], self.days[-1]))

    @property
    def at_today(self) -> bool:
        return self.day == self.today

    @property
    def narrowed(self) -> bool:
        """Whether it shows other appointments than a calendar does that was just opened."""
        return bool(self.chosen_outlet or self.person or self.with_cancelled)

    @property
    def zone_name(self) -> str:
        return f"{self.zone.key.replace('_', ' ')} ({day_bounds(self.day, self.zone.key)[1]:%Z})"

    @property
    def tabs(self) -> list[dict[str, Any]]:
        words = {"day": _("Day"), "week": _("Week"), "month": _("Month"), "list": _("List")}
        return [
            {"label": words[kind], "url": self.url(view=kind), "current": kind == self.kind}
            for kind in VIEWS
        ]

    @property
    def step(self) -> dt.timedelta:
        return dt.timedelta(days=1 if self.kind == "day" else 7)

    @property
    def before(self) -> str:
        if self.kind == "month":
            return self.url(day=(self.day.replace(day=1) - dt.timedelta(days=1)).replace(day=1))
        return self.url(day=(self.day - self.step).isoformat())

    @property
    def after(self) -> str:
        if self.kind == "month":
            return self.url(day=_last_of(self.day) + dt.timedelta(days=1))
        return self.url(day=(self.day + self.step).isoformat())

    @property
    def to_today(self) -> str:
        return self.url(day=self.today.isoformat())

    @property
    def book_url(self) -> str:
        """The booking form, with all that the calendar knows."""
        known = {
            "outlet": str(self.outlet.pk) if self.outlet else "",
            "staff": str(self.person.pk) if self.person else "",
            "day": max(self.day, self.today).isoformat(),
        }
        return (
            f"{reverse('appointments:book')}?"
            f"{urlencode({name: value for name, value in known.items() if value})}"
        )

    @property
    def sheet_url(self) -> str:
        """The same day on paper."""
        return reverse("appointments:day-sheet") + self.url(view="")

    @property
    def slot_url(self) -> str:
        """The beginning of every free half hour's address."""
        outlet = f"outlet={self.outlet.pk}&" if self.outlet else ""
        return f"{reverse('appointments:book')}?{outlet}"

    @property
    def toggle_cancelled(self) -> str:
        return self.url(cancelled="" if self.with_cancelled else "true")


def _week_of(day: dt.date) -> list[dt.date]:
    """The seven days of its week, which begins as the reader's weeks do."""
    first = day - dt.timedelta(days=(day.isoweekday() - int(get_format("FIRST_DAY_OF_WEEK"))) % 7)
    return [first + dt.timedelta(days=step) for step in range(7)]


def _last_of(day: dt.date) -> dt.date:
    """The last day of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])

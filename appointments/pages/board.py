"""
The geometry of the calendar: appointments as rectangles on a grid of quarter hours.

The grid shows the clock of one time zone. On days on which clocks change, an hour that doesn't
occur has no slots, and what happens in one that occurs twice stands side by side.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.hours import shared, without
from appointments.models import Appointment
from appointments.pages.wording import clock, customer_name
from appointments.slots import CLOSES, OPENS, STEP, moment_at
from core.hours import Span
from core.identity.models import User
from core.ui.formatting import hue

QUARTER = 15
DAY = 24 * 60


@dataclass(slots=True)
class Card:
    """An appointment on one day: its rows on the grid, and its lane among those beside it."""

    appointment: Appointment
    first: int
    last: int
    name: str
    begins: str
    ends: str
    lane: int = 0
    lanes: int = 1
    crowded: bool = False
    """Whether some of those it meets stand behind a “+n” beside it."""

    @property
    def status(self) -> AppointmentStatus:
        return AppointmentStatus(self.appointment.status)

    @property
    def service(self) -> str:
        return self.appointment.service.name if self.appointment.service else ""

    @property
    def staff(self) -> str:
        return self.appointment.staff.name if self.appointment.staff else ""

    @property
    def hue(self) -> str:
        """The colour of whoever does it; nobody's has none."""
        return f"hue-{hue(self.staff)}" if self.staff else ""

    @property
    def tooltip(self) -> str:
        """When, who, what, with whom and how it stands."""
        times = f"{self.begins} – {self.ends}"
        parts = (times, self.name, self.service, self.staff, str(self.state))
        return " · ".join(part for part in parts if part)

    @property
    def state(self) -> Any:
        """What is said of it: that the customer is there, before how it stands."""
        here = self.appointment.arrived_at and self.appointment.status in UPCOMING
        return _("Arrived") if here else self.status.label

    @property
    def price(self) -> Decimal | None:
        return self.appointment.price or None

    @property
    def movable(self) -> bool:
        return self.appointment.status in UPCOMING

    @property
    def span(self) -> int:
        return self.last - self.first

    @property
    def short(self) -> bool:
        """Whether there is room for one line alone."""
        return self.span < 3

    @property
    def place(self) -> str:
        """The class of its columns on the grid."""
        return f"lane-{self.lanes}-{self.lane}{'-crowded' if self.crowded else ''}"


@dataclass(frozen=True, slots=True)
class More:
    """Cards that no lane is left for: “+n” where they begin, which opens them."""

    row: int
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Slot:
    """
    Half an hour that can be clicked or dropped upon; without a moment where the clock never shows
    it.
    """

    row: int
    minutes: int
    at: dt.datetime | None

    @property
    def time(self) -> str:
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class Off:
    """Time that is no working time, and what it is called, on the grid."""

    first: int
    span: int
    name: str = ""


@dataclass(slots=True)
class BoardColumn:
    """A day, or a day of one of the staff."""

    title: str
    day: dt.date
    cards: list[Card]
    small: str = ""
    url: str = ""
    staff_id: UUID | None = None
    staff_name: str = ""
    is_today: bool = False
    slots: Sequence[Slot] = ()
    now: int = 0
    """The row of the present moment, 0 when it isn't shown."""

    now_minutes: int = 0
    more: Sequence[More] = ()
    off: Sequence[Off] = ()
    remarks: Sequence[str] = ()
    """What the person, or all, are off for, wholly or in part."""


@dataclass(frozen=True, slots=True)
class WeekDay:
    """A day of one person's week; `off` where they don't work at all, `remarks` say why."""

    day: dt.date
    cards: Sequence[Card]
    off: bool = False
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One person's week: all that there is to do, day by day."""

    name: str
    staff_id: UUID | None
    url: str
    days: Sequence[WeekDay]


@dataclass(frozen=True, slots=True)
class MonthDay:
    """
    A day of a month's sheet: its first cards and how many more there are; `outside` when it is of
    the month before or after.
    """

    day: dt.date
    url: str
    outside: bool
    count: int
    cards: Sequence[Card]
    off: bool = False
    remarks: Sequence[str] = ()

    @property
    def more(self) -> int:
        return self.count - len(self.cards)


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours that a board shows: the usual ones, and more where appointments lie outside."""

    opens: int = OPENS
    closes: int = CLOSES

    def row(self, minutes: int) -> int:
        """The grid's row, from 1, of so many minutes after midnight."""
        return minutes // QUARTER - self.opens * 60 // QUARTER + 1

    @property
    def rows(self) -> int:
        return (self.closes - self.opens) * 60 // QUARTER

    @property
    def labels(self) -> list[tuple[int, dt.time]]:
        return [(self.row(hour * 60), dt.time(hour)) for hour in range(self.opens, self.closes)]

    def slots(self, day: dt.date, zone: ZoneInfo) -> list[Slot]:
        steps = range(self.opens * 60, self.closes * 60, STEP)
        return [
            Slot(self.row(minutes), minutes, moment_at(day, minutes, zone)) for minutes in steps
        ]


def cards_of(day: dt.date, rows: Iterable[Appointment], zone: ZoneInfo) -> list[Card]:
    """
    What of the appointments takes place on `day`, from minute to minute; what crosses midnight
    stands on both days.
    """
    found = []
    for row in rows:
        start, end = row.start_at.astimezone(zone), row.end_at.astimezone(zone)
        if start.date() > day or end.date() < day:
            continue
        first = 0 if start.date() < day else start.hour * 60 + start.minute
        last = DAY if end.date() > day else end.hour * 60 + end.minute
        if last <= first:  # the clock was put back meanwhile, or it ends at this day's midnight
            if start.date() < day:
                continue
            last = min(DAY, first + int((row.end_at - row.start_at).total_seconds() // 60))
        found.append(
            Card(
                row,
                first,
                last,
                customer_name(row),
                clock(row.start_at, zone),
                clock(row.end_at, zone),
            )
        )
    return found


def hours_of(days: Iterable[Sequence[Card]], spans: Iterable[Span] = ()) -> Hours:
    """From which hour to which a board must reach to show all, the open hours too."""
    shown = [*spans, *((card.first, card.last) for day in days for card in day)]
    opens = min((first // 60 for first, _last in shown), default=OPENS)
    closes = max((-(-last // 60) for _first, last in shown), default=CLOSES)
    return Hours(min(OPENS, opens), max(CLOSES, closes))


def off_hours(
    hours: Hours, working: Sequence[Span], named: Sequence[tuple[Span, str]]
) -> list[Off]:
    """
    What of a day's grid is no working time: the `named` spans, and what besides lies outside
    `working`.
    """
    whole = [(hours.opens * 60, hours.closes * 60)]
    plain = without(whole, [*working, *(span for span, _name in named)])
    shown = [(span, "") for span in plain] + [
        (span, name) for taken, name in named for span in shared(whole, [taken])
    ]
    found = []
    for (first, last), name in shown:
        begins, ends = hours.row(first), hours.row(last)
        if ends > begins:
            found.append(Off(begins, ends - begins, name))
    return found


def lay_out(cards: Sequence[Card], hours: Hours, *, lanes: int) -> tuple[list[Card], list[More]]:
    """
    The cards with their rows on the grid, those that meet side by side in lanes. Returns those that
    have a place among the `lanes`, and the others by the half hour in which they begin.
    """
    for card in cards:
        card.first, card.last = (
            hours.row(card.first),
            max(hours.row(card.first) + 1, hours.row(card.last + QUARTER - 1)),
        )
    placed: list[Card] = []
    more: list[More] = []
    for group in _meeting(
        sorted(cards, key=lambda card: (card.first, -card.last, card.appointment.pk))
    ):
        ends: list[int] = []
        for card in group:
            free = next((lane for lane, end in enumerate(ends) if end <= card.first), len(ends))
            ends[free : free + 1] = [card.last]
            card.lane = free
        shown = [card for card in group if card.lane < lanes]
        for card in shown:
            card.lanes, card.crowded = min(len(ends), lanes), len(ends) > lanes
        placed += shown
        left = [card for card in group if card.lane >= lanes]
        more += [
            More(row, list(found))
            for row, found in groupby(left, key=lambda card: card.first - (card.first - 1) % 2)
        ]
    return placed, more


def week_of(
    people: Iterable[User | None],
    cards: dict[dt.date, list[Card]],
    *,
    nobody: str,
    url: Callable[[UUID | None], str],
    off: Callable[[UUID | None, dt.date], tuple[bool, Sequence[str]]],
) -> list[WeekRow]:
    """
    A row for each of the people (None: what nobody is to do yet), with each day's cards; `off` says
    whether somebody is off on a day, and what it is called.
    """
    found: dict[tuple[UUID | None, dt.date], list[Card]] = {}
    for day, day_cards in cards.items():
        for card in sorted(day_cards, key=lambda card: (card.first, card.appointment.pk)):
            found.setdefault((card.appointment.staff_id, day), []).append(card)
    rows = []
    for user in people:
        key = user.pk if user else None
        days = [WeekDay(day, found.get((key, day), []), *off(key, day)) for day in cards]
        rows.append(WeekRow(user.name if user else nobody, key, url(key), days))
    return rows


def month_of(
    month: dt.date,
    cards: dict[dt.date, list[Card]],
    *,
    most: int,
    url: Callable[[dt.date], str],
    off: Callable[[dt.date], tuple[bool, Sequence[str]]],
) -> list[list[MonthDay]]:
    """The weeks of the sheet, whose days are those of `cards`, each with its `most` first cards."""
    days = []
    for day, found in agenda_of(list(cards), cards):
        outside = (day.year, day.month) != (month.year, month.month)
        days.append(MonthDay(day, url(day), outside, len(found), found[:most], *off(day)))
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def _meeting(cards: Sequence[Card]) -> Iterator[list[Card]]:
    """Runs of cards that overlap, one with the next."""
    group: list[Card] = []
    end = 0
    for card in cards:
        if group and card.first >= end:
            yield group
            group = []
        group.append(card)
        end = max(end, card.last) if len(group) > 1 else card.last
    if group:
        yield group


def minutes_now(moment: dt.datetime, zone: ZoneInfo) -> tuple[dt.date, int]:
    """The day and the minutes after midnight that the clock of `zone` shows."""
    local = moment.astimezone(zone)
    return local.date(), local.hour * 60 + local.minute


Agenda = list[tuple[dt.date, list[Card]]]


def agenda_of(days: Sequence[dt.date], cards: dict[dt.date, list[Card]]) -> Agenda:
    """The days with what takes place on them, in order."""
    return [
        (day, sorted(cards[day], key=lambda card: (card.appointment.start_at, card.appointment.pk)))
        for day in days
    ]


def named(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """Choices of a form: each row's id and name."""
    return [(str(row.pk), row.name) for row in rows]

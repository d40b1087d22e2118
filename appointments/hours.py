"""
When outlets are open and people work: the usual week, and the days on which it doesn't hold.

An outlet is open in its weekly hours, without any in the usual ones (`slots.USUAL_HOURS`). Whoever
has weekly hours works in those of them in which the outlet is open; whoever has none, whenever it
is. Both are read on the clock of the outlet where something is to be booked. Exceptions of the kind
`hours` stand in place of the week's hours on their days; all others take time away.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from appointments.choices import ExceptionKind
from appointments.models import ScheduleException
from appointments.slots import USUAL_HOURS, open_moments
from core.hours import FULL_DAY, Span, spans_of
from core.identity.models import User
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet

WeeklyHours = Sequence[dict[str, str]] | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of one outlet (None: appointments at none) and of some of the staff."""

    outlet: Outlet | None
    staff: Mapping[UUID, WeeklyHours]
    """The weekly hours of those who were asked about."""
    exceptions: Sequence[ScheduleException] = field(default=())
    """Those of the days that were asked about."""

    def opening(self, day: dt.date) -> list[Span]:
        """When the outlet is open on a day of its calendar."""
        usual = _week(self.outlet.opening_hours if self.outlet else None, day)
        key = self.outlet.pk if self.outlet else None
        general = self._of(day, lambda row: row.outlet_id is None and row.staff_id is None)
        own = self._of(day, lambda row: key is not None and row.outlet_id == key)
        # an outlet's own hours hold on a day on which the organization is closed
        hours = _hours_of(own)
        if hours:
            return without(hours, closed_of(own))
        return without(_hours_of(general) or usual, closed_of([*general, *own]))

    def working(self, staff_id: UUID | None, day: dt.date) -> list[Span]:
        """When the staff member can be booked there on that day; None: anybody."""
        opening = self.opening(day)
        if staff_id is None:
            return opening
        own = self._of(day, lambda row: row.staff_id == staff_id)
        weekly = self.staff.get(staff_id)
        usual = None if weekly is None else spans_of(weekly, day)
        hours = _hours_of(own) or usual
        within = opening if hours is None else shared(opening, hours)
        return without(within, closed_of(own))

    def away(self, staff_id: UUID, day: dt.date) -> list[ScheduleException]:
        """What the staff member is absent for on that day, wholly or in part."""
        return [
            row
            for row in self._of(day, lambda row: row.staff_id == staff_id)
            if row.kind != ExceptionKind.HOURS
        ]

    def closures(self, day: dt.date) -> list[ScheduleException]:
        """What the outlet, or the whole organization, is closed for on that day."""
        key = self.outlet.pk if self.outlet else None
        return [
            row
            for row in self._of(
                day, lambda row: row.staff_id is None and row.outlet_id in (None, key)
            )
            if row.kind != ExceptionKind.HOURS
        ]

    def covers(
        self, staff_id: UUID | None, start: dt.datetime, end: dt.datetime, zone: ZoneInfo
    ) -> bool:
        """Whether the whole time from `start` to `end` lies in hours; None: in the outlet's."""
        first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
        reached = start
        for day in days:
            for opens, closes in open_moments(day, self.working(staff_id, day), zone):
                if opens <= reached < closes:
                    reached = closes
        return reached >= end

    def _of(self, day: dt.date, chosen: Any) -> list[ScheduleException]:
        return [
            row for row in self.exceptions if row.first_day <= day <= row.last_day and chosen(row)
        ]


def schedule(
    *,
    actor: Actor,
    outlet: Outlet | None,
    staff: Iterable[UUID],
    first: dt.date,
    last: dt.date,
) -> Schedule:
    """What is needed to tell the hours of the days `first` to `last`, in two queries."""
    (found,) = schedules(actor=actor, outlets=[outlet], staff=staff, first=first, last=last)
    return found


def schedules(
    *,
    actor: Actor,
    outlets: Sequence[Outlet | None],
    staff: Iterable[UUID],
    first: dt.date,
    last: dt.date,
) -> list[Schedule]:
    """The same of several outlets, in as many queries."""
    people = list(staff)
    weekly = (
        dict(User.objects.for_actor(actor).filter(pk__in=people).values_list("pk", "working_hours"))
        if people
        else {}
    )
    places = [outlet for outlet in outlets if outlet]
    whose = Q(outlet=None, staff=None) | Q(staff__in=people) | Q(outlet__in=places)
    rows = ScheduleException.objects.for_actor(actor).filter(
        whose, first_day__lte=last, last_day__gte=first
    )
    exceptions = list(rows.order_by("first_day", "pk"))
    return [Schedule(outlet, weekly, exceptions) for outlet in outlets]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The time that lies in any of them, in order, without seams."""
    found: list[Span] = []
    for opens, closes in sorted(spans):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(closes, found[-1][1]))
        else:
            found.append((opens, closes))
    return found


def shared(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The time that lies in both, in order."""
    both = [
        (max(first, second), min(last, end))
        for first, last in some
        for second, end in others
        if max(first, second) < min(last, end)
    ]
    return sorted(both)


def without(spans: Sequence[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of the spans."""
    left = list(spans)
    for opens, closes in taken:
        left = shared(left, [(0, opens), (closes, FULL_DAY)])
    return left


def closed_of(rows: Iterable[ScheduleException]) -> list[Span]:
    """The time of a day that the exceptions take away."""
    return [_span(row) for row in rows if row.kind != ExceptionKind.HOURS]


def _hours_of(rows: Iterable[ScheduleException]) -> list[Span]:
    """The hours that stand in place of the usual ones; none where nothing does."""
    return sorted(_span(row) for row in rows if row.kind == ExceptionKind.HOURS)


def _span(row: ScheduleException) -> Span:
    if row.start_time is None or row.end_time is None:
        return 0, FULL_DAY
    return _minutes(row.start_time), _minutes(row.end_time)


def _minutes(time: dt.time) -> int:
    return time.hour * 60 + time.minute


def _week(hours: WeeklyHours, day: dt.date) -> list[Span]:
    return list(USUAL_HOURS) if hours is None else spans_of(hours, day)

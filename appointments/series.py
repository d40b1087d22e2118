"""Appointments that repeat: each is a row like any other, and those of one series share its id."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta

from appointments.choices import UPCOMING, Doubt, RepeatUnit
from appointments.errors import NoSeries, SeriesBusy
from appointments.models import Appointment
from appointments.selectors import against
from appointments.services import (
    add_appointment,
    apply_appointment_change,
    planned_appointment,
    planned_change,
)
from appointments.slots import first_moment, zone_of
from core.errors import Fault, Invalid
from core.ids import new_id
from core.rows import Versions, get_row, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes

MOST = 104
"""Of one series: two years of weeks."""

REPEAT = ("repeat_unit", "repeat_every", "repeat_times", "repeat_until", "repeat_skip_busy")
"""What says how an appointment repeats, beside the appointment's own values."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Every so many days, weeks or months; so many times in all, or until a day."""

    unit: RepeatUnit
    every: int = 1
    times: int | None = None
    until: dt.date | None = None

    def days(self, first: dt.date) -> list[dt.date]:
        """
        The days, `first` among them. A month without such a day has it on its last. Raises Invalid
        beyond `MOST`.
        """
        found: list[dt.date] = []
        while self.times is None or len(found) < self.times:
            step = {f"{self.unit.value}s": self.every * len(found)}
            try:
                day = first + relativedelta(**step)  # type: ignore[arg-type]
            except (OverflowError, ValueError):
                break
            if self.until is not None and day > self.until:
                break
            if len(found) == MOST:
                raise Invalid.one(
                    "repeat_until", "too_many_times", f"At most {MOST} times.", limit=MOST
                )
            found.append(day)
        return found


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of a series to be, what speaks against it, and whether its time is taken."""

    planned: Appointment
    doubts: Sequence[Doubt]
    busy: bool


def read_repeat(values: Mapping[str, Any]) -> Repeat:
    """How the appointment repeats. Raises Invalid."""
    faults: dict[str, list[Fault]] = {}
    unit = values.get("repeat_unit")
    if unit not in RepeatUnit.values:
        permitted = ", ".join(RepeatUnit.values)
        faults["repeat_unit"] = [Fault("invalid_choice", f"Must be one of: {permitted}.")]
    every = _count(values, "repeat_every", 99, faults, default=1)
    times = _count(values, "repeat_times", MOST, faults)
    until = _day(values.get("repeat_until"), faults)
    if times is None and until is None and not faults:
        faults["repeat_times"] = [Fault("required", "Say how many times, or until which day.")]
    if faults:
        raise Invalid(faults)
    return Repeat(RepeatUnit(str(unit)), every or 1, times, until)


def occurrences(*, actor: Actor, values: Mapping[str, Any]) -> list[Occurrence]:
    """
    What `book_series` would book, and what speaks against each; nothing is written. Raises
    Forbidden and Invalid.
    """
    actor.require(Permission.BOOK)
    repeat = read_repeat(values)
    first = planned_appointment(actor=actor, values=_own(values))
    zone = zone_of(actor=actor, outlet=first.outlet)
    begins = first.start_at.astimezone(zone)
    if repeat.until is not None and repeat.until < begins.date():
        raise Invalid.one("repeat_until", "invalid_range", "Must be after the start.")
    length = first.end_at - first.start_at
    planned = [first]
    for day in repeat.days(begins.date())[1:]:
        # on the same clock: not as many hours later where clocks change meanwhile
        start = first_moment(day, begins.time(), zone)
        copy = {
            field.attname: getattr(first, field.attname)
            for field in Appointment._meta.concrete_fields
            if field.attname != "id"
        }
        planned.append(Appointment(**copy | {"start_at": start, "end_at": start + length}))
    found = against(actor=actor, planned=planned)
    return [Occurrence(row, *each) for row, each in zip(planned, found, strict=True)]


@writes(Permission.BOOK)
def book_series(*, actor: Actor, values: Mapping[str, Any]) -> list[Appointment]:
    """
    As `book_appointment`, and again as `repeat_unit` (day, week, month), `repeat_every` and
    `repeat_times` or `repeat_until` say, at the same time of the outlet's clock. With
    `repeat_skip_busy` times at which the staff member is taken are left out; otherwise these refuse
    all.

    Raises Forbidden, NotFound, Invalid, SeriesBusy and StaffBusy. Emits `appointment.created` for
    each.
    """
    found = occurrences(actor=actor, values=values)
    taken = [each.planned.start_at for each in found if each.busy]
    wanted = [each.planned for each in found if not each.busy]
    if taken and (not _true(values.get("repeat_skip_busy")) or not wanted):
        raise SeriesBusy(taken)
    series, own = new_id(), _own(values)
    shared = {
        name: value
        for name, value in own.items()
        if name not in ("day", "start_time", "end_time", "start_at", "end_at")
    }
    return [
        add_appointment(
            actor=actor,
            values={
                **shared,
                "start_at": row.start_at,
                "end_at": row.end_at,
                "series_id": str(series),
            },
        )
        for row in wanted
    ]


@writes(Permission.BOOK)
def change_following(
    *, actor: Actor, appointment_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> list[Appointment]:
    """
    Changes the appointment and those after it in its series that still stand, all or none: another
    time moves each by as many days to the same time of the clock.

    Raises Forbidden, NotFound, Invalid, Stale, NoSeries and StaffBusy. Emits `appointment.updated`
    for each that changes.
    """
    row = get_row(Appointment, actor=actor, key=appointment_id)
    refuse_stale(row, if_version)
    if row.series_id is None:
        raise NoSeries
    wanted = planned_change(actor=actor, appointment=row, values=values)
    before = zone_of(actor=actor, outlet=row.outlet)
    zone = zone_of(actor=actor, outlet=wanted.outlet)
    begins, length = wanted.start_at.astimezone(zone), wanted.end_at - wanted.start_at
    shift = begins.date() - row.start_at.astimezone(before).date()
    moves = (wanted.start_at, wanted.end_at) != (row.start_at, row.end_at)
    rest = {name: value for name, value in values.items() if name not in _TIMES}
    following = following_of(actor=actor, appointment=row)
    # the farthest first when they go forward: none comes to lie where the next still stands
    ordered = reversed(following) if wanted.start_at > row.start_at else following
    changed = []
    for each in ordered:
        own = dict(rest)
        if moves:
            day = each.start_at.astimezone(before).date() + shift
            start = first_moment(day, begins.time(), zone)
            own |= {"start_at": start, "end_at": start + length}
        changed.append(apply_appointment_change(actor=actor, appointment_id=each.pk, values=own))
    return sorted(changed, key=lambda each: (each.start_at, each.pk))


def following_of(*, actor: Actor, appointment: Appointment) -> list[Appointment]:
    """The appointment, and those after it in its series that still stand, in order."""
    if appointment.series_id is None:
        return []
    rows = Appointment.objects.for_actor(actor).filter(
        series_id=appointment.series_id,
        status__in=UPCOMING,
        start_at__gte=appointment.start_at,
    )
    return list(rows.order_by("start_at", "pk"))


_TIMES = ("day", "start_time", "end_time", "start_at", "end_at")


def _own(values: Mapping[str, Any]) -> dict[str, Any]:
    """The appointment's own values."""
    return {name: value for name, value in values.items() if name not in REPEAT}


def _count(
    values: Mapping[str, Any],
    name: str,
    most: int,
    faults: dict[str, list[Fault]],
    default: int | None = None,
) -> int | None:
    raw = values.get(name)
    if raw in (None, ""):
        return default
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= most:
        faults[name] = [
            Fault("out_of_bounds", f"Must be a whole number from 1 to {most}.", {"limit": most})
        ]
        return default
    return raw


def _day(raw: Any, faults: dict[str, list[Fault]]) -> dt.date | None:
    if raw in (None, ""):
        return None
    try:
        return raw if isinstance(raw, dt.date) else dt.date.fromisoformat(raw)
    except (TypeError, ValueError):
        faults["repeat_until"] = [Fault("invalid_date", "Must be a date (YYYY-MM-DD).")]
        return None


def _true(raw: Any) -> bool:
    return raw is True or str(raw).lower() == "true"

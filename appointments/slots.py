"""From a day and times on the outlet's clock to moments, and back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from core.clock import EARLIEST_YEAR, LATEST_YEAR, day_alone, midnight, tellable
from core.errors import Fault, Invalid
from core.hours import FULL_DAY, Span
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet

LOCAL = ("day", "start_time", "end_time")

OPENS, CLOSES = 8, 18
USUAL_HOURS: Sequence[Span] = ((OPENS * 60, CLOSES * 60),)
"""The hours of every day, where an outlet has none of its own."""

NIGHT = dt.timedelta(hours=12)
"""How long something may last over midnight when only clock times are given: more is a slip."""

USUAL_MINUTES = 60
"""How long something without a service lasts."""

STEP = 30
"""Minutes between the beginnings that are suggested."""


def zone_of(*, actor: Actor, outlet: Outlet | None) -> ZoneInfo:
    """The time zone of the outlet, else of the organization."""
    return ZoneInfo(outlet.time_zone if outlet else actor.organization.time_zone)


def resolve(
    values: Mapping[str, Any],
    *,
    actor: Actor,
    start: dt.datetime | None = None,
    end: dt.datetime | None = None,
    outlet: Outlet | None = None,
) -> dict[str, Any]:
    """
    `values` with `day`, `start_time` and `end_time` (ISO 8601, on the outlet's clock) made into
    `start_at` and `end_at`.

    What isn't given stays as in the appointment's `start` and `end`. A time that occurs twice on
    its day (clocks go back) is the first of the two; one that doesn't occur (clocks go forward) is
    refused. An end that the clock shows before the start is the next day's, if that is at most
    `NIGHT` later. A `start_at` or `end_at` that is a date alone is the beginning of that day there.
    Raises Invalid.
    """
    local = {name: values[name] for name in LOCAL if values.get(name) is not None}
    rest = {name: value for name, value in values.items() if name not in LOCAL}
    zone = zone_of(actor=actor, outlet=_outlet_of(values, actor=actor, default=outlet))
    for name in ("start_at", "end_at"):
        if day := day_alone(rest.get(name)):
            rest[name] = midnight(day, zone.key)
    if not local and (start or values.get("start_at") is not None):
        return rest
    clock: dict[str, Any] = {name: _parsed(name, raw) for name, raw in local.items()}
    if start:
        there = start.astimezone(zone)
        clock = {"day": there.date(), "start_time": there.time()} | clock
    _refuse_missing(clock)
    rest["start_at"] = _start_at(clock, zone=zone, start=start)
    end_at = _end_at(clock, zone=zone, start_at=rest["start_at"], start=start, end=end)
    return rest if end_at is None else rest | {"end_at": end_at}


def _outlet_of(values: Mapping[str, Any], *, actor: Actor, default: Outlet | None) -> Outlet | None:
    """The outlet that `values` name, None if there is no such one."""
    if "outlet" not in values:
        return default
    if isinstance(values["outlet"], Outlet):
        return values["outlet"]
    key = parse_id(values["outlet"])
    return Outlet.objects.for_actor(actor).filter(pk=key).first() if key else None


def _refuse_missing(clock: Mapping[str, Any]) -> None:
    missing = [name for name in ("day", "start_time") if name not in clock]
    if missing:
        raise Invalid({name: [Fault("required", "This field is required.")] for name in missing})


def _start_at(
    clock: Mapping[str, Any], *, zone: ZoneInfo, start: dt.datetime | None
) -> dt.datetime:
    # sent back as it was read: the very moment, though a clock may show it twice
    if start and (clock["day"], clock["start_time"]) == _read(start, zone):
        return start
    return _moment("start_time", clock["day"], clock["start_time"], zone)


def _end_at(
    clock: Mapping[str, Any],
    *,
    zone: ZoneInfo,
    start_at: dt.datetime,
    start: dt.datetime | None,
    end: dt.datetime | None,
) -> dt.datetime | None:
    """The end on the clock, else as long after the beginning as it was; None if neither says."""
    ends = clock.get("end_time")
    if ends is None:
        return start_at + (end - start) if start and end else None
    if start and end:
        (first, starts), (last, stood) = _read(start, zone), _read(end, zone)
        # sent back as it was read, like the beginning
        if start_at == start and ends == stood:
            return end
        # to another day as it was: as many days long
        if (clock["start_time"].replace(microsecond=0), ends) == (starts, stood):
            return _moment("end_time", _later(clock["day"], (last - first).days), ends, zone)
    if ends < clock["start_time"]:
        tomorrow = _moment("end_time", _later(clock["day"], 1), ends, zone)
        if tomorrow.astimezone(dt.UTC) - start_at.astimezone(dt.UTC) <= NIGHT:
            return tomorrow
    return _moment("end_time", clock["day"], ends, zone)


def _later(day: dt.date, days: int) -> dt.date:
    """Raises Invalid past the years that can be told."""
    try:
        return day + dt.timedelta(days=days)
    except OverflowError as error:
        raise Invalid.one("day", "invalid_date", "Must be an earlier date.") from error


def _read(moment: dt.datetime, zone: ZoneInfo) -> tuple[dt.date, dt.time]:
    """What a calendar and a clock show, in whole seconds."""
    local = moment.astimezone(zone)
    return local.date(), local.time().replace(microsecond=0)


def _moment(name: str, day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    moment = dt.datetime.combine(day, time, zone)
    if moment.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(
        tzinfo=None
    ):
        raise Invalid.one(
            name, "nonexistent_time", "There is no such time on that day: the clocks go forward."
        )
    return moment


def _on_the_clock(name: str, time: dt.time) -> dt.time:
    """Raises Invalid for a time with an offset, which would be lost."""
    if time.tzinfo is not None:
        message = "Must be a time on the outlet's clock, without an offset."
        raise Invalid.one(name, "invalid_time", message)
    return time


def _parsed(name: str, raw: Any) -> dt.date | dt.time:
    """The day, or a time without its zone. Raises Invalid."""
    try:
        if name != "day":
            return _on_the_clock(name, dt.time.fromisoformat(raw))
        day = dt.date.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        if name == "day":
            raise Invalid.one(name, "invalid_date", "Must be a date (YYYY-MM-DD).") from error
        raise Invalid.one(name, "invalid_time", "Must be a time (HH:MM:SS).") from error
    if not tellable(day):
        raise Invalid.one(
            name,
            "invalid_date",
            f"Must be a date between the years {EARLIEST_YEAR} and {LATEST_YEAR}.",
        )
    return day


def moment_at(day: dt.date, minutes: int, zone: ZoneInfo) -> dt.datetime | None:
    """
    When the clock shows so many minutes after midnight (the first time, if it does twice); None if
    it never does on that day.
    """
    try:
        return _moment("", day, dt.time(minutes // 60, minutes % 60), zone)
    except Invalid:
        return None


def first_moment(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """
    When the clock shows the time on that day, the first time; where it skips it, the moment at
    which it does.
    """
    found = moment_at(day, time.hour * 60 + time.minute, zone)
    exact = dt.timedelta(seconds=time.second, microseconds=time.microsecond)
    if found:
        return found.astimezone(dt.UTC) + exact
    return _passing(day, time.hour * 60 + time.minute, zone)


def open_moments(
    day: dt.date, spans: Sequence[Span], zone: ZoneInfo
) -> list[tuple[dt.datetime, dt.datetime]]:
    """
    The spans of the day's clock as moments, in UTC. A time that the clock skips is the moment at
    which it does.
    """
    return [(_passing(day, opens, zone), _passing(day, closes, zone)) for opens, closes in spans]


def _passing(day: dt.date, minutes: int, zone: ZoneInfo) -> dt.datetime:
    """When the clock first shows so many minutes after midnight, or more."""
    if minutes == FULL_DAY:
        return midnight(_later(day, 1), zone.key).astimezone(dt.UTC)
    shown = (moment_at(day, later, zone) for later in range(minutes, FULL_DAY))
    found = next((moment for moment in shown if moment), None)
    return found.astimezone(dt.UTC) if found else _passing(day, FULL_DAY, zone)


def free_starts(
    *,
    day: dt.date,
    zone: ZoneInfo,
    spans: Sequence[Span],
    minutes: int,
    busy: Sequence[tuple[dt.datetime, dt.datetime]],
    after: dt.datetime,
) -> list[dt.datetime]:
    """
    The beginnings on `day`, within one of its `spans`, from which `minutes` lie clear of all that
    is `busy` and later than `after`. In UTC, for a time that a clock shows twice is equal to none
    of another zone (PEP 495).
    """
    length = dt.timedelta(minutes=minutes)
    found = []
    for (opens, closes), (_, closing) in zip(spans, open_moments(day, spans, zone), strict=True):
        for step in range(opens, closes, STEP):
            moment = moment_at(day, step, zone)
            if moment is None:
                continue
            start = moment.astimezone(dt.UTC)
            end = start + length
            if start <= after or end > closing:
                continue
            if not any(begins < end and ends > start for begins, ends in busy):
                found.append(start)
    return found

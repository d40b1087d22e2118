"""Time, asked for in one place so that tests can travel."""

import datetime as dt
from typing import TypeVar
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta


def now() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC)


EARLIEST_YEAR, LATEST_YEAR = 1000, 9998
"""Years that every database, time zone and client can tell."""


def tellable(day: dt.date) -> bool:
    """Whether `day` (or moment) lies in years that every part of the product can work with."""
    return EARLIEST_YEAR <= day.year <= LATEST_YEAR


D = TypeVar("D", bound=dt.date)


def as_bound(day: D) -> D:
    """
    `day` (or moment, of which an aware one becomes UTC) as the bound of a span: systems without an
    open end write 0001-01-01 and 9999-12-31, which bound nothing that there is.
    """
    if day.year < EARLIEST_YEAR:
        day = day.replace(year=EARLIEST_YEAR, month=1, day=1)
    elif day.year > LATEST_YEAR:
        day = day.replace(year=LATEST_YEAR, month=12, day=31)
    # PostgreSQL knows no offset of sixteen hours or more
    return day.astimezone(dt.UTC) if isinstance(day, dt.datetime) and day.tzinfo else day


AHEAD = dt.timedelta(days=1)
"""How far clocks and calendars of the world may be ahead of ours: what happened lies no later."""


def is_future(value: dt.date) -> bool:
    """Whether a moment or day has certainly not come yet, wherever it was told."""
    latest = now() + AHEAD
    return value > (latest if isinstance(value, dt.datetime) else latest.date())


def day_alone(raw: object) -> dt.date | None:
    """The day that `raw` (ISO 8601, or a date) says without a time; None if it says more."""
    if isinstance(raw, dt.date):
        return None if isinstance(raw, dt.datetime) else raw
    try:
        return dt.date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def midnight(day: dt.date, zone: str) -> dt.datetime:
    """The first moment of `day` on a calendar in the IANA time zone `zone`."""
    return dt.datetime.combine(day, dt.time.min, ZoneInfo(zone))


def months_before(moment: dt.datetime, months: int) -> dt.datetime:
    """
    The same day of the month `months` calendar months earlier, or that month's last day where there
    is none.
    """
    earlier: dt.datetime = moment - relativedelta(months=months)
    return earlier


def months_after(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day of the month `months` calendar months later, or that month's last day."""
    return months_before(moment, -months)


def day_bounds(day: dt.date, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """First moment of `day` and first moment of the next, in the IANA time zone `zone`."""
    return midnight(day, zone), midnight(day + dt.timedelta(days=1), zone)


def since(value: dt.date, zone: str) -> dt.datetime:
    """
    The first moment that `value` means: a day alone begins at midnight in the IANA time zone
    `zone`.
    """
    return value if isinstance(value, dt.datetime) else midnight(value, zone)


def until(value: dt.date, zone: str) -> dt.datetime:
    """
    The first moment after all that `value` means: a day alone ends at midnight in the IANA time
    zone `zone`.
    """
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(microseconds=1)
    return day_bounds(value, zone)[1]

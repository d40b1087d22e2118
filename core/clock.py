"""Time, asked for in one place so that tests can travel."""

import datetime as dt
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.utils import timezone


def now() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return timezone.now()


EARLIEST_YEAR, LATEST_YEAR = 1000, 9998
"""Years that every database, time zone and client can tell."""


def tellable(day: dt.date) -> bool:
    """Whether `day` (or moment) lies in years that every part of the product can work with."""
    return EARLIEST_YEAR <= day.year <= LATEST_YEAR


def months_before(moment: dt.datetime, months: int) -> dt.datetime:
    """
    The same day of the month `months` calendar months earlier, or that month's last day where there
    is none.
    """
    earlier: dt.datetime = moment - relativedelta(months=months)
    return earlier


def day_bounds(day: dt.date, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """First moment of `day` and first moment of the next, in the IANA time zone `zone`."""
    start = dt.datetime.combine(day, dt.time.min, ZoneInfo(zone))
    return start, dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, ZoneInfo(zone))


def since(value: dt.date, zone: str) -> dt.datetime:
    """
    The first moment that `value` means: a day alone begins at midnight in the IANA time zone
    `zone`.
    """
    return value if isinstance(value, dt.datetime) else day_bounds(value, zone)[0]


def until(value: dt.date, zone: str) -> dt.datetime:
    """
    The first moment after all that `value` means: a day alone ends at midnight in the IANA time
    zone `zone`.
    """
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(microseconds=1)
    return day_bounds(value, zone)[1]

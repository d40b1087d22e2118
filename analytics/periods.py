"""
The days that figures are asked for, the days before to compare with, and the steps in which charts
show them.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dateutil.relativedelta import relativedelta
from django.db.models import Q

from core.clock import day_bounds

WEEKS_UNTIL = 26 * 7
"""Days up to which a step is a week; a longer span has months."""

MOST_DAYS = 10 * 366
"""Of one span."""


@dataclass(frozen=True, slots=True)
class Days:
    """The days `first` to `last`, both included, on the clock of `zone`."""

    first: dt.date
    last: dt.date
    zone: str

    @property
    def start(self) -> dt.datetime:
        return day_bounds(self.first, self.zone)[0]

    @property
    def end(self) -> dt.datetime:
        """The first moment after them."""
        return day_bounds(self.last, self.zone)[1]

    def holds(self, column: str) -> Q:
        """That the moment in `column` falls on one of them."""
        return Q(**{f"{column}__gte": self.start, f"{column}__lt": self.end})


def month_from(first: dt.date, zone: str) -> Days:
    return Days(first, first + relativedelta(months=1, days=-1), zone)


@dataclass(frozen=True, slots=True)
class Span:
    """
    Days cut at `bounds` (the first day of each step, and the day after the last); `back` leads to
    the span before.
    """

    bounds: Sequence[dt.date]
    zone: str
    back: relativedelta

    @property
    def days(self) -> Days:
        return self._between(self.bounds[0], self.bounds[-1])

    @property
    def before(self) -> "Span":
        return Span([bound - self.back for bound in self.bounds], self.zone, self.back)

    @property
    def steps(self) -> list[Days]:
        return [self._between(first, after) for first, after in pairwise(self.bounds)]

    @property
    def monthly(self) -> bool:
        return (self.days.last - self.days.first).days >= WEEKS_UNTIL

    def _between(self, first: dt.date, after: dt.date) -> Days:
        return Days(first, after - dt.timedelta(days=1), self.zone)


def days_until(last: dt.date, number: int, zone: str) -> Span:
    """So many days that end with `last`; before them lie as many."""
    return between(last - dt.timedelta(days=number - 1), last, zone)


def between(first: dt.date, last: dt.date, zone: str) -> Span:
    """
    The days from `first` to `last`, in weeks that end with the last (many of them: in months from
    the first); before them as many.
    """
    after = last + dt.timedelta(days=1)
    number = (after - first).days
    if number > WEEKS_UNTIL:
        bounds = _cut(first, after, relativedelta(months=1))
    else:
        bounds = sorted({first, *(after - dt.timedelta(days=back) for back in range(0, number, 7))})
    return Span(bounds, zone, relativedelta(days=number))


def months_until(last: dt.date, number: int, zone: str) -> Span:
    """
    So many calendar months, the one of `last` so far; before them lie the same days a year earlier.
    """
    first = last.replace(day=1) - relativedelta(months=number - 1)
    return Span(
        _cut(first, last + dt.timedelta(days=1), relativedelta(months=1)),
        zone,
        relativedelta(years=1),
    )


def _cut(first: dt.date, after: dt.date, step: relativedelta) -> list[dt.date]:
    found, number = [first], 1
    while first + step * number < after:
        found.append(first + step * number)
        number += 1
    return [*found, after]

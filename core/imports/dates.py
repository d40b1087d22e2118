"""
Days and moments as people and programs write them. In which order day and month stand is a matter
of the whole column: one row that shows it shows it for all.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names

from core.clock import now
from core.errors import Fault
from core.imports.options import DateOrder
from core.imports.reports import remark
from core.text import fold

LANGUAGES = ("en", "es", "de", "fr", "pt", "it")
NO_YEAR = (0, 1604)
"""What address books write for the year of a birthday that they don't know."""

_TIME = re.compile(
    r"(?:^|[\sT,]|\bat\b)\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]\.?\s?m\b\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?\s*$",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"^(\d{4})([./-])(\d{1,2})\2(\d{1,2})$|^(\d{4})()(\d{2})(\d{2})$")
_YEAR_LAST = re.compile(r"^(\d{1,2})\s?([./ -])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})$")
_YEARLESS = re.compile(r"^(?:--)?(\d{1,2})([./ -]?)(\d{1,2})\.?$")
_BLANK = re.compile(r"^[\s0:./T-]*$|^(?:1[./-]0|0[./-]1)[./-](?:19)?00$")
_TOKEN = re.compile(r"[^\W\d_]+|\d+")


class NotADate(ValueError):
    """What is written is none."""


class NoYear(NotADate):
    """A day of the year alone."""


@dataclass(frozen=True, slots=True)
class WrittenMoment:
    """A day and, where they are written, the time of it and its distance from UTC."""

    day: dt.date
    time: dt.time | None = None
    zone: dt.tzinfo | None = None

    def at(self, zone: dt.tzinfo) -> dt.datetime:
        """The moment, on the clocks of `zone` where it says no distance; of a day its midnight."""
        return dt.datetime.combine(self.day, self.time or dt.time.min, self.zone or zone)


@dataclass(frozen=True, slots=True)
class ColumnOrder:
    """
    Whether the day stands first, by the mark between (3.4.2026 and 3/4/2026 are two ways of
    writing), and what is to be said of how that was found.
    """

    day_first: dict[str, bool] = field(default_factory=dict)
    notes: list[Fault] = field(default_factory=list)


_Written = tuple[int, str, int, int]
"""Line, cell, and its first two numbers."""


def find_order(
    header: str, cells: Iterable[tuple[int, str]], *, region: str, chosen: DateOrder
) -> ColumnOrder:
    """
    The order of day and month in a column of (line, text): that which is `chosen`, else that which
    a number above twelve shows, else with dots the day first, else as usual in `region` (ISO 3166
    alpha-2).
    """
    order = ColumnOrder()
    written: dict[str, list[_Written]] = {}
    for line, cell in cells:
        match = _YEAR_LAST.match(_TIME.sub("", cell).strip())
        if match:
            row = (line, cell, int(match[1]), int(match[3]))
            written.setdefault(match[2], []).append(row)
    for mark, rows in written.items():
        day_first = next((row for row in rows if row[2] > 12 >= row[3]), None)
        month_first = next((row for row in rows if row[3] > 12 >= row[2]), None)
        doubtful = next((row for row in rows if row[2] != row[3]), None)
        usual = mark == "." or not month_stands_first(region)
        if chosen != DateOrder.COLUMN:
            usual = chosen == DateOrder.DAY_FIRST
        elif bool(day_first) != bool(month_first):
            usual = bool(day_first)
        elif doubtful and (day_first or mark != "."):
            order.notes.append(_doubt(header, doubtful, day_first, month_first, usual=usual))
        order.day_first[mark] = usual
    return order


def _doubt(
    header: str,
    doubtful: _Written,
    day_first: _Written | None,
    month_first: _Written | None,
    *,
    usual: bool,
) -> Fault:
    """Why the order had to be the usual one."""
    first = "day" if usual else "month"
    if day_first and month_first:
        code = f"contradicting_{first}_first"
        why = (
            "line %(day_line)s (%(day)s) has the day first, line %(month_line)s (%(month)s) the "
            "month"
        )
        where = {"day_line": day_first[0], "day": day_first[1]}
        where |= {"month_line": month_first[0], "month": month_first[1]}
    else:
        code = f"usual_{first}_first"
        why = "the order of day and month can't be told from the column (line %(line)s: %(text)s)"
        where = {"line": doubtful[0], "text": doubtful[1]}
    said = (
        f"“%(header)s”: {why}; read with the {first} first, as usual here. Choose another order if "
        "that is wrong."
    )
    return remark(code, said, header=header, **where)


@cache
def month_stands_first(region: str) -> bool:
    """Whether dates in numbers are written month, day, year there (CLDR)."""
    try:
        pattern = Locale.parse(f"und_{region}").date_formats["short"].pattern
    except (UnknownLocaleError, ValueError):
        return False
    return str(pattern).lstrip("'").startswith("M")


def read_moment(text: str, order: ColumnOrder, *, future: bool = True) -> WrittenMoment | None:
    """
    What is written; None for what programs write for no date (0000-00-00, 0/0/00).

    Of two digits the year is the latest that isn't more than ten years away, or that isn't in the
    future. Raises NoYear, and NotADate for anything else.
    """
    text = " ".join(text.split())
    if _BLANK.match(text):
        return None
    time = _TIME.search(text)
    rest = text[: time.start()] if time else text
    day = _day(rest.strip(" ,"), order, future)
    if time is None:
        return WrittenMoment(day)
    return WrittenMoment(day, _time(time), _zone(time[5]))


def read_time(text: str) -> dt.time:
    """A time of day: 08:30, 8:30 PM. Raises NotADate."""
    match = _TIME.match(text.strip())
    if match is None or match[5]:
        raise NotADate
    return _time(match)


def _day(text: str, order: ColumnOrder, future: bool) -> dt.date:
    if match := _YEAR_FIRST.match(text):
        year, month, day = (int(match[n] or match[n + 4]) for n in (1, 3, 4))
    elif match := _YEAR_LAST.match(text):
        first, second = int(match[1]), int(match[3])
        day, month = (first, second) if order.day_first.get(match[2], True) else (second, first)
        year = int(match[4])
        if len(match[4]) == 2:
            year = _century(year, month, day, future)
    elif match := _YEARLESS.match(text):
        first, second = int(match[1]), int(match[3])
        if match[2] and not (1 <= min(first, second) <= 12 and max(first, second) <= 31):
            raise NotADate
        if not match[2] and not text.startswith("--"):
            raise NotADate
        raise NoYear
    else:
        year, month, day = _in_words(text, future)
    if year in NO_YEAR and 1 <= month <= 12 and 1 <= day <= 31:
        raise NoYear
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise NotADate from error


def _in_words(text: str, future: bool) -> tuple[int, int, int]:
    """May 15, 1990; 15-may-90; martes, 15 de mayo de 1990."""
    tokens = _TOKEN.findall(fold(text))
    words = [token for token in tokens if not token.isdigit()]
    numbers = [token for token in tokens if token.isdigit()]
    months = [word for word in words if word in _months()]
    if len(months) > 1:  # mar is March and Tuesday
        months = [word for word in months if word not in _days()]
    if len(months) != 1 or any(
        word not in _months() and word not in _days() and word not in _PARTICLES for word in words
    ):
        raise NotADate
    month = _months()[months[0]]
    if len(numbers) == 1 and int(numbers[0]) <= 31:
        raise NoYear
    if len(numbers) != 2:
        raise NotADate
    first, second = numbers
    day, year = (second, first) if len(first) == 4 else (first, second)
    if len(year) == 4:
        return int(year), month, int(day)
    if len(year) != 2:
        raise NotADate
    return _century(int(year), month, int(day), future), month, int(day)


def _century(year: int, month: int, day: int, future: bool) -> int:
    today = now().date()
    latest = (today.year + 10 if future else today.year, today.month, today.day)
    full = today.year // 100 * 100 + year
    return full if (full, month, day) <= latest else full - 100


def _time(match: re.Match[str]) -> dt.time:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            raise NotADate
        hour = hour % 12 + (12 if match[4][0] in "pP" else 0)
    try:
        return dt.time(hour, minute, second)
    except ValueError as error:
        raise NotADate from error


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    distance = dt.timedelta(hours=hours, minutes=minutes)
    if distance >= dt.timedelta(hours=24):
        raise NotADate
    return dt.timezone(-distance if text[0] == "-" else distance)


_PARTICLES = frozenset(
    {"de", "del", "of", "the", "st", "nd", "rd", "th", "er", "do", "di", "le", "el", "den", "der"}
)


@cache
def _months() -> dict[str, int]:
    return {
        fold(name).strip("."): month
        for language in LANGUAGES
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for month, name in get_month_names(width, context, language).items()
    } | {"sept": 9, "set": 9}


@cache
def _days() -> frozenset[str]:
    return frozenset(
        fold(name).strip(".")
        for language in LANGUAGES
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in get_day_names(width, context, language).values()
    )

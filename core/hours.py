"""Weekly hours: spans of the clock for each day of the week, several where there are breaks."""

import datetime as dt
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

Span = tuple[int, int]
"""From and to, in minutes after midnight on a clock; 1440 is the next midnight."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FULL_DAY = 24 * 60
MOST_SPANS = 70
"""In a week: ten a day are more than anybody keeps."""

_TIME = re.compile(r"(\d\d):(\d\d)(?::00)?", re.ASCII)

WEEKLY_HOURS = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "properties": {
            "day": {"type": "string", "enum": list(DAYS)},
            "opens": {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"},
            "closes": {"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"},
        },
        "required": ["day", "opens", "closes"],
        "additionalProperties": False,
    },
}
"""The JSON schema of a week."""

SHAPE = "A list of spans such as {day: monday, opens: 08:00, closes: 12:00}; null: the usual hours."


class WeeklyHoursField(models.JSONField):
    """
    A list of `{"day": "monday", "opens": "08:00", "closes": "12:00"}`, kept in the week's order;
    `closes` may be 24:00. A day without a span is closed. Null: nothing is said.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        for name, value in (("null", True), ("blank", True), ("help_text", SHAPE)):
            options.setdefault(name, value)
        super().__init__(*args, **options)

    def to_python(self, value: Any) -> Any:
        """The spans in the week's order, times as HH:MM. Raises ValidationError."""
        return None if value is None else ordered_hours(value)


def ordered_hours(value: Any) -> list[dict[str, str]]:
    """
    The spans of a week in their order. Raises ValidationError: `invalid_hours`,
    `overlapping_hours`.
    """
    if not isinstance(value, list) or len(value) > MOST_SPANS:
        raise _malformed()
    spans = sorted(_span(item) for item in value)
    for (day, _opens, closes), (other, opens, _closes) in pairwise(spans):
        if day == other and opens < closes:
            raise ValidationError("Two spans of a day overlap.", code="overlapping_hours")
    return [
        {"day": DAYS[day], "opens": clock_text(opens), "closes": clock_text(closes)}
        for day, opens, closes in spans
    ]


def spans_of(hours: Sequence[dict[str, str]], day: dt.date) -> list[Span]:
    """What the weekly `hours` say of a day."""
    name = DAYS[day.weekday()]
    return [
        (clock_minutes(span["opens"]), clock_minutes(span["closes"]))
        for span in hours
        if span["day"] == name
    ]


def clock_minutes(text: str) -> int:
    """Minutes after midnight of `HH:MM`. Raises ValueError."""
    found = _TIME.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if found is None or int(found[2]) > 59 or minutes > FULL_DAY:
        raise ValueError(text)
    return minutes


def clock_text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _span(item: Any) -> tuple[int, int, int]:
    """Day of the week, from, to. Raises ValidationError."""
    if not isinstance(item, dict) or set(item) != {"day", "opens", "closes"}:
        raise _malformed()
    try:
        day, opens, closes = (
            DAYS.index(item["day"]),
            clock_minutes(item["opens"]),
            clock_minutes(item["closes"]),
        )
    except (TypeError, ValueError) as error:
        raise _malformed() from error
    if opens >= closes:
        raise _malformed()
    return day, opens, closes


def _malformed() -> ValidationError:
    return ValidationError(
        f"Must be a list of at most {MOST_SPANS} spans such as "
        '{"day": "monday", "opens": "08:00", "closes": "12:00"}, each closing after it opens, '
        "24:00 at the latest.",
        code="invalid_hours",
    )

"""
Seeded chance, time counted from today, and ids made of the two: the same seed gives the same rows.
"""

import datetime as dt
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

DAY = 24 * 3600
OLDEST_DAY = 5000
LATEST_DAY = 1000
ID_EPOCH = int(dt.datetime(2025, 6, 1, tzinfo=dt.UTC).timestamp() * 1000)
"""What today counts as in ids (milliseconds), so that they don't depend on the day of seeding."""

OPENING = 13 * 3600
OPEN_SECONDS = 9 * 3600


class Draw:
    """Chance of one seed."""

    def __init__(self, seed: str) -> None:
        source = random.Random(seed)  # noqa: S311 -- chance that repeats, not a secret
        self.random = source.random
        self._bits = source.getrandbits

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.random() * len(options))]

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included; `low` when the range is empty."""
        return low + int(self.random() * (high - low + 1)) if high > low else low

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def id(self, second: int) -> str:
        """A UUIDv7 in hex digits, of the moment `second` counted from today."""
        bits = self._bits(84)
        milliseconds = ID_EPOCH + second * 1000 + (bits >> 74) % 1000
        return (
            f"{milliseconds:012x}7{bits >> 62 & 0xFFF:03x}"
            f"{(0b10 << 62) | bits & (1 << 62) - 1:016x}"
        )

    def second(self, days_ago: int) -> int:
        """
        A moment within opening hours (13:00 to 22:00 UTC), in seconds from today's midnight:
        negative in the past.
        """
        return -days_ago * DAY + OPENING + int(self.random() * OPEN_SECONDS)


class Moments:
    """Seconds from today's midnight (UTC) as both databases read them: UTC, without a zone."""

    def __init__(self, today: dt.date) -> None:
        self.today = today
        self._days = [str(today + dt.timedelta(days=day)) for day in range(-OLDEST_DAY, LATEST_DAY)]
        self._clock = [
            f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}" for second in range(DAY)
        ]
        first, second, *later = [
            day for day in range(LATEST_DAY) if (today + dt.timedelta(days=day)).weekday() < 5
        ]
        self.working_days = [second, first, *later]
        """As they are booked: who comes first has something ahead, however late today it is."""

    def text(self, second: int) -> str:
        day, rest = divmod(second, DAY)
        return f"{self._days[day + OLDEST_DAY]} {self._clock[rest]}"

    def birthday(self, days_ago: int) -> str:
        return str(self.today - dt.timedelta(days=days_ago))

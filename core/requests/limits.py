"""
How often: allowances over fixed windows, counted in Redis where there is one (right across
processes), else in this process.

A count that can't be reached (Redis down) refuses no one: an outage of the counter mustn't become
an outage of the product.
"""

import logging
import re
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

log = logging.getLogger(__name__)

_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"^(\d+)/(\d*)([a-z]+)$")


@cache
def _limiter() -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(_redis() if settings.REDIS_URL else MemoryStorage())


def _redis() -> Storage:
    # who doesn't answer mustn't hold up everyone
    patience: dict[str, Any] = {"socket_timeout": 1, "socket_connect_timeout": 1}
    return RedisStorage(
        settings.REDIS_URL, wrap_exceptions=True, key_prefix=settings.RATE_LIMIT_PREFIX, **patience
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Where a holder stands in an allowance: `limit` a `window` (seconds), `remaining`, and seconds to
    the `reset`.
    """

    name: str
    limit: int
    window: int
    remaining: int
    reset: int
    exceeded: bool


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many in so long. `name` keeps the counts of two allowances apart."""

    name: str
    item: RateLimitItem

    @classmethod
    def parse(cls, name: str, rate: str) -> "Allowance":
        """From `1000/hour`, `5000/15min`, `100/day`. Raises ValueError for anything else."""
        match = _RATE.match(rate)
        if not match or match[3] not in _SECONDS:
            raise ValueError(f"{rate!r} is not a rate such as 1000/hour or 5000/15min")
        return cls(
            name, RateLimitItemPerSecond(int(match[1]), int(match[2] or 1) * _SECONDS[match[3]])
        )

    def take(self, holder: str, cost: int = 1) -> Standing:
        """Counts one use by `holder` and says where that leaves them."""
        try:
            within = _limiter().hit(self.item, self.name, holder, cost=cost)
            return self._read(holder, exceeded=not within)
        except StorageError:
            log.exception("rate limits can't be counted")
            return self._full()

    def standing(self, holder: str) -> Standing:
        """The same without counting."""
        try:
            return self._read(holder, exceeded=False)
        except StorageError:
            log.exception("rate limits can't be read")
            return self._full()

    def _read(self, holder: str, *, exceeded: bool) -> Standing:
        stats = _limiter().get_window_stats(self.item, self.name, holder)
        reset = max(1, round(stats.reset_time - time.time()))
        return Standing(
            self.name,
            self.item.amount,
            self.item.get_expiry(),
            max(0, stats.remaining),
            reset,
            exceeded,
        )

    def _full(self) -> Standing:
        return Standing(
            self.name,
            self.item.amount,
            self.item.get_expiry(),
            self.item.amount,
            self.item.get_expiry(),
            exceeded=False,
        )

"""
How often: allowances over fixed windows, counted in Redis where there is one (right across
processes), else in this process.

While Redis doesn't answer each process counts for itself: an outage of the counter is neither one
of the product nor an open door.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from core.requests.breaker import CircuitBreaker

log = logging.getLogger(__name__)

_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400}
_RATE = re.compile(r"^(\d+)/(\d*)([a-z]+)$")


PATIENCE = 0.5
"""Seconds that Redis may take for an answer."""


class Counters:
    """Where uses are counted: by all processes together, or by this one alone."""

    def __init__(self, redis: Storage | None) -> None:
        self.shared = FixedWindowRateLimiter(redis) if redis else None
        self.own = FixedWindowRateLimiter(MemoryStorage())
        self.breaker = CircuitBreaker(pause=5)

    def count(self, work: "Callable[[FixedWindowRateLimiter], LimitStanding]") -> "LimitStanding":
        if self.shared and self.breaker.permits():
            try:
                standing = work(self.shared)
            except StorageError:
                self.breaker.failed()
                log.exception("this process counts alone: Redis doesn't answer")
            else:
                self.breaker.succeeded()
                return standing
        return work(self.own)


@cache
def counters() -> Counters:
    return Counters(_redis() if settings.REDIS_URL else None)


def _redis() -> Storage:
    return RedisStorage(
        settings.REDIS_URL,
        wrap_exceptions=True,
        key_prefix=settings.RATE_LIMIT_PREFIX,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
    )


@dataclass(frozen=True, slots=True)
class LimitStanding:
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

    def take(self, holder: str, cost: int = 1) -> LimitStanding:
        """Counts one use by `holder` and says where that leaves them."""

        def hit(limiter: FixedWindowRateLimiter) -> LimitStanding:
            within = limiter.hit(self.item, self.name, holder, cost=cost)
            return self._read(limiter, holder, exceeded=not within)

        return counters().count(hit)

    def give_back(self, holder: str) -> None:
        """Takes one use back."""
        self.take(holder, cost=-1)

    def standing(self, holder: str) -> LimitStanding:
        """The same without counting."""
        return counters().count(lambda limiter: self._read(limiter, holder, exceeded=False))

    def _read(
        self, limiter: FixedWindowRateLimiter, holder: str, *, exceeded: bool
    ) -> LimitStanding:
        stats = limiter.get_window_stats(self.item, self.name, holder)
        reset = max(1, round(stats.reset_time - time.time()))
        return LimitStanding(
            self.name,
            self.item.amount,
            self.item.get_expiry(),
            max(0, stats.remaining),
            reset,
            exceeded,
        )

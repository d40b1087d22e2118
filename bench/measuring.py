"""How everything is measured: interleaved, repeated, told as a ratio."""

import os
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import dict_row

Work = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Line:
    """
    `ours`, `limit` and the `ordinary` Django way in `unit`; `ratio` is what the bar is set for: at
    most that, or (`at_least`) at least. `spread` is how far apart the quartiles of the rounds'
    ratios are, as a part of their median.
    """

    name: str
    ours: float
    limit: float
    unit: str
    ratio: float
    bar: float | None
    at_least: bool = False
    note: str = ""
    ordinary: float | None = None
    spread: float | None = None

    @property
    def met(self) -> bool | None:
        if self.bar is None:
            return None
        return self.ratio >= self.bar if self.at_least else self.ratio <= self.bar

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


def clock(work: Work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(*works: Work, repeat: int) -> list[list[float]]:
    """
    The seconds that each takes, round by round, in turns so that a noisy moment meets all of them.
    """
    for work in works:
        work()
    taken = [[clock(work) for work in works] for _ in range(repeat)]
    return [list(column) for column in zip(*taken, strict=True)]


def medians(*works: Work, repeat: int) -> list[float]:
    """The median seconds of each, taken in turns."""
    return [statistics.median(column) for column in in_turns(*works, repeat=repeat)]


def spread(values: Iterable[float]) -> float:
    """How far apart the quartiles are, as a part of the median."""
    first, middle, last = statistics.quantiles(values, n=4)
    return (last - first) / middle if middle else 0.0


def at_most(
    name: str,
    ours: Work,
    limit: Work,
    *,
    bar: float | None,
    floor: Work | None = None,
    ordinary: Work | None = None,
    repeat: int = 25,
    note: str = "",
) -> Line:
    """
    How many times as long as the limit ours takes; with a `floor`, a request that does nothing,
    what it takes beyond that.
    """
    mine, least, *others = in_turns(ours, limit, *([floor] if floor else []), repeat=repeat)
    nothing = statistics.median(others[0]) if others else 0.0
    above, bare = statistics.median(mine) - nothing, statistics.median(least)
    told = f"above a floor of {nothing * 1000:.1f} ms" if floor else ""
    return Line(
        name,
        max(above, 0.0) * 1000,
        bare * 1000,
        "ms",
        max(above, 0.0) / bare,
        bar,
        note="; ".join(filter(None, [told, note])),
        ordinary=medians(ordinary, repeat=FEW)[0] * 1000 if ordinary else None,
        spread=spread(one / other for one, other in zip(mine, least, strict=True)),
    )


FEW = 5
"""Rounds of what takes long and needn't be known closely."""


def rates(name: str, ours: float, other: float, *, bar: float | None, note: str = "") -> Line:
    """How many times the other's rate (rows or requests a second) ours is."""
    return Line(name, ours, other, "/s", ours / other, bar, at_least=True, note=note)


def raw() -> "psycopg.Connection[dict[str, Any]]":
    """A connection of its own to the same database, outside Django."""
    own = connection.settings_dict
    parts = {
        "dbname": own["NAME"],
        "user": own["USER"],
        "password": own["PASSWORD"],
        "host": own["HOST"],
        "port": own["PORT"],
    }
    return psycopg.connect(
        **{key: value for key, value in parts.items() if value},
        autocommit=True,
        row_factory=dict_row,
    )


def sql(statement: str, parameters: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def wal_position() -> int:
    return int(sql("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")[0][0])


def memory() -> int:
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def peak() -> Iterator[list[float]]:
    """By how many megabytes this process grows at most meanwhile: the list holds it at the end."""
    grown: list[float] = []
    before = highest = memory()
    over = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.02):
            highest = max(highest, memory())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield grown
    finally:
        over.set()
        thread.join()
        grown.append((highest - before) / 1e6)

"""
Pages of a list: exact totals, and the rows fetched by a subquery of their ids, so that deep pages
read little.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet

from core.reading import read_rows

FARTHEST = 2**53 - 1
"""The largest number that every client's JSON holds exactly."""


@dataclass(frozen=True, slots=True)
class ResultPage:
    rows: list[dict[str, Any]]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return -(-self.total // self.size)

    @property
    def first(self) -> int:
        """
        The place, from 1, of the page's first row in the whole list; 0 when the page is empty.
        """
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1 if self.rows else 0


def page_of(
    rows: "QuerySet[Any]",
    *,
    order: Sequence[Any],
    columns: Sequence[str],
    number: int,
    size: int,
    unknown_last: str = "",
    computed: Mapping[str, Any] = MappingProxyType({}),
) -> ResultPage:
    """
    Page `number` (from 1) of `rows` in `order`, as dicts of `columns` and of what is `computed`
    (`read_rows`); past the end an empty page.

    `unknown_last` names the text column that `order` begins with, ascending: rows without that text
    come after all others. Both parts are read along the column's index, which no single order of
    both could follow.
    """
    offset = (number - 1) * size
    total = rows.count() if offset else None
    if total is not None and offset >= total:
        return ResultPage([], number, size, total)

    def read(part: "QuerySet[Any]", start: int, most: int) -> list[dict[str, Any]]:
        return read_rows(part.order_by(*order)[start : start + most], columns, **computed)

    if not unknown_last:
        found = read(rows, offset, size)
    else:
        known = rows.filter(**{f"{unknown_last}__gt": ""})
        found = read(known, offset, size)
        if len(found) < size:
            start = 0 if found or not offset else max(0, offset - known.count())
            found += read(rows.filter(**{unknown_last: ""}), start, size - len(found))
    if total is None:  # a first page that isn't full is the whole list
        total = rows.count() if len(found) == size else len(found)
    return ResultPage(found, number, size, total)

"""
Pages of a list: exact totals, and the rows fetched by a subquery of their ids, so that deep pages
read little.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

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
) -> ResultPage:
    """
    Page `number` (from 1) of `rows` in `order`, as dicts of `columns`; past the end an empty page.

    `unknown_last` names the text column that `order` begins with, ascending: rows without that text
    come after all others. Both parts are read along the column's index, which no single order of
    both could follow.
    """
    total, offset = rows.count(), (number - 1) * size
    if offset >= total:
        return ResultPage([], number, size, total)

    def read(part: "QuerySet[Any]", start: int, most: int) -> list[dict[str, Any]]:
        ids = part.order_by(*order).values("pk")[start : start + most]
        return list(rows.model._base_manager.filter(pk__in=ids).order_by(*order).values(*columns))

    if not unknown_last:
        return ResultPage(read(rows, offset, size), number, size, total)
    known, unknown = rows.filter(**{f"{unknown_last}__gt": ""}), rows.filter(**{unknown_last: ""})
    found = read(known, offset, size)
    if len(found) < size:
        start = 0 if found else max(0, offset - known.count())
        found += read(unknown, start, size - len(found))
    return ResultPage(found, number, size, total)

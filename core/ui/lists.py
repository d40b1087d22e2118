"""
The state of a list, which is all in its address: the page, the order, and a removable chip for
every filter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from core.paging import FARTHEST, ResultPage, page_of

SIZES = (25, 50, 100)
RESET = ("page",)
"""What a change of order or filter starts anew."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition of a list, and the address of the same list without it."""

    label: str
    value: str
    remove: str


@dataclass(frozen=True, slots=True)
class Column:
    """
    A table's column: `sort` is the key that the address carries (empty: not sortable), `name` what
    people arrange it by.
    """

    label: Any
    sort: str = ""
    kind: str = ""
    """`num` or `right` for figures."""

    name: str = ""
    edits: str = ""
    """The field that is edited in its cells."""


class ListState:
    """
    Reads `page`, `size` and `sort` (`name`, or `-name` descending) from the address and writes the
    addresses of neighbouring states.

    `sorts` are the keys that may be asked for, the first one (with its sign) the default. What
    isn't understood counts as not said, for people edit addresses.
    """

    def __init__(self, request: HttpRequest, *, sorts: Sequence[str] = (), size: int = 50) -> None:
        self.path = request.path
        self.query = request.GET
        self.sorts = sorts
        self.page = _number(self.query.get("page"), 1, FARTHEST)
        asked = _number(self.query.get("size"), size, max(SIZES))
        self.size = asked if asked in SIZES else size
        keys = {sort.lstrip("-") for sort in sorts}
        sort = self.query.get("sort", "")
        self.sort = sort if sort.removeprefix("-") in keys else (sorts[0] if sorts else "")

    def page_of(
        self,
        rows: "QuerySet[Any]",
        *,
        order: Sequence[Any],
        columns: Sequence[str],
        **options: Any,
    ) -> ResultPage:
        """
        The page that is asked for (`core.paging.page_of`); of a list that has become shorter than
        that the last one, for whoever kept the address means the list.
        """
        read = partial(page_of, rows, order=order, columns=columns, size=self.size, **options)
        page = read(number=self.page)
        if page.total and not page.rows:
            self.page = page.pages
            page = read(number=self.page)
        return page

    def url(self, **changes: Any) -> str:
        """
        The address with these parameters changed (None: left out) and the page back at the first
        unless given.
        """
        query = self.query.copy()
        for name in RESET:
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value not in (None, "", []):
                query.setlist(name, value if isinstance(value, list) else [value])
        return self._at(query)

    def without(self, name: str, value: str | None = None) -> str:
        """The address without the filter, or without one of its values."""
        left = [item for item in self.query.getlist(name) if value is not None and item != value]
        return self.url(**{name: left})

    def chips(
        self, labels: Mapping[str, Any], values: Mapping[str, Mapping[str, Any]] | None = None
    ) -> list[Chip]:
        """
        A chip for each value of the filters in `labels` (parameter → words); `values` words the
        values where they aren't words.
        """
        return [
            Chip(
                str(label),
                str((values or {}).get(name, {}).get(value, value)),
                self.without(name, value),
            )
            for name, label in labels.items()
            for value in self.query.getlist(name)
            if value
        ]

    def sort_url(self, key: str) -> str:
        """The address that sorts by `key`, the other way round when it does already."""
        return self.url(sort=f"-{key}" if self.sort == key else key)

    def direction(self, key: str) -> str:
        """`ascending`, `descending` or nothing."""
        return "ascending" if self.sort == key else "descending" if self.sort == f"-{key}" else ""

    @property
    def cleared(self) -> str:
        """The address of the whole list."""
        return self.path

    def _at(self, query: QueryDict) -> str:
        return f"{self.path}?{query.urlencode()}" if query else self.path


def page_numbers(page: ResultPage) -> list[int | None]:
    """The pages worth a link: the ends and the neighbours; None stands for a gap."""
    near = {1, page.pages, *range(page.number - 1, page.number + 2)}
    wanted = sorted(number for number in near if 1 <= number <= page.pages)
    found: list[int | None] = []
    for number in wanted:
        if found and found[-1] is not None and number - found[-1] > 1:
            found.append(number - 1 if number - found[-1] == 2 else None)
        found.append(number)
    return found


def _number(text: str | None, default: int, most: int) -> int:
    if text and text.isascii() and text.isdigit() and len(text) < 17 and int(text) > 0:
        return min(int(text), most)
    return default

"""Pages of a list: exact totals, and the rows fetched by a subquery of their ids, so that deep pages read little."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers


class PageNumberField(serializers.IntegerField):
    """A page or page size: from 1; sizes above the maximum are cut to it."""

    def __init__(self, *, most: int | None = None, **options: Any) -> None:
        super().__init__(min_value=1, required=False, **options)
        self.most = most

    def to_internal_value(self, data: Any) -> int:
        value = super().to_internal_value(data)
        return min(value, self.most) if self.most else value


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[dict[str, Any]]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return -(-self.total // self.size)


def page_of(rows: "QuerySet[Any]", *, order: Sequence[Any], columns: Sequence[str], number: int, size: int) -> Page:
    """Page `number` (from 1) of `rows` in `order`, as dicts of `columns`; past the end an empty page."""
    total = rows.count()
    offset = (number - 1) * size
    if offset >= total:
        return Page([], number, size, total)
    ids = rows.order_by(*order).values("pk")[offset : offset + size]
    everything = rows.model._base_manager.filter(pk__in=ids).order_by(*order)
    return Page(list(everything.values(*columns)), number, size, total)

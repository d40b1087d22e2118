"""
The support desk's grammar: `{"success": true, …}`, `page` and `limit`, camelCase, and moments with
milliseconds.
"""

import datetime as dt
from functools import cache
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from crm.api.kernel.paging import Page, PageNumberField
from crm.api.kernel.queries import Query
from crm.api.kernel.views import DialectView
from crm.api.kernel.words import Row, Word
from crm.api.messaging.errors import MESSAGING, SCHEMA, error_statuses

PAGE_SIZE = 20
LARGEST_PAGE = 100


class MessagingView(DialectView):
    dialect = MESSAGING
    error_schema = SCHEMA
    error_statuses = staticmethod(error_statuses)

    def nothing_asked(self) -> None:
        """Refuses every query parameter of an operation that has none. Raises Unreadable."""
        self.query(Query)


class PageQuery(Query):
    page = PageNumberField(default=1)
    limit = PageNumberField(default=PAGE_SIZE, most=LARGEST_PAGE)


class MessagingPagination(serializers.Serializer):  # type: ignore[type-arg]
    page = serializers.IntegerField()
    limit = serializers.IntegerField()
    total = serializers.IntegerField()
    pages = serializers.IntegerField()


def success(status: int = 200, **parts: Any) -> Response:
    return Response({"success": True, **parts}, status=status)


def success_page(key: str, shown: list[dict[str, Any]], page: Page) -> Response:
    return success(
        **{key: shown},
        pagination={
            "page": page.number,
            "limit": page.size,
            "total": page.total,
            "pages": page.pages,
        },
    )


def _name(name: str) -> str:
    return f"Messaging{name}"


@cache
def answer(name: str, **parts: Any) -> Any:
    """The documented envelope of an answer named `name`."""
    return inline_serializer(_name(name), {"success": serializers.BooleanField(), **parts})


def page_answer(name: str, key: str, words: type[serializers.Serializer[Any]]) -> Any:
    """The documented envelope of a page."""
    return inline_serializer(
        _name(name),
        {
            "success": serializers.BooleanField(),
            key: words(many=True),
            "pagination": MessagingPagination(),
        },
    )


def moment(value: dt.datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds and Z."""
    return (
        None
        if value is None
        else value.astimezone(dt.UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        + "Z"
    )


class MomentWord(Word):
    """A moment, which clients only read."""

    def __init__(self, name: str) -> None:
        super().__init__(name, read_only=True)

    def show(self, row: Row) -> Any:
        return moment(row[self.column])

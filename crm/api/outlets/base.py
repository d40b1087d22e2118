"""
The salon chain's grammar: snake_case, `items`/`total`/`page`/`size`/`pages`, and FastAPI's errors,
422 for every bad value.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.response import Response

from core.errors import Fault, Invalid
from core.tenancy.actor import Actor
from crm.api.kernel.paging import Page, PageNumberField
from crm.api.kernel.queries import Query
from crm.api.kernel.views import DialectView
from crm.api.kernel.words import Unreadable, Words
from crm.api.outlets.errors import OUTLETS, SCHEMA, InvalidParameters, error_statuses

PAGE_SIZE = 20
LARGEST_PAGE = 100


class OutletsView(DialectView):
    dialect = OUTLETS
    error_schema = SCHEMA
    error_statuses = staticmethod(error_statuses)

    def body(self, words: type[Words], *, refuse_read_only: bool = False) -> dict[str, Any]:
        """
        The body in the domain's words. Raises Unreadable, also for what isn't a JSON object, and
        for any query parameter.
        """
        self.query(Query)
        self.words = words
        try:
            data = self.request.data
        except ParseError as error:
            raise Unreadable({"": [Fault("malformed_json", str(error.detail))]}) from error
        if not isinstance(data, dict):
            raise Unreadable(
                {"": [Fault("invalid_object", "Input should be a valid dictionary or object.")]}
            )
        return words.read(data, refuse_read_only=refuse_read_only)

    def handle_exception(self, exc: Exception) -> Response:
        """Where no body was read, the faults are those of parameters."""
        if isinstance(exc, Invalid) and self.words is None:
            exc = InvalidParameters(exc.faults)
        return super().handle_exception(exc)


class PageQuery(Query):
    page = PageNumberField(default=1)
    size = PageNumberField(default=PAGE_SIZE, most=LARGEST_PAGE)


class OutletsPageNumbers(serializers.Serializer):  # type: ignore[type-arg]
    """The numbers of a page, as both lists of this API show them."""

    total = serializers.IntegerField()
    page = serializers.IntegerField()
    size = serializers.IntegerField()
    pages = serializers.IntegerField()


def numbers(page: Page) -> dict[str, int]:
    return {"total": page.total, "page": page.number, "size": page.size, "pages": page.pages}


def zone(actor: Actor) -> str:
    """The time zone that days in parameters are of."""
    return actor.organization.time_zone

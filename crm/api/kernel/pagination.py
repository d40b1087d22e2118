"""
Page numbers and sizes as clients write them; the pages themselves are `core.paging`'s: exact
totals, and rows fetched by a subquery of their ids.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import Fault
from core.paging import FARTHEST, ResultPage, page_of
from crm.api.kernel.queries import WholeNumberField
from crm.api.kernel.serializers import faults_of


class PageNumberField(WholeNumberField):
    """
    A page or page size: from 1; sizes above the maximum are cut to it, and no page is farther than
    a client can count.
    """

    def __init__(self, *, most: int | None = None, **options: Any) -> None:
        super().__init__(min_value=1, required=False, **options)
        self.most = most

    def to_internal_value(self, data: Any) -> int:
        value = super().to_internal_value(data)
        return min(value, self.most or FARTHEST)


class DomainPagination(BasePagination):
    """
    A dialect's pages: it names the parameters, the sizes and the envelope.

    The view says the `ordering`, and in `unknown_last` the text column of which rows without a text
    come last.
    """

    page_query_param: ClassVar[str] = "page"
    page_size_query_param: ClassVar[str]
    page_size: ClassVar[int]
    max_page_size: ClassVar[int]
    error_messages: ClassVar[Mapping[str, str]] = {}

    number: int
    size: int
    page: ResultPage

    @classmethod
    @cache
    def get_fields(cls) -> dict[str, PageNumberField]:
        """The parameters, as fields."""
        said = {"error_messages": dict(cls.error_messages)}
        size = PageNumberField(default=cls.page_size, most=cls.max_page_size, **said)
        return {
            cls.page_query_param: PageNumberField(default=1, **said),
            cls.page_size_query_param: size,
        }

    def read(self, params: Mapping[str, str]) -> dict[str, list[Fault]]:
        """Takes the page asked for, empty being none; answers what is wrong with each parameter."""
        values, faults = [], {}
        for name, field in self.get_fields().items():
            try:
                values.append(field.run_validation(params.get(name) or field.default))
            except serializers.ValidationError as error:
                faults |= faults_of({name: error.detail})
        if not faults:
            self.number, self.size = values
        return faults

    def paginate_queryset(
        self, queryset: "QuerySet[Any]", request: Request, view: Any = None
    ) -> list[dict[str, Any]]:
        serializer_class = view.get_serializer_class()
        self.page = page_of(
            queryset,
            order=view.get_ordering(),
            columns=serializer_class.columns(),
            computed=serializer_class.computed,
            number=self.number,
            size=self.size,
            unknown_last=view.unknown_last,
        )
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response(self.get_envelope(data))

    def get_envelope(self, shown: Sequence[Any]) -> dict[str, Any]:
        """The documented object around a page's rows."""
        raise NotImplementedError

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "default": field.default},
            }
            for name, field in self.get_fields().items()
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError


def object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object that has all of these keys."""
    return {"type": "object", "required": list(properties), "properties": properties}

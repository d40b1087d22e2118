"""Pages of 50, at most 100, in `{"data": [], "pagination": {}}`."""

from collections.abc import Sequence
from typing import Any

from crm.api.kernel.pagination import DomainPagination, object_schema

_NUMBER = {"type": "integer"}
_TRUTH = {"type": "boolean"}


class RoofingPagination(DomainPagination):
    page_size_query_param = "per_page"
    page_size = 50
    max_page_size = 100

    def get_envelope(self, shown: Sequence[Any]) -> dict[str, Any]:
        page = self.page
        return {
            "data": shown,
            "pagination": {
                "page": page.number,
                "per_page": page.size,
                "total": page.total,
                "total_pages": page.pages,
                "has_next": page.number < page.pages,
                "has_prev": page.number > 1,
            },
        }

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        numbers = dict.fromkeys(("page", "per_page", "total", "total_pages"), _NUMBER)
        pagination = numbers | dict.fromkeys(("has_next", "has_prev"), _TRUTH)
        return object_schema({"data": schema, "pagination": object_schema(pagination)})

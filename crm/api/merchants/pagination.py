"""Pages of 50, their numbers in camelCase."""

from collections.abc import Sequence
from typing import Any

from crm.api.kernel.pagination import DomainPagination, object_schema


class MerchantPagination(DomainPagination):
    page_size_query_param = "pageSize"
    page_size = 50
    max_page_size = 200
    error_messages = {
        "min_value": "must not be less than {min_value}",
        "invalid": "must be an integer number",
    }

    def get_envelope(self, shown: Sequence[Any]) -> dict[str, Any]:
        return {
            "customers": shown,
            "pagination": {
                "page": self.page.number,
                "pageSize": self.page.size,
                "totalCount": self.page.total,
                "totalPages": self.page.pages,
            },
        }

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        names = ("page", "pageSize", "totalCount", "totalPages")
        numbers = object_schema({name: {"type": "integer"} for name in names})
        return object_schema({"customers": schema, "pagination": numbers})

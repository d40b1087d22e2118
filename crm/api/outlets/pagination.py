"""Pages of 20: customers beside the numbers of their page, appointments with statistics."""

from collections.abc import Sequence
from typing import Any

from crm.api.kernel.pagination import DomainPagination, object_schema

_INTEGER = {"type": "integer"}
_NUMBERS = dict.fromkeys(("total", "page", "size", "pages"), _INTEGER)


class OutletsPagination(DomainPagination):
    page_size_query_param = "size"
    page_size = 20
    max_page_size = 100

    def get_numbers(self) -> dict[str, int]:
        page = self.page
        return {"total": page.total, "page": page.number, "size": page.size, "pages": page.pages}

    def get_envelope(self, shown: Sequence[Any]) -> dict[str, Any]:
        return {"items": shown, **self.get_numbers()}

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return object_schema({"items": schema, **_NUMBERS})


class AppointmentPagination(OutletsPagination):
    """A customer's appointments; the view counts all of them in `statistics`."""

    counts = ("total_appointments", "completed", "cancelled", "no_show", "upcoming")
    statistics: dict[str, int]

    def get_envelope(self, shown: Sequence[Any]) -> dict[str, Any]:
        pagination = self.get_numbers()
        return {"appointments": shown, "statistics": self.statistics, "pagination": pagination}

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        statistics = object_schema(dict.fromkeys(self.counts, _INTEGER))
        parts = {"statistics": statistics, "pagination": object_schema(_NUMBERS)}
        return object_schema({"appointments": schema, **parts})

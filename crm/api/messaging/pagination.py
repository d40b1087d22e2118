"""Pages of 20, in `{"success": true, …, "pagination": {}}`."""

from collections.abc import Sequence
from typing import Any, ClassVar

from crm.api.kernel.pagination import DomainPagination, object_schema

_NUMBERS = {name: {"type": "integer"} for name in ("page", "limit", "total", "pages")}


class MessagingPagination(DomainPagination):
    page_size_query_param = "limit"
    page_size = 20
    max_page_size = 100
    key: ClassVar[str] = "customers"
    """Under which the rows stand."""

    def get_envelope(self, shown: Sequence[Any]) -> dict[str, Any]:
        page = self.page
        pagination = {"page": page.number, "limit": page.size, "total": page.total}
        return {
            "success": True,
            self.key: shown,
            "pagination": pagination | {"pages": page.pages},
        }

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        parts = {"success": {"type": "boolean"}, self.key: schema}
        return object_schema({**parts, "pagination": object_schema(_NUMBERS)})


class ConversationPagination(MessagingPagination):
    key = "conversations"


class MessagePagination(MessagingPagination):
    key = "messages"

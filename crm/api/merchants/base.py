"""The merchants' API's grammar: API keys alone, snake_case objects, camelCase pages of 50."""

from typing import Any

from rest_framework import serializers

from crm.api.kernel import credentials
from crm.api.kernel.paging import Page
from crm.api.kernel.views import DialectView
from crm.api.merchants.errors import MERCHANTS, SCHEMA, error_statuses

PAGE_SIZE = 50
LARGEST_PAGE = 200


class MerchantView(DialectView):
    dialect = MERCHANTS
    credentials = (credentials.api_key,)
    error_schema = SCHEMA
    error_statuses = staticmethod(error_statuses)

    def get_authenticate_header(self, request: Any) -> str:
        return 'ApiKey realm="crm"'


class MerchantPagination(serializers.Serializer):  # type: ignore[type-arg]
    page = serializers.IntegerField()
    pageSize = serializers.IntegerField()
    totalCount = serializers.IntegerField()
    totalPages = serializers.IntegerField()


def pagination(page: Page) -> dict[str, int]:
    return {
        "page": page.number,
        "pageSize": page.size,
        "totalCount": page.total,
        "totalPages": page.pages,
    }

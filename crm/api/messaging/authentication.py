"""A token in the address, for downloads that a browser opens."""

from rest_framework.request import Request

from core.tenancy.keys import is_key
from crm.api.kernel.authentication import ApiKeyAuthentication, BearerAuthentication
from crm.api.kernel.schema import SECURITY_SCHEMES, ApiKeyScheme, BearerScheme


class QueryTokenAuthentication(BearerAuthentication):
    """`?token=<access token>`; it is never logged (`crm.logs`)."""

    def get_header(self, request: Request) -> bytes:  # type: ignore[override]
        token = request.query_params.get("token")
        return b"" if token is None else f"Bearer {token}".encode()


class QueryKeyAuthentication(ApiKeyAuthentication):
    """`?token=<API key>`."""

    def get_key(self, request: Request) -> str | None:
        token = request.query_params.get("token", "")
        return token if is_key(token) else None


class QueryTokenScheme(BearerScheme):
    target_class = QueryTokenAuthentication
    name, definition = SECURITY_SCHEMES["query_token"]


class QueryKeyScheme(ApiKeyScheme):
    target_class = QueryKeyAuthentication
    name, definition = SECURITY_SCHEMES["query_token"]

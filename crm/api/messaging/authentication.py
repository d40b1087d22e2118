"""A token in the address, for downloads that a browser opens."""

from typing import Any

from rest_framework.request import Request

from core.tenancy.keys import is_key
from crm.api.kernel.authentication import ApiKeyAuthentication, BearerAuthentication
from crm.api.kernel.schema import SECURITY_SCHEMES, BearerScheme


class QueryKeyAuthentication(ApiKeyAuthentication):
    """`?token=<API key>`."""

    def get_key(self, request: Request) -> str | None:
        token: str = request.query_params.get("token", "")
        return token if is_key(token) else None


class QueryTokenAuthentication(BearerAuthentication):
    """
    `?token=`, an access token or, as for any bearer, an API key; it is never logged (`crm.logs`).
    """

    def get_header(self, request: Request) -> bytes:  # type: ignore[override]
        token = request.query_params.get("token")
        return b"" if token is None else f"Bearer {token}".encode()

    def authenticate(self, request: Request) -> Any:
        return super().authenticate(request) or QueryKeyAuthentication().authenticate(request)


class QueryTokenScheme(BearerScheme):
    target_class = QueryTokenAuthentication
    name, definition = SECURITY_SCHEMES["query_token"]

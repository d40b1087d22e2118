"""A token in the address, for downloads that a browser opens."""

from rest_framework.request import Request

from crm.api.kernel.authentication import BearerAuthentication
from crm.api.kernel.schema import SECURITY_SCHEMES, BearerScheme


class QueryTokenAuthentication(BearerAuthentication):
    """`?token=<access token>`; it is never logged (`crm.logs`)."""

    def get_header(self, request: Request) -> bytes:  # type: ignore[override]
        token = request.query_params.get("token")
        return b"" if token is None else f"Bearer {token}".encode()


class QueryTokenScheme(BearerScheme):
    target_class = QueryTokenAuthentication
    name, definition = SECURITY_SCHEMES["query_token"]

"""Whatever else is asked for under a dialect's prefix: a 404 in its shape, signed in or not."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import NotFound
from crm.api.kernel.exceptions import Dialect
from crm.api.kernel.viewsets import DialectAPIView
from crm.api.registry import dialect_of
from crm.api.roofing.exceptions import ROOFING


class UnknownPath(DialectAPIView):
    authentication_classes = permission_classes = throttle_classes = ()
    schema = None

    @property
    def dialect(self) -> Dialect:  # type: ignore[override]
        return dialect_of(self.request.path) or ROOFING

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("Resource")

    def get(self, request: Request) -> Response:
        raise NotFound("Resource")

"""Whatever else is asked for under a dialect's prefix: a 404 in its shape, signed in or not."""

from typing import Any

from rest_framework.response import Response

from core.errors import NotFound
from crm.api.kernel.views import DialectView
from crm.api.registry import dialect_of
from crm.api.roofing.errors import ROOFING


class UnknownPath(DialectView):
    credentials = ()
    schema = None

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.dialect = dialect_of(request.path) or ROOFING  # type: ignore[misc]
        raise NotFound("Resource")

    def get(self, request: Any) -> Response:
        raise NotFound("Resource")

"""
The OpenAPI documents, one for all and one a dialect, and pages to browse them, all served from
here.
"""

from importlib import import_module
from typing import Any

from django.http import HttpResponse, JsonResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import NotFound
from crm.api.kernel.exceptions import domain_error_of
from crm.api.registry import DIALECTS
from crm.api.roofing.exceptions import ROOFING

_METHODS = ("get", "post", "put", "patch", "delete")


def document(dialect: str = "") -> dict[str, Any]:
    """The OpenAPI 3.1 document of one dialect, or of all. Raises NotFound."""
    if dialect and dialect not in DIALECTS:
        raise NotFound("Resource", dialect)
    patterns = import_module(f"crm.api.{dialect}.urls").urlpatterns if dialect else None
    schema: dict[str, Any] = SchemaGenerator(patterns=patterns).get_schema(
        request=None, public=True
    )  # type: ignore[no-untyped-call]
    # the methods of viewsets come as a set, in whatever order
    schema["paths"] = {
        path: {method: methods[method] for method in _METHODS if method in methods}
        for path, methods in schema["paths"].items()
    }
    if dialect:
        schema["info"]["title"] = f"CRM: {DIALECTS[dialect]}"
    return schema


class PlainJson(OpenApiJsonRenderer):
    media_type = "application/json"


class AnyAccept(DefaultContentNegotiation):
    """What the client prefers of YAML and JSON, else YAML."""

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type


class Described(APIView):
    """Open to all; what goes wrong is told as the native API does."""

    authentication_classes = permission_classes = throttle_classes = ()
    schema = None

    def options(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Which methods the path has, in Allow."""
        return HttpResponse(status=204)

    def handle_exception(self, exc: Exception) -> Any:
        error = domain_error_of(exc)
        if error is None:
            return super().handle_exception(exc)
        status, body = ROOFING.describe(error, str, "")
        return JsonResponse(body, status=status)


class SchemaView(Described):
    """The document, as YAML or (`Accept: application/json`) JSON."""

    renderer_classes = [OpenApiYamlRenderer, OpenApiJsonRenderer, PlainJson]
    content_negotiation_class = AnyAccept

    def get(self, request: Any, dialect: str = "") -> Response:
        return Response(document(dialect))


class Docs(Described, SpectacularSwaggerSplitView):
    """The documents to browse, without anything from another host."""

    renderer_classes = [TemplateHTMLRenderer]
    url_name = "schema"

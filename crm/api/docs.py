"""The OpenAPI documents, one for all and one a dialect, and pages to browse them, all served from here."""

from importlib import import_module
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import NotFound
from crm.api.registry import DIALECTS


def document(dialect: str = "") -> dict[str, Any]:
    """The OpenAPI 3.1 document of one dialect, or of all. Raises NotFound."""
    if dialect and dialect not in DIALECTS:
        raise NotFound("Resource", dialect)
    patterns = import_module(f"crm.api.{dialect}.urls").urlpatterns if dialect else None
    schema: dict[str, Any] = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    if dialect:
        schema["info"]["title"] = f"CRM: {DIALECTS[dialect]}"
    return schema


class Schema(APIView):
    """The document, as YAML or (`Accept: application/json`) JSON. Open to all."""

    authentication_classes = ()
    renderer_classes = [OpenApiYamlRenderer, OpenApiJsonRenderer]
    content_negotiation_class = DefaultContentNegotiation
    schema = None

    def get(self, request: Any, dialect: str = "") -> Response:
        return Response(document(dialect))

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, NotFound):
            return Response({"error": exc.message}, status=404)
        return super().handle_exception(exc)


class Docs(SpectacularSwaggerSplitView):
    """The documents to browse, without anything from another host."""

    authentication_classes = ()
    renderer_classes = [TemplateHTMLRenderer]
    url_name = "schema"
    schema = None

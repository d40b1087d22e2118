"""
OpenAPI 3.1 from the views' own declarations: a field's schema is its model's, an error's its
dialect's.
"""

from collections.abc import Mapping
from inspect import cleandoc
from typing import Any

from django.db import models
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

from core.fields import OpenChoiceField, PhoneField
from crm.api.kernel.authentication import ApiKeyAuthentication, BearerAuthentication
from crm.api.kernel.filters import open_list, schema_of_filter
from crm.api.kernel.serializers import DomainField, DomainSerializer, RequestSerializer
from crm.api.kernel.viewsets import DialectViewSet

_TYPES: list[tuple[type, dict[str, Any]]] = [
    (models.UUIDField, {"type": "string", "format": "uuid"}),
    (models.ForeignKey, {"type": "string", "format": "uuid"}),
    (models.BooleanField, {"type": "boolean"}),
    (models.IntegerField, {"type": "integer"}),
    (models.DecimalField, {"type": "number"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.TimeField, {"type": "string", "format": "time"}),
    (models.EmailField, {"type": "string", "format": "email"}),
    (models.URLField, {"type": "string", "format": "uri"}),
    (models.CharField, {"type": "string"}),
    (models.TextField, {"type": "string"}),
]


def schema_of(field: "models.Field[Any, Any]", *, answer: bool) -> dict[str, Any]:
    """
    The JSON schema of a model's field, as it is answered or as it may be sent: a reference by
    another system's id, too, where its model keeps these.
    """
    schema: dict[str, Any] = next(
        (dict(found) for kind, found in _TYPES if isinstance(field, kind)), {}
    )
    related = field.related_model if isinstance(field, models.ForeignKey) else None
    if not answer and hasattr(related, "EXTERNAL_ID"):
        schema = {"type": "string"}
    text = isinstance(field, models.CharField | models.TextField)
    # a phone may be sent with words and an extension around it
    if not answer and text and field.max_length and not isinstance(field, PhoneField):
        schema["maxLength"] = field.max_length
    if isinstance(field, OpenChoiceField):
        schema |= open_list(field.words)
    if field.choices:
        schema["enum"] = [str(value) for value, _ in field.flatchoices]
    if isinstance(
        field,
        models.PositiveIntegerField
        | models.PositiveSmallIntegerField
        | models.PositiveBigIntegerField,
    ):
        schema["minimum"] = 0
    # `validators` adds the ranges of whichever database is in use
    for validator in field._validators:  # type: ignore[attr-defined]
        limit, code = getattr(validator, "limit_value", None), getattr(validator, "code", "")
        if code in ("min_value", "max_value") and isinstance(limit, int):
            schema["minimum" if code == "min_value" else "maximum"] = limit
    if isinstance(field, models.JSONField):
        schema = {"type": "object" if field.default is dict else "array"}
        schema |= (
            {"items": {"type": "string"}}
            if schema["type"] == "array"
            else {"additionalProperties": True}
        )
    return nullable(schema) if field.null or (text and field.blank) else schema


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, or null."""
    both = {**schema, "type": [schema["type"], "null"]}
    return {**both, "enum": [*schema["enum"], None]} if "enum" in schema else both


class DomainFieldExtension(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = DomainField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        field: DomainField = self.target
        if field.schema is not None:
            return field.schema
        model_field = field.parent.Meta.model._meta.get_field(field.source)
        return schema_of(model_field, answer=direction == "response")


SECURITY_SCHEMES: dict[str, tuple[str, dict[str, Any]]] = {
    "bearer": (
        "bearer",
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token, as signing in gives; or an API key",
        },
    ),
    "query_token": (
        "token",
        {
            "type": "apiKey",
            "in": "query",
            "name": "token",
            "description": "An access token or API key, for downloads alone",
        },
    ),
    "api_key": (
        "apiKey",
        {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "A key of one environment; taken as a bearer token, too",
        },
    ),
}
"""Name of a credential → name and description of its scheme."""


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    priority = 1  # before simplejwt's own
    name, definition = SECURITY_SCHEMES["bearer"]

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return self.definition


class ApiKeyScheme(BearerScheme):
    target_class = ApiKeyAuthentication
    name, definition = SECURITY_SCHEMES["api_key"]


HEADERS = {
    name: OpenApiParameter(name, {"type": "string"}, OpenApiParameter.HEADER, description=text)
    for name, text in {
        "X-Organization": (
            "Id or slug of the organization to work in; another than one's own for super admins "
            "alone"
        ),
        "Prefer": "`handling=strict` or `handling=lenient` with what is unknown (RFC 7240)",
        "If-Match": "The ETag that the record must still have; otherwise 412",
        "Idempotency-Key": (
            "1 to 255 printable characters; the same key and body are answered once and replayed"
        ),
    }.items()
}


def preferring(own: Mapping[str, str]) -> OpenApiParameter:
    """The header of an operation that has preferences of its `own`: what each means."""
    meanings = "".join(f"; `{preference}`: {meaning}" for preference, meaning in own.items())
    return OpenApiParameter(
        "Prefer",
        {"type": "string"},
        OpenApiParameter.HEADER,
        description=f"{HEADERS['Prefer'].description}{meanings}",
    )


PREFERENCE_APPLIED = OpenApiParameter(
    "Preference-Applied",
    {"type": "string"},
    OpenApiParameter.HEADER,
    response=["201", "409"],
    description="The preferences that were heeded (RFC 7240)",
)

IGNORED = OpenApiParameter(
    "X-Ignored",
    {"type": "string"},
    OpenApiParameter.HEADER,
    response=["200", "201", "207"],
    description="Names of keys and parameters that have said nothing, percent-encoded",
)


class Schema(AutoSchema):
    """What all operations of all dialects share."""

    def get_tags(self) -> list[str]:
        tags: list[str] = getattr(self.view, "tags", None) or [self.view.dialect.name]
        return tags

    def get_operation_id(self) -> str:
        """`list_customers`, `read_customer`, …; of an action of its own `restore_customer`."""
        view = self.view
        if not isinstance(view, DialectViewSet):
            return str(super().get_operation_id())
        noun = view.noun.lower().replace(" ", "_")
        verb = _VERBS.get(str(view.action), str(view.action))
        return f"{view.dialect.operation_prefix}{verb}_{noun}{'s' * (verb == 'list')}"

    def get_request_serializer(self) -> Any:
        if isinstance(self.view, DialectViewSet):
            return self.view.get_input_serializer_class()
        return super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        view = self.view
        if not isinstance(view, DialectViewSet) or view.action == "list":
            return super().get_response_serializers()
        if view.action == "destroy":
            return view.destroy_serializer_class
        return view.get_answer_serializer()

    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"

    def _map_serializer(
        self, serializer: Any, direction: Any, bypass_extensions: bool = False
    ) -> Any:
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        if isinstance(serializer, DomainSerializer) and direction == "response":
            schema["required"] = list(schema.get("properties", {}))
        bases = (DomainSerializer, RequestSerializer)
        if schema.get("description") in [cleandoc(base.__doc__ or "") for base in bases]:
            del schema["description"]  # which says nothing of this object
        return schema

    def get_summary(self) -> str:
        """The operation's id as words."""
        return str(self.get_operation_id()).replace("_", " ").capitalize()

    def get_auth(self) -> list[dict[str, Any]]:
        """What the view's credentials take; a view without any needs nothing."""
        return super().get_auth() or [{}]

    def get_override_parameters(self) -> list[Any]:
        """The headers that operations of this kind take."""
        if isinstance(self.view, DialectViewSet):
            return self._viewset_parameters(self.view)
        return list(super().get_override_parameters())

    def _viewset_parameters(self, view: DialectViewSet) -> list[Any]:
        people = BearerAuthentication in view.authentication_classes
        names = ["X-Organization"] if people else []
        names.append("Prefer")
        names += [name for name, some in view.documented_headers.items() if view.action in some]
        query = view.query_serializers.get(str(view.action))
        headers = [HEADERS[name] for name in names]
        if own := view.documented_preferences.get(str(view.action)):
            headers[names.index("Prefer")] = preferring(own)
            headers.append(PREFERENCE_APPLIED)
        return [*super().get_override_parameters(), *([query] if query else []), *headers, IGNORED]

    def _get_paginator(self) -> Any:
        paged = (
            isinstance(self.view, DialectViewSet) and self.view.action in self.view.paged_actions
        )
        return super()._get_paginator() if paged else None

    def _get_filter_parameters(self) -> list[dict[str, Any]]:
        view = self.view
        if not isinstance(view, DialectViewSet) or view.action not in view.filtered_actions:
            return []
        filterset_class = view.filterset_class
        if filterset_class is None:
            return []
        return [
            {"name": name, "in": "query", "schema": schema_of_filter(kind)}
            for name, kind in filterset_class.base_filters.items()
        ]

    _shows_examples = False

    def _get_examples(self, *args: Any, **kwargs: Any) -> Any:
        """As given: the generator would put each example of a list into a list of its own."""
        self._shows_examples = True
        try:
            return super()._get_examples(*args, **kwargs)
        finally:
            self._shows_examples = False

    def _is_list_view(self, serializer: Any = None) -> bool:
        return not self._shows_examples and bool(super()._is_list_view(serializer))

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        declared = self.get_response_serializers()
        # a 200 like any other, not a 204
        if self.method == "DELETE" and declared is not None and not isinstance(declared, dict):
            bodies = {"200": self._get_response_for_code(declared, "200", direction=direction)}
        errors = self.view.dialect.error_examples
        if errors and direction == "response":
            more = getattr(self.view, "error_examples", {})
            for status, example in {**errors(self.method), **more}.items():
                bodies.setdefault(str(status), self._error_body(status, example))
        return bodies

    def get_description(self) -> str:
        """The method's own words, or the view's own; never a base class's."""
        view = self.view
        if isinstance(view, DialectViewSet):
            return cleandoc(getattr(view, str(view.action)).__doc__ or "")
        own = getattr(getattr(view, self.method.lower(), None), "__doc__", None)
        return cleandoc(own or vars(type(view)).get("__doc__") or "")

    def _error_body(self, status: int, example: Any) -> Any:
        name = self.view.dialect.name.capitalize()
        described: Any = self.view.dialect.error_schema
        error = ResolvedComponent(
            f"{name}Error", ResolvedComponent.SCHEMA, described, f"{name}Error"
        )
        self.registry.register_on_missing(error)
        answer = {
            "description": _REASONS[status],
            "content": {
                "application/json": {
                    "schema": error.ref,
                    "examples": {"Documented": {"value": example}},
                }
            },
        }
        component = ResolvedComponent(
            f"{name}Error{status}", ResolvedComponent.RESPONSE, answer, f"{name}Error{status}"
        )
        self.registry.register_on_missing(component)
        return component.ref


_VERBS = {"retrieve": "read", "partial_update": "patch", "destroy": "delete"}
"""DRF's name of an action → the verb of its operation id, where that is another."""

_REASONS = {
    400: "The request is malformed or a value breaks a rule",
    401: "No valid credential",
    403: "The role or scopes do not permit this",
    404: "Not found among the rows that the credential may see",
    405: "The path has no such method",
    409: "In conflict with another row or an earlier request",
    410: "It is no longer there",
    411: "The body's length is not known",
    412: "A precondition (If-Match, If-None-Match) doesn't hold",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A value breaks a rule",
    429: "The allowance is used up",
    500: "A defect or an outage",
}

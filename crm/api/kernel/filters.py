"""The query parameters of lists: a domain's FilterSet beside the list's own."""

from typing import Any

from django_filters import Filter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from core import filters


def schema_of_filter(kind: Filter, *, may_be_blank: bool = False) -> dict[str, Any]:
    """The JSON schema of a filter's parameter."""
    if own := getattr(kind, "schema", None):
        return dict(own)
    if isinstance(kind, filters.BooleanFilter):
        return {"type": "boolean"}
    if isinstance(kind, filters.ChoiceFilter):
        return {"type": "string", "enum": filters.permitted(kind.field.choices)}
    if isinstance(kind, filters.UUIDFilter):
        return {"type": "string", "format": "uuid"}
    if isinstance(kind, filters.AmountFilter):
        limit = 10 ** (kind.extra["max_digits"] - kind.extra["decimal_places"])
        bounds = {"exclusiveMaximum": limit, "exclusiveMinimum": -limit}
        return {"type": "number", "format": "double", **bounds}
    limits = {"minLength": 0 if may_be_blank else 1, "maxLength": kind.extra.get("max_length")}
    return {"type": "string"} | {name: limit for name, limit in limits.items() if limit}


class ConditionsFilterBackend(DjangoFilterBackend):
    """
    Reads a list's parameters into the view's filterset. Its conditions are applied by the selector,
    which asks for the permissions that some of them take.
    """

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        given = request.query_params.copy()
        for name in given.keys() - view.filterset_class.base_filters.keys():
            del given[name]
        zone = request.auth.organization.time_zone
        return {"data": given, "queryset": queryset, "request": request, "time_zone": zone}

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return queryset

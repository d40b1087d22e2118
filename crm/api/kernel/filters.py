"""The query parameters of lists: a domain's FilterSet beside the list's own."""

from typing import Any

from django_filters import Filter
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from core import filters
from core.errors import Fault
from core.filters import Conditions, ConditionsFilterSet
from crm.api.kernel.views import read_query
from crm.api.kernel.words import Unreadable


def read_list(
    params: Any,
    query: type[BaseSerializer[Any]],
    filterset_class: type[ConditionsFilterSet[Any]],
    *,
    time_zone: str,
) -> tuple[dict[str, Any], Any]:
    """
    The list's own parameters, and the conditions of the others. Raises Unreadable naming every bad
    or unknown one.
    """
    own = {name: params[name] for name in params if name not in filterset_class.base_filters}
    filterset = filterset_class(params, time_zone=time_zone, other_parameters=own)
    values: dict[str, Any] = {}
    faults: dict[str, list[Fault]] = {}
    try:
        values = read_query(own, query)
    except Unreadable as error:
        faults |= error.faults
    if faults := faults | filterset.faults:
        raise Unreadable(faults)
    wanted: Conditions = filterset.conditions
    return values, wanted


def filter_parameters(filterset_class: type[ConditionsFilterSet[Any]]) -> list[OpenApiParameter]:
    """How the schema describes a FilterSet's parameters."""
    kinds = filterset_class.base_filters.items()
    return [OpenApiParameter(name, schema_of_filter(kind)) for name, kind in kinds]


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

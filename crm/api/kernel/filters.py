"""The query parameters of lists: a domain's FilterSet beside the list's own."""

from collections.abc import Mapping
from typing import Any

from django_filters import Filter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from core import filters
from core.choices import SLUG, OpenChoices
from core.tenancy.actor import Actor
from customers.filters import CustomerIdFilter
from customers.selectors.lookup import (
    ids_by_external_id,
    ids_of_others,
    parse_customer_id,
)


def schema_of_filter(kind: Filter) -> dict[str, Any]:
    """The JSON schema of a filter's parameter."""
    if own := getattr(kind, "schema", None):
        return dict(own)
    if isinstance(kind, filters.BooleanFilter):
        return {"type": "boolean"}
    if isinstance(kind, filters.ChoiceFilter):
        return {"type": "string", "enum": filters.permitted(kind.field.choices)}
    if isinstance(kind, CustomerIdFilter):
        return {"type": "string"}
    if isinstance(kind, filters.OpenChoiceFilter):
        return open_list(kind.choices)
    if isinstance(kind, filters.UUIDFilter):
        return {"type": "string", "format": "uuid"}
    if isinstance(kind, filters.AmountFilter):
        limit = 10 ** (kind.extra["max_digits"] - kind.extra["decimal_places"])
        bounds = {"exclusiveMaximum": limit, "exclusiveMinimum": -limit}
        return {"type": "number", "format": "double", **bounds}
    longest = kind.extra.get("max_length")
    return {"type": "string"} | ({"maxLength": longest} if longest else {})


def our_ids(
    given: Mapping[str, Any],
    filterset_class: type[filters.ConditionsFilterSet[Any]],
    *,
    actor: Actor,
    ours: bool,
) -> dict[str, str]:
    """
    Those parameters that name a customer as another system does, or by the id of one who was merged
    → our id. What is one of `ours` in form is looked for only if that is wanted: as long as it
    finds rows there is no need.
    """
    texts = {
        name: given[name]
        for name, kind in filterset_class.base_filters.items()
        if isinstance(kind, CustomerIdFilter) and isinstance(given.get(name), str)
    }
    others = {name: text for name, text in texts.items() if ours or parse_customer_id(text) is None}
    find = ids_of_others if ours else ids_by_external_id
    found = find(actor=actor, texts=others.values())
    return {name: str(found[text]) for name, text in others.items() if text in found}


def open_list(words: type[OpenChoices]) -> dict[str, Any]:
    """The JSON schema of a value of an open list, with those that stand there from the first."""
    return {"type": "string", "pattern": f"^{SLUG.pattern}$", "examples": words.values}


class ConditionsFilterBackend(DjangoFilterBackend):
    """
    Reads a list's parameters into the view's filterset. Its conditions are applied by the selector,
    which asks for the permissions that some of them take.
    """

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        given = request.query_params.copy()
        for name in given.keys() - view.filterset_class.base_filters.keys():
            del given[name]
        for name, key in our_ids(
            given, view.filterset_class, actor=request.auth, ours=view.looks_again
        ).items():
            given[name] = key
        zone = request.auth.organization.time_zone
        return {"data": given, "queryset": queryset, "request": request, "time_zone": zone}

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        return queryset

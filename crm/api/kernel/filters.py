"""
django-filter's sets read as strictly as everything else: what a filter can't understand is refused,
naming what it takes.
"""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django_filters import FilterSet

from core.errors import Fault, Invalid
from core.ids import parse_id

_BOOLEANS = {"true": "true", "1": "true", "false": "false", "0": "false"}


def understood(filters: type[FilterSet], params: Mapping[str, Any]) -> dict[str, Any]:
    """
    The conditions that the parameters mean: filter → value. Raises Invalid naming every parameter
    that isn't understood.
    """
    faults: dict[str, list[Fault]] = {}
    values: dict[str, Any] = {}
    for name, raw in params.items():
        kind = filters.base_filters.get(name)
        try:
            if kind is None:
                raise Invalid.one("", "unknown", "Unknown parameter.")
            values[name] = kind.field.clean(_value(kind, raw))
        except Invalid as invalid:
            faults[name] = invalid.faults[""]
        except ValidationError as error:
            faults[name] = [Fault("invalid", message) for message in error.messages]
    if faults:
        raise Invalid(faults)
    return values


def _value(kind: django_filters.Filter, given: Any) -> str:
    if not isinstance(given, str | bool):
        raise Invalid.one("", "invalid_type", "Must be a string.")
    raw = str(given).strip()
    if raw == "":
        raise Invalid.one("", "blank", "This parameter may not be blank.")
    if isinstance(kind, django_filters.BooleanFilter):
        if raw.lower() not in _BOOLEANS:
            raise Invalid.one("", "invalid_boolean", "Must be true or false.")
        return _BOOLEANS[raw.lower()]
    if isinstance(kind, django_filters.ChoiceFilter):
        permitted = permitted_by(kind)
        if raw not in permitted:
            raise Invalid.one(
                "", "invalid_choice", f"“{raw}” is not one of: {', '.join(permitted)}."
            )
    if isinstance(kind, django_filters.UUIDFilter) and parse_id(raw) is None:
        raise Invalid.one("", "invalid_id", "Must be a valid UUID.")
    return raw


def permitted_by(kind: django_filters.ChoiceFilter) -> list[str]:
    choices = kind.extra["choices"]
    return [
        str(value) for value in getattr(choices, "values", None) or [value for value, _ in choices]
    ]


def schema_of_filter(kind: django_filters.Filter) -> dict[str, Any]:
    """The JSON schema of a filter's parameter."""
    if isinstance(kind, django_filters.BooleanFilter):
        return {"type": "boolean"}
    if isinstance(kind, django_filters.ChoiceFilter):
        return {"type": "string", "enum": permitted_by(kind)}
    if isinstance(kind, django_filters.UUIDFilter):
        return {"type": "string", "format": "uuid"}
    return {"type": "string", "minLength": 1}

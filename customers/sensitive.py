"""
Custom fields that an organization calls sensitive. Their values stand encrypted in a column of
their own (`sensitive_values`); among the custom fields a mask stands in their place. Whoever reads
custom fields and does nothing more sees the mask: lists, files, webhooks, audit, search.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError

from core.cleaning import is_equal
from core.encryption import MASK
from core.errors import Invalid
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models.customer import check_custom_fields

Values = Mapping[str, Any]


def conceal(
    values: Values, *, names: Collection[str], stored: Values
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Custom fields as somebody gave them → those that are shown, and the sensitive ones (`names`).

    A mask that comes back is the value that is `stored`. Raises Invalid for one that stands for
    none, and where the whole is too large.
    """
    given = {
        name: stored[name] if value == MASK and name in stored else value
        for name, value in values.items()
    }
    for name in names:
        if given.get(name) == MASK:
            raise Invalid.one(
                "custom_fields", "masked", f"{name}: this hides a value that isn't here; write it."
            )
    if given != values:
        _refuse_too_large(given)
    return split(given, names)


def split(values: Values, names: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Whole custom fields → those that are shown, and the sensitive ones (`names`)."""
    hidden = {name: values[name] for name in names if values.get(name) not in (None, "")}
    return {name: MASK if name in hidden else value for name, value in values.items()}, hidden


def reveal(shown: Values, hidden: Values) -> dict[str, Any]:
    """Custom fields whole, in their order."""
    return {name: hidden.get(name, value) for name, value in shown.items()}


def custom_fields_for(actor: Actor, row: Values) -> Values:
    """What the actor may see of a row's custom fields."""
    shown: Values = row["custom_fields"]
    if not row["sensitive_values"] or not actor.may(Permission.VIEW_SENSITIVE):
        return shown
    return reveal(shown, row["sensitive_values"])


def changed_names(before: Values, after: Values) -> list[str]:
    """The sensitive fields that are other than before; their values are nobody's to read."""
    names: Iterable[str] = before.keys() | after.keys()
    return sorted(name for name in names if not is_equal(before.get(name), after.get(name)))


def _refuse_too_large(values: dict[str, Any]) -> None:
    try:
        check_custom_fields(values)
    except ValidationError as error:
        raise Invalid.one("custom_fields", "too_large", error.messages[0]) from error

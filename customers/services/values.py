"""From raw values to a customer's columns: cleaning, and what follows from names and contact."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from core.audit.ledger import plain
from core.cleaning import clean
from core.clock import now
from core.errors import Fault, Invalid
from core.rows import is_same
from core.tenancy.actor import Actor
from core.text import digits, email_key, fold, parse_phone
from customers.models import Customer, Tag

PINNED = {"status": "status_pinned", "segment": "segment_pinned", "engagement": "engagement_pinned"}
"""A value that a person sets is pinned: recalculation leaves it alone until it is set to null."""

WRITABLE = frozenset(field.name for field in Customer._meta.concrete_fields if field.editable) - {
    "organization",
    "environment",
    "email_verified",
    *PINNED.values(),
}

MAX_TAGS = 50


def clean_customer(
    values: Mapping[str, Any], *, actor: Actor
) -> tuple[dict[str, Any], list[str] | None]:
    """
    The columns to set and, when given, the whole list of tags.

    A null status, segment or engagement unpins it. Raises Invalid with every fault.
    """
    special = {"tags", "alternative_phones", *(name for name in PINNED if values.get(name) is None)}
    unknown = set(values) - WRITABLE - {"tags"}
    assert not unknown, f"no door may pass {unknown}"
    faults: dict[str, list[Fault]] = {}
    cleaned: dict[str, Any] = {}
    tags: list[str] | None = None
    try:
        cleaned = clean(
            Customer,
            {name: raw for name, raw in values.items() if name not in special},
            actor=actor,
        )
    except Invalid as invalid:
        faults |= invalid.faults
    try:
        tags = clean_tags(values["tags"], actor=actor) if "tags" in values else None
    except Invalid as invalid:
        faults |= invalid.faults
    try:
        if "alternative_phones" in values:
            cleaned["alternative_phones"] = _phones(values["alternative_phones"], actor)
    except Invalid as invalid:
        faults |= invalid.faults
    if cleaned.get("date_of_birth") and cleaned["date_of_birth"] > now().date() + dt.timedelta(
        days=1
    ):
        faults["date_of_birth"] = [Fault("future", "Must not be in the future.")]
    if faults:
        raise Invalid(faults)
    for name, pin in PINNED.items():
        if name in values:
            cleaned[pin] = values[name] is not None
    return cleaned, tags


def clean_tags(raw: Any, *, actor: Actor) -> list[str]:
    """Distinct tag names in the order given. Raises Invalid."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise Invalid.one("tags", "invalid_list", "Must be a list of strings.")
    if not all(isinstance(item, str) and item.strip() for item in raw):
        raise Invalid.one("tags", "invalid_list", "Must be a list of strings that aren't empty.")
    names = [_tag_name(item, actor) for item in raw]
    if len(set(names)) > MAX_TAGS:
        raise Invalid.one("tags", "too_long", f"Holds at most {MAX_TAGS} tags.", limit=MAX_TAGS)
    return list(dict.fromkeys(names))


def _tag_name(raw: str, actor: Actor) -> str:
    try:
        return str(clean(Tag, {"name": raw}, actor=actor)["name"])
    except Invalid as invalid:
        raise Invalid({"tags": invalid.faults["name"]}) from invalid


def _phones(raw: Any, actor: Actor) -> list[str]:
    if raw is None:
        return []
    if not isinstance(raw, list) or len(raw) > 20 or not all(isinstance(item, str) for item in raw):
        raise Invalid.one(
            "alternative_phones", "invalid_list", "Must be a list of at most 20 phone numbers."
        )
    try:
        return list(
            dict.fromkeys(parse_phone(item, actor.organization.default_region) for item in raw)
        )
    except ValueError as error:
        raise Invalid.one(
            "alternative_phones", "invalid_phone", "Enter valid phone numbers: 7 to 15 digits."
        ) from error


DERIVED_FROM = frozenset(
    {
        "first_name",
        "last_name",
        "company_name",
        "email",
        "phone",
        "whatsapp_number",
        "alternative_phones",
    }
)
DERIVED = ("first_key", "last_key", "company_key", "email_key", "search_text")


def derive(customer: Customer) -> None:
    """Sets the columns that names and contact are compared, ordered and searched by."""
    customer.first_key = fold(customer.first_name)[:150]
    customer.last_key = fold(customer.last_name)[:150]
    customer.company_key = fold(customer.company_name)[:150]
    customer.email_key = email_key(customer.email)
    numbers = [customer.phone, customer.whatsapp_number, *customer.alternative_phones]
    parts = [
        customer.first_key,
        customer.last_key,
        customer.company_key,
        fold(customer.email),
        *map(digits, numbers),
    ]
    customer.search_text = " ".join(part for part in dict.fromkeys(parts) if part)


def drop_unchanged_pins(customer: Customer, cleaned: dict[str, Any]) -> None:
    """A status, segment or engagement equal to the present one is taken out: it pins nothing."""
    for name, pin in PINNED.items():
        if name in cleaned and cleaned[name] == getattr(customer, name):
            del cleaned[name], cleaned[pin]


def assign(customer: Customer, cleaned: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """
    Sets what differs on the instance, and what is derived from it. Returns field → (before, after).

    A new e-mail is not verified; who is no longer blocked has no reason for it.
    """
    changes: dict[str, tuple[Any, Any]] = {}
    for name, value in cleaned.items():
        field = Customer._meta.get_field(name)
        before = getattr(customer, field.attname)  # type: ignore[union-attr]
        after = value.pk if field.is_relation and value is not None else value
        if not is_same(before, after):
            changes[name] = (plain(before), plain(after))
            setattr(customer, name, value)
    if (
        "email" in changes
        and email_key(changes["email"][0]) != email_key(customer.email)
        and customer.email_verified
    ):
        customer.email_verified = False
        changes["email_verified"] = (True, False)
    if "is_blocked" in changes and not customer.is_blocked and customer.block_reason:
        changes["block_reason"] = (customer.block_reason, "")
        customer.block_reason = ""
    if customer._state.adding or DERIVED_FROM & set(changes):
        derive(customer)
    return changes


def refuse_unidentified(customer: Customer) -> None:
    """Raises Invalid for a customer whom nothing would tell from others."""
    if not any(
        (
            customer.first_name,
            customer.last_name,
            customer.company_name,
            customer.email,
            customer.phone,
        )
    ):
        message = "A customer needs a name, an e-mail or a phone number."
        raise Invalid({"first_name": [Fault("unidentified", message)]})

"""From raw values to a customer's columns: cleaning, and what follows from names and contact."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from core.audit.ledger import plain
from core.characters import drop_invisible, normalize_line
from core.cleaning import Known, clean, clean_phone
from core.countries import region_of
from core.errors import Fault, Invalid, collecting
from core.phones import parse_extension, read_phone, split_phone
from core.rows import is_same
from core.tenancy.actor import Actor
from core.text import email_key, fold
from customers.models import Customer, Tag
from customers.search import search_text
from customers.sensitive import changed_names, conceal
from customers.services.identities import addresses_in

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
    values: Mapping[str, Any],
    *,
    actor: Actor,
    present: Customer | None = None,
    known: Known | None = None,
) -> tuple[dict[str, Any], list[str] | None]:
    """
    The columns to set and, when given, the whole list of tags. `present` is the customer that they
    are for, where there is one already.

    Phones are read in the region of the customer's own country, where it is known. A null status,
    segment or engagement unpins it. Raises Invalid with every fault.
    """
    unpinned = {name for name in PINNED if values.get(name) in (None, "")}
    unknown = set(values) - WRITABLE - {"tags"}
    assert not unknown, f"no door may pass {unknown}"
    region = _region(values, actor, present)
    values = _settled(values, actor, region, present)
    if "phone_extension" in values:
        values["phone_extension"] = _extension(values["phone_extension"])
    special = {"tags", "phone", "alternative_phones", *unpinned}
    faults: dict[str, list[Fault]] = {}
    cleaned: dict[str, Any] = {}
    tags: list[str] | None = None
    with collecting(faults):
        plain = {name: raw for name, raw in values.items() if name not in special}
        cleaned |= clean(Customer, plain, actor=actor, region=region, known=known)
    with collecting(faults):
        tags = clean_tags(values["tags"], actor=actor) if "tags" in values else None
    with collecting(faults):
        if "phone" in values:
            cleaned |= _phone(values["phone"], region)
    with collecting(faults):
        if "alternative_phones" in values:
            cleaned["alternative_phones"] = _phones(values["alternative_phones"], region)
    if faults:
        raise Invalid(faults)
    for name, pin in PINNED.items():
        if name in values:
            cleaned[pin] = name not in unpinned
    if "status" in values:
        cleaned["is_deactivated"] = False
    return cleaned, tags


def _region(values: Mapping[str, Any], actor: Actor, present: Customer | None) -> str:
    """Where the customer's phones are dialled from: their own country, else the organization's."""
    country = values.get("country", present.country if present else "")
    own = region_of(country) if isinstance(country, str) else ""
    return own or actor.organization.default_region


def _settled(
    values: Mapping[str, Any], actor: Actor, region: str, present: Customer | None
) -> dict[str, Any]:
    """
    Digits that a door showed in the organization's own form, and that come back, are the numbers
    they were: a customer who lives elsewhere may have one of the organization's country.
    """
    home = actor.organization.default_region
    if present is None or region == home:
        return dict(values)
    known = {
        *(present.phone, present.whatsapp_number),
        *(split_phone(item).number for item in present.alternative_phones),
    }

    def settle(raw: Any) -> Any:
        if isinstance(raw, list):
            return [settle(item) for item in raw]
        if not isinstance(raw, str):
            return raw
        try:
            phone = read_phone(raw, home)
        except ValueError:
            return raw
        return str(phone) if phone.number in known else raw

    return {name: settle(raw) if name in PHONES else raw for name, raw in values.items()}


PHONES = ("phone", "whatsapp_number", "alternative_phones")


def _phone(raw: Any, region: str) -> dict[str, str]:
    """The number, and its extension where it is written with it. Raises Invalid."""
    if raw is None or (isinstance(raw, str) and not _seen(raw)):
        return {"phone": ""}
    try:
        number, extension = clean_phone(raw, region)
    except Invalid as invalid:
        raise Invalid({"phone": invalid.faults[""]}) from invalid
    return {"phone": number, **({"phone_extension": extension} if extension else {})}


def clean_tags(raw: Any, *, actor: Actor) -> list[str]:
    """Distinct tag names in the order given. Raises Invalid."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise Invalid.one("tags", "invalid_list", "Must be a list of strings.")
    if not all(isinstance(item, str) and _seen(item) for item in raw):
        raise Invalid.one("tags", "invalid_list", "Must be a list of strings that aren't empty.")
    names = [_tag_name(item, actor) for item in raw]
    if len(set(names)) > MAX_TAGS:
        raise Invalid.one("tags", "too_long", f"Holds at most {MAX_TAGS} tags.", limit=MAX_TAGS)
    return list(dict.fromkeys(names))


def _seen(text: str) -> str:
    """What can be seen of an address or label."""
    return normalize_line(drop_invisible(text))


def _tag_name(raw: str, actor: Actor) -> str:
    try:
        return str(clean(Tag, {"name": raw}, actor=actor)["name"])
    except Invalid as invalid:
        raise Invalid({"tags": invalid.faults["name"]}) from invalid


def _extension(raw: Any) -> Any:
    """`ext. 12` as `12`; what can't be read the field refuses."""
    try:
        return parse_extension(str(raw)) if isinstance(raw, str | int) and raw != "" else raw
    except ValueError:
        return raw


def _phones(raw: Any, region: str) -> list[str]:
    """Numbers in E.164, an extension behind its number (`core.phones.Phone`). Raises Invalid."""
    if raw is None:
        return []
    if not isinstance(raw, list) or len(raw) > 20 or not all(isinstance(item, str) for item in raw):
        raise Invalid.one(
            "alternative_phones", "invalid_list", "Must be a list of at most 20 phone numbers."
        )
    try:
        numbers = [str(clean_phone(item, region)) for item in raw if _seen(item)]
    except Invalid as invalid:
        (fault,) = invalid.faults[""]
        plural = "Enter valid phone numbers: 7 to 15 digits."
        message = plural if fault.code == "invalid_phone" else fault.message
        raise Invalid.one("alternative_phones", fault.code, message) from invalid
    return list(dict.fromkeys(numbers))


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


def derive(customer: Customer, learned: Iterable[str] = ()) -> None:
    """
    Sets the columns that names and contact are compared, ordered and searched by; `learned` are
    addresses known from elsewhere.
    """
    customer.first_key = fold(customer.first_name)[:150]
    customer.last_key = fold(customer.last_name)[:150]
    customer.company_key = fold(customer.company_name)[:150]
    customer.email_key = email_key(customer.email)
    customer.search_text = search_text(
        [customer.first_name, customer.last_name, customer.company_name],
        [customer.email, *(value for _kind, value in addresses_in(customer)), *learned],
    )


def drop_unchanged_pins(customer: Customer, cleaned: dict[str, Any]) -> None:
    """A status, segment or engagement equal to the present one is taken out: it pins nothing."""
    for name, pin in PINNED.items():
        if name in cleaned and cleaned[name] == getattr(customer, name):
            del cleaned[name], cleaned[pin]
            if name == "status":
                del cleaned["is_deactivated"]


def assign(
    customer: Customer, cleaned: Mapping[str, Any], *, sensitive: Collection[str]
) -> dict[str, tuple[Any, Any]]:
    """
    Sets what differs on the instance. Returns field → (before, after).

    A new e-mail is not verified; an extension goes with its number; who is no longer blocked has no
    reason for it; of a label that is pinned no longer it is told which it was. Of custom fields
    called `sensitive` the names are told alone. Raises Invalid for a mask that hides nothing.
    """
    changes: dict[str, tuple[Any, Any]] = {}
    cleaned = _with_extension(customer, cleaned)
    if "custom_fields" in cleaned:
        before = customer.sensitive_values
        shown, hidden = conceal(cleaned["custom_fields"], names=sensitive, stored=before)
        cleaned = {**cleaned, "custom_fields": shown}
        if changed := changed_names(before, hidden):
            changes["sensitive_values"] = (None, changed)
            customer.sensitive_values = hidden
    for name, value in cleaned.items():
        field = Customer._meta.get_field(name)
        before = getattr(customer, field.attname)  # type: ignore[union-attr]
        after = value.pk if field.is_relation and value is not None else value
        if not is_same(field, before, after):
            changes[name] = (plain(before), plain(after))
            setattr(customer, name, value)
    for name, pin in PINNED.items():
        if changes.get(pin) == (True, False) and name not in changes:
            changes[name] = (getattr(customer, name), None)
    if (
        "email" in changes
        and "email_verified" not in cleaned
        and email_key(changes["email"][0]) != email_key(customer.email)
        and customer.email_verified
    ):
        customer.email_verified = False
        changes["email_verified"] = (True, False)
    if "city" in changes:
        customer.city_key = fold(customer.city)[:150]
    if "is_blocked" in changes and not customer.is_blocked and customer.block_reason:
        changes["block_reason"] = (customer.block_reason, "")
        customer.block_reason = ""
    return changes


def _with_extension(customer: Customer, cleaned: Mapping[str, Any]) -> Mapping[str, Any]:
    number = cleaned.get("phone", customer.phone)
    if not number or (number != customer.phone and "phone_extension" not in cleaned):
        return {**cleaned, "phone_extension": ""}
    return cleaned


def refuse_unidentified(customer: Customer) -> None:
    """Raises Invalid for a customer without any name or address (`derive` has seen to both)."""
    if not any(
        (
            customer.first_name,
            customer.last_name,
            customer.company_name,
            customer.search_text,
        )
    ):
        message = "A customer needs a name, an e-mail or a phone number."
        raise Invalid({"first_name": [Fault("unidentified", message)]})

"""
Finding customers by what others call them: by addresses, however spelled and whichever of a
person's it is, and by foreign ids.

A primary e-mail, a primary phone and a WhatsApp user id are one living customer's, and decide. Any
other address may be shared, and decides when one customer alone has it.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db.models import QuerySet

from core.characters import normalize_line
from core.errors import NotFound
from core.ids import parse_id
from core.phones import looks_like_phone, parse_phone
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import email_key
from customers.choices import IdentityKind
from customers.models import Customer, Identity
from customers.models.customer import LIVING, MERGED

EMAILS = (IdentityKind.EMAIL,)
NUMBERS = (IdentityKind.PHONE, IdentityKind.WHATSAPP)
"""One line is one number, whether it was given as the phone or as the WhatsApp number."""

KEYS = {"phone": "phone", "email": "email_key", "external_id": "external_id"}
"""
What tells one living customer from another → the column compared, in the order in which a duplicate
is told.
"""


def parse_customer_id(text: object) -> UUID | None:
    """A customer's id in one of our forms, or None; whether there is such a customer or not."""
    return parse_id(text, Customer.ID_PREFIX)


def ids_by_external_id(
    *, actor: Actor, texts: Iterable[str], deleted: bool = False
) -> dict[str, UUID]:
    """
    Another system's id → the customer who came from there, for those of `texts` that are somebody's
    among the living (or the deleted, of whom the one deleted last counts), whether or not the actor
    may see them: what is done with the id says who may. A merged customer's id means whoever was
    kept.
    """
    wanted = {text: normalize_line(text) for text in texts if "\x00" not in text}
    sought = {key for key in wanted.values() if 0 < len(key) <= LONGEST}
    if not sought:
        return {}
    rows = Customer.objects.for_actor(actor).filter(external_id__in=sought)
    rows = (
        rows.filter(deleted_at__isnull=False, merged_into=None) if deleted else rows.filter(TAKEN)
    )
    told = rows.order_by("deleted_at").values_list("external_id", "pk", "merged_into_id")
    found, merged = {}, set()
    for external_id, key, into in told:
        found[external_id] = key
        if into:
            merged.add(key)
    kept = survivors_of(actor=actor, keys=merged) if merged else {}
    return {text: kept.get(found[key], found[key]) for text, key in wanted.items() if key in found}


TAKEN = LIVING | MERGED
"""Whose external id nobody else can have."""

LONGEST = Customer._meta.get_field("external_id").max_length or 0


def survivors_of(*, actor: Actor, keys: Iterable[UUID]) -> dict[UUID, UUID]:
    """
    Merged customer → the living one who was kept, also over several merges; those of `keys` who
    aren't merged are left out. For callers who say who may.
    """
    rows = Customer.objects.for_actor(actor)
    found: dict[UUID, UUID] = {}
    asked = {key: key for key in keys}
    while asked:  # where somebody is now → who they were
        steps = rows.filter(pk__in=set(asked.values())).values_list("pk", "merged_into_id")
        into = dict(steps)
        found |= {key: at for key, at in asked.items() if at != key and into.get(at, at) is None}
        asked = {key: into[at] for key, at in asked.items() if into.get(at)}
    return found


def ids_of_others(*, actor: Actor, texts: Iterable[str]) -> dict[str, UUID]:
    """
    What isn't a living customer's own id → whom it means all the same: by the id of one who was
    merged into them, or by another system's. For callers who say who may.
    """
    asked = list(texts)
    former = {text: key for text in asked if (key := parse_customer_id(text))}
    kept = survivors_of(actor=actor, keys=former.values()) if former else {}
    found = {text: kept[key] for text, key in former.items() if key in kept}
    rest = [text for text in asked if text not in found]
    return found | ids_by_external_id(actor=actor, texts=rest)


def customer_with_email(*, actor: Actor, email: str) -> Customer:
    """The living customer with this e-mail. Raises Forbidden and NotFound."""
    actor.require(Permission.VIEW)
    key = email_key(email)
    return customer_with_address(actor=actor, kinds=EMAILS, value="" if "\x00" in key else key)


def customer_with_phone(*, actor: Actor, phone: str) -> Customer:
    """
    The living customer with this number, in any spelling of the organization's region. Raises
    Forbidden and NotFound.
    """
    actor.require(Permission.VIEW)
    try:
        number = parse_phone(phone, actor.organization.default_region)
    except ValueError:
        number = ""
    return customer_with_address(actor=actor, kinds=NUMBERS, value=number)


def customer_with_address(*, actor: Actor, kinds: Collection[IdentityKind], value: str) -> Customer:
    """
    The living customer to whom the (normalised) address belongs, as one of `kinds`, in one
    statement; for callers who say who may. Raises NotFound.
    """
    # a primary one first; a customer has a number at most twice, so that of three rows two are
    # different people's
    rows = _living(actor, kinds).filter(value=value).select_related("customer")
    found = list(rows.order_by("kind", "-is_primary")[:3]) if value else []
    key = _owner(found)
    if key is None:
        raise NotFound("Customer")
    return next(row.customer for row in found if row.customer_id == key)


def customers_reached_at(*, actor: Actor, address: str) -> list[UUID]:
    """
    The living customers who have a whole e-mail or phone number, as it may be typed; for callers
    who say who may.
    """
    typed = address.strip()
    if "@" in typed[1:] and "." in typed.rpartition("@")[2] and " " not in typed:
        found = _living(actor, EMAILS).filter(value=email_key(typed))
    elif looks_like_phone(typed):
        try:
            number = parse_phone(typed, actor.organization.default_region)
        except ValueError:
            return []
        found = _living(actor, NUMBERS).filter(value=number)
    else:
        return []
    return sorted({*found.values_list("customer_id", flat=True)})


def customers_with_addresses(
    *, actor: Actor, kinds: Collection[IdentityKind], values: Iterable[str]
) -> dict[str, UUID]:
    """
    Each of the (normalised) addresses that belongs to a living customer → that customer's id, in
    one statement however many they are; for callers who say who may.
    """
    asked = {value for value in values if value}
    rows = _living(actor, kinds).filter(value__among=asked).order_by("value") if asked else []
    owners = {value: _owner(list(held)) for value, held in groupby(rows, attrgetter("value"))}
    return {value: key for value, key in owners.items() if key}


def customers_with_keys(
    *, actor: Actor, rows: Iterable[Mapping[str, str]]
) -> dict[tuple[str, str], UUID]:
    """
    (Field of KEYS, value) → the living customer whom it tells, for all of the `rows` (field →
    value) in a statement for each field; for callers who say who may.
    """
    asked: dict[str, set[str]] = {name: set() for name in KEYS}
    for row in rows:
        for name, value in row.items():
            asked[name].add(value)
    emails = customers_with_addresses(actor=actor, kinds=EMAILS, values=asked["email"])
    numbers = customers_with_addresses(actor=actor, kinds=NUMBERS, values=asked["phone"])
    external: Mapping[str, UUID] = {}
    if asked["external_id"]:
        external = ids_by_external_id(actor=actor, texts=asked["external_id"])
    of_field = {"email": emails, "phone": numbers, "external_id": external}
    return {(name, value): key for name, keys in of_field.items() for value, key in keys.items()}


def customer_with_key(
    *, actor: Actor, field: str, values: Collection[str], besides: Collection[UUID] = ()
) -> UUID | None:
    """
    The id of a living customer, none of those `besides`, who has one of `values` as its `field` (of
    KEYS, or `whatsapp_id`); None where there is none, or for an actor who sees no customers.
    """
    asked = [value for value in values if value]
    if not asked or not actor.may(Permission.VIEW):
        return None
    if field in KEYS:
        rows = Customer.objects.for_actor(actor).filter(deleted_at=None)
        # said as the partial index says it, so that it answers
        rows = rows.exclude(**{KEYS[field]: ""}).exclude(pk__in=besides)
        found = rows.filter(**{f"{KEYS[field]}__in": asked})
        holder = next(iter(found.values_list("pk", flat=True)[:1]), None)
        if holder is None and field == "external_id":  # one who was merged into them has it
            kept = ids_by_external_id(actor=actor, texts=asked).values()
            return next((key for key in kept if key not in besides), None)
        return holder
    held = _living(actor, [IdentityKind.WHATSAPP_ID]).filter(value__in=asked)
    held = held.exclude(customer__in=besides)
    return next(iter(held.values_list("customer_id", flat=True)[:1]), None)


def _living(actor: Actor, kinds: Collection[IdentityKind]) -> "QuerySet[Identity]":
    """What living customers are reached by."""
    return Identity.objects.for_actor(actor).filter(is_living=True, kind__in=kinds)


def _owner(rows: Collection[Identity]) -> UUID | None:
    """Whose an address is, of the customers that have it."""
    sole = {row.customer_id for row in rows if _decides(row)} or {row.customer_id for row in rows}
    return sole.pop() if len(sole) == 1 else None


def _decides(row: Identity) -> bool:
    return row.kind == IdentityKind.WHATSAPP_ID or (
        row.is_primary and row.kind != IdentityKind.WHATSAPP
    )

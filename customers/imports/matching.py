"""
Whom a row of a file means. Nothing is guessed: a row that names two people, or one person's phone
beside another's e-mail or name, is a conflict that somebody has to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.errors import Fault
from core.imports.options import Conflicts, OnMatch, Options, RowKey
from core.imports.reports import remark
from core.tenancy.actor import Actor
from core.text import fold
from customers.imports.rows import CustomerRow
from customers.models import Customer
from customers.selectors.customers import lock_customers
from customers.selectors.lookup import (
    EMAILS,
    NUMBERS,
    customers_with_addresses,
    customers_with_keys,
    survivors_of,
)

_NAMES = ("pk", "first_name", "last_name", "company_name", "is_business", "email", "phone")


@dataclass(slots=True)
class Match:
    """
    A row, its customer (locked; None for a new one) and the key that found it, all customers whom
    the row names, and, where they can't all be one person, what is wrong with which key.
    """

    row: CustomerRow
    customer: Customer | None = None
    by: str = ""
    named: set[UUID] = field(default_factory=set)
    conflicts: dict[str, list[Fault]] = field(default_factory=dict)


def match_rows(actor: Actor, rows: Sequence[CustomerRow], options: Options) -> list[Match]:
    """
    For each row its customer: the one with its id (if that is the actor's), else the one whom the
    first of the keys to match by names. Told to take that one whatever else the row names,
    another's keys are left out of the row instead; told to add records all the same, none is
    sought.
    """
    if options.on_match is OnMatch.CREATE:
        return [Match(row) for row in rows]
    owners = _owners(actor, rows, options.match)
    found = [_named(row, owners, options.match) for row in rows]
    wanted = {next(iter(named.values())) for named in found if named}
    locked = {
        customer.pk: customer
        for customer in (lock_customers(actor=actor, customer_ids=wanted) if wanted else ())
        if customer.deleted_at is None
    }
    others = {key for named in found for key in list(named.values())[1:]} - set(locked)
    people = locked | _present(actor, others)
    return [
        _match(row, named, people, locked, options.conflicts)
        for row, named in zip(rows, found, strict=True)
    ]


def _owners(
    actor: Actor, rows: Sequence[CustomerRow], match: Sequence[RowKey]
) -> dict[tuple[str, object], UUID]:
    """Each key of the rows → the living customer who has it."""
    owners: dict[tuple[str, object], UUID] = {}
    if ids := [row.id for row in rows if row.id]:
        living = Customer.objects.for_actor(actor).filter(deleted_at=None)
        present = living.filter(pk__in=ids).values_list("pk", flat=True)
        owners |= {("id", key): key for key in present}
        if missing := set(ids) - set(present):
            kept = survivors_of(actor=actor, keys=missing)
            owners |= {("id", key): into for key, into in kept.items()}
    keys = [{name: key for name, key in row.keys.items() if name in match} for row in rows]
    for mark, key in customers_with_keys(actor=actor, rows=keys).items():
        owners[mark] = key
    if RowKey.IDENTITY in match:
        addresses = {address for row in rows for address in row.addresses}
        reached = customers_with_addresses(actor=actor, kinds=[*EMAILS, *NUMBERS], values=addresses)
        owners |= {(RowKey.IDENTITY.value, address): key for address, key in reached.items()}
    return owners


def _named(
    row: CustomerRow, owners: dict[tuple[str, object], UUID], match: Sequence[RowKey]
) -> dict[str, UUID]:
    """Key → the customer whom it names, in the order in which they decide."""
    keys: list[tuple[str, object]] = [("id", row.id)]
    for way in match:
        values = sorted(row.addresses) if way == RowKey.IDENTITY else [row.keys.get(way)]
        keys += [(way.value, value) for value in values if value]
    found: dict[str, UUID] = {}
    for name, key in keys:
        if (name, key) in owners:
            found.setdefault(name, owners[name, key])
    return found


def _present(actor: Actor, ids: set[UUID]) -> dict[UUID, Customer]:
    """Those customers' names, to be told."""
    if not ids:
        return {}
    rows = Customer.objects.for_actor(actor).filter(pk__in=ids).only(*_NAMES)
    return {customer.pk: customer for customer in rows}


def _match(
    row: CustomerRow,
    named: dict[str, UUID],
    people: dict[UUID, Customer],
    locked: dict[UUID, Customer],
    conflicts: Conflicts,
) -> Match:
    if not named:
        return Match(row)
    by, first = next(iter(named.items()))
    customer = locked.get(first)
    match = Match(row, customer, by, set(named.values()))
    if customer is None:
        return match
    rivals = {name: people[key] for name, key in named.items() if key != first and key in people}
    if conflicts == Conflicts.MATCH:
        for name, other in rivals.items():
            row.cleaned.pop(name, None)
            row.keys.pop(name, None)
            said = "belongs to %(other)s: left out."
            row.remarks[name] = [remark("of_another_left_out", said, other=_told(other))]
        return match
    for name, other in rivals.items():
        said = f"belongs to %(other)s, but the {_WORDS[by]} to %(customer)s."
        both = {"other": _told(other), "customer": _told(customer)}
        match.conflicts[name] = [remark("of_others", said, **both)]
    if by in ("phone", "identity") and (differing := _differs(row, customer)):
        said = f"belongs to %(customer)s, whose {_WORDS[differing]} is another than in this row."
        match.conflicts[by] = [remark(f"another_{differing}", said, customer=_told(customer))]
    return match


_WORDS = {
    "id": "ID",
    "external_id": "external ID",
    "email": "e-mail",
    "phone": "phone",
    "identity": "address",
    "name": "name",
}


def _told(customer: Customer) -> str:
    """The customer's name and, to tell namesakes apart, an address."""
    name, address = customer.display_name, customer.email or customer.phone
    return f"{name} ({address})" if address and address != name else name


def _differs(row: CustomerRow, customer: Customer) -> str:
    """The value by which the row is about somebody else who has the customer's phone, if any."""
    email, external_id = row.keys.get("email"), row.keys.get("external_id")
    if email and customer.email_key and email != customer.email_key:
        return "email"
    if external_id and customer.external_id and external_id != customer.external_id:
        return "external_id"
    return "name" if _other_name(row.cleaned, customer) else ""


def _other_name(values: dict[str, Any], customer: Customer) -> bool:
    """
    Whether the first names are clearly two people's: neither is, begins or abbreviates a word of
    the other's name. Of companies the first words, where no person is named.
    """
    pairs = [
        (
            _words(values.get("first_name"), values.get("last_name")),
            _words(customer.first_name, customer.last_name),
        ),
        (_words(values.get("company_name")), _words(customer.company_name)),
    ]
    for theirs, ours in pairs:
        if theirs and ours:
            return not (_among(theirs[0], ours) or _among(ours[0], theirs))
    return False


def _words(*names: Any) -> list[str]:
    text = fold(" ".join(str(name) for name in names if name))
    return ["".join(filter(str.isalnum, word)) for word in text.split()]


def _among(word: str, words: Sequence[str]) -> bool:
    return any(other.startswith(word) or word.startswith(other) for other in words if other)

"""
Whom a row of a file means. Nothing is guessed: a row that names two people, or one person's phone
beside another's e-mail or name, is a conflict that somebody has to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.imports.options import Conflicts
from core.tenancy.actor import Actor
from core.text import fold
from customers.imports.rows import CustomerRow
from customers.models import Customer
from customers.selectors.customers import lock_customers
from customers.selectors.lookup import customers_with_keys, survivors_of

DECIDING = ("external_id", "email", "phone")
"""What a row's customer is known by, in the order in which they decide."""

_NAMES = ("pk", "first_name", "last_name", "company_name", "is_business", "email", "phone")


@dataclass(slots=True)
class Match:
    """
    A row, its customer (locked; None for a new one), all customers whom it names, and, where they
    can't all be one person, what is wrong with which key.
    """

    row: CustomerRow
    customer: Customer | None = None
    named: set[UUID] = field(default_factory=set)
    conflicts: dict[str, list[str]] = field(default_factory=dict)


def match_rows(
    actor: Actor, rows: Sequence[CustomerRow], conflicts: Conflicts = Conflicts.REPORT
) -> list[Match]:
    """
    For each row its customer: the one with its id (if that is the actor's), else its external id,
    else its e-mail, else its phone. Told to take that one whatever else the row names, another's
    keys are left out of the row instead.
    """
    owners = _owners(actor, rows)
    found = [_named(row, owners) for row in rows]
    wanted = {next(iter(named.values())) for named in found if named}
    locked = {
        customer.pk: customer
        for customer in (lock_customers(actor=actor, customer_ids=wanted) if wanted else ())
        if customer.deleted_at is None
    }
    others = {key for named in found for key in list(named.values())[1:]} - set(locked)
    people = locked | _present(actor, others)
    return [
        _match(row, named, people, locked, conflicts)
        for row, named in zip(rows, found, strict=True)
    ]


def _owners(actor: Actor, rows: Sequence[CustomerRow]) -> dict[tuple[str, object], UUID]:
    """Each key of the rows → the living customer who has it."""
    owners: dict[tuple[str, object], UUID] = {}
    if ids := [row.id for row in rows if row.id]:
        living = Customer.objects.for_actor(actor).filter(deleted_at=None)
        present = living.filter(pk__in=ids).values_list("pk", flat=True)
        owners |= {("id", key): key for key in present}
        if missing := set(ids) - set(present):
            kept = survivors_of(actor=actor, keys=missing)
            owners |= {("id", key): into for key, into in kept.items()}
    return owners | customers_with_keys(actor=actor, rows=[row.keys for row in rows])


def _named(row: CustomerRow, owners: dict[tuple[str, object], UUID]) -> dict[str, UUID]:
    """Key → the customer whom it names, in the order in which they decide."""
    keys: dict[str, object] = {"id": row.id, **{name: row.keys.get(name) for name in DECIDING}}
    return {name: owners[name, key] for name, key in keys.items() if key and (name, key) in owners}


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
    match = Match(row, customer, set(named.values()))
    if customer is None:
        return match
    rivals = {name: people[key] for name, key in named.items() if key != first and key in people}
    if conflicts == Conflicts.MATCH:
        for name, other in rivals.items():
            row.cleaned.pop(name, None)
            row.keys.pop(name, None)
            row.remarks[name] = [f"belongs to {_told(other)}: left out."]
        return match
    for name, other in rivals.items():
        match.conflicts[name] = [
            f"belongs to {_told(other)}, but the {_WORDS[by]} to {_told(customer)}."
        ]
    if by == "phone" and (differing := _differs(row, customer)):
        match.conflicts["phone"] = [
            f"belongs to {_told(customer)}, whose {differing} is another than in this row."
        ]
    return match


_WORDS = {"id": "ID", "external_id": "external ID", "email": "e-mail", "phone": "phone"}


def _told(customer: Customer) -> str:
    """The customer's name and, to tell namesakes apart, an address."""
    name, address = customer.display_name, customer.email or customer.phone
    return f"{name} ({address})" if address and address != name else name


def _differs(row: CustomerRow, customer: Customer) -> str:
    """What shows that the row is about somebody else who has the customer's phone."""
    email, external_id = row.keys.get("email"), row.keys.get("external_id")
    if email and customer.email_key and email != customer.email_key:
        return "e-mail"
    if external_id and customer.external_id and external_id != customer.external_id:
        return "external ID"
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

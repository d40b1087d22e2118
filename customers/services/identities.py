"""
Keeping a customer's addresses as rows (`customers.models.identity`): those of the customer's own
columns follow them, in a fixed number of statements for one customer or thousands.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from core.clock import now
from core.inserting import insert
from core.phones import split_phone
from core.tenancy.actor import Actor
from customers.choices import IdentityKind, IdentitySource
from customers.models import Customer, Identity

CONTACT = frozenset({"email", "phone", "whatsapp_number", "alternative_phones"})
"""Columns that addresses are made of."""

FURTHER = "identities"
"""What the audit calls addresses beside those of the columns."""

Address = tuple[IdentityKind, str]


def addresses_in(customer: Customer) -> dict[Address, bool]:
    """What stands in the customer's own columns → whether it is primary."""
    others = [split_phone(item).number for item in customer.alternative_phones]
    found = {(IdentityKind.PHONE, number): False for number in others}
    found |= {
        (IdentityKind.EMAIL, customer.email_key): True,
        (IdentityKind.PHONE, customer.phone): True,
        (IdentityKind.WHATSAPP, customer.whatsapp_number): True,
    }
    return {address: primary for address, primary in found.items() if address[1]}


def identities_of(keys: Iterable[UUID]) -> dict[UUID, list[Identity]]:
    """Customer → its addresses; for customers that the caller may see."""
    found: dict[UUID, list[Identity]] = {key: [] for key in keys}
    for row in Identity.objects.unscoped().filter(customer__in=list(found)).order_by("pk"):
        found[row.customer_id].append(row)
    return found


def learned(rows: Iterable[Identity]) -> list[str]:
    """The addresses among them that are known from elsewhere than the customer's columns."""
    return [row.value for row in learned_rows(rows)]


def learned_rows(rows: Iterable[Identity]) -> list[Identity]:
    return [row for row in rows if row.source != IdentitySource.RECORD]


def new_identities(
    actor: Actor, customer: Customer, *, also: Sequence[Identity] = ()
) -> list[Identity]:
    """Unsaved rows for a new customer: what stands in its columns, and what was learned `also`."""
    columns = addresses_in(customer)
    for row in also:
        row.customer = customer
        row.is_primary = columns.pop((IdentityKind(row.kind), row.value), False)
    return [*also, *(_row(actor, customer, *each, customer.created_at) for each in columns.items())]


def follow_columns(
    *, actor: Actor, customers: Sequence[Customer], known: Mapping[UUID, Sequence[Identity]]
) -> None:
    """
    After a change of columns: adds the addresses that these hold now, and takes away those that
    they held, but for what is known from elsewhere too. `known` is what `identities_of` gave.
    """
    new: list[Identity] = []
    gone: list[UUID] = []
    flipped: dict[bool, list[UUID]] = {True: [], False: []}
    moment = now()
    for customer in customers:
        wanted = addresses_in(customer)
        for row in known[customer.pk]:
            primary = wanted.pop((IdentityKind(row.kind), row.value), None)
            if primary is None and row.source == IdentitySource.RECORD:
                gone.append(row.pk)
            elif row.is_primary != bool(primary):
                flipped[bool(primary)].append(row.pk)
        new += [_row(actor, customer, *each, moment) for each in wanted.items()]
    rows = Identity.objects.unscoped()
    if gone:
        rows.filter(pk__in=gone).delete()
    for primary, keys in flipped.items():
        if keys:
            rows.filter(pk__in=keys).update(is_primary=primary)
    insert(new)


def mark_living(keys: Sequence[UUID], *, living: bool) -> None:
    """
    After deletion or restoration. Raises IntegrityError when a WhatsApp user id is another living
    customer's by now.
    """
    if keys:
        Identity.objects.unscoped().filter(customer__in=keys).update(is_living=living)


def _row(
    actor: Actor, customer: Customer, address: Address, primary: bool, moment: dt.datetime
) -> Identity:
    kind, value = address
    return Identity.objects.new(
        actor,
        customer_id=customer.pk,
        kind=kind,
        value=value,
        is_primary=primary,
        is_living=customer.deleted_at is None,
        first_seen_at=moment,
        last_seen_at=moment,
    )

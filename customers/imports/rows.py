"""From a line of a file to what the domain calls a customer's values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.errors import Fault, Invalid
from core.identity.models import User
from core.ids import parse_id
from core.imports.uploads import UploadLine
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.text import email_key, split_name
from customers.imports.cells import cells_of, plain_cell, plain_list
from customers.models import Customer
from customers.services.values import PINNED, clean_customer

REFERENCES = ("assigned_to", "preferred_agent", "preferred_outlet", "referred_by")
PINS = {pin: name for name, pin in PINNED.items()}


@dataclass(slots=True)
class CustomerRow:
    """
    One readable row: cleaned columns, the tags when given, and the keys by which its customer is
    found.
    """

    line: int
    cleaned: dict[str, Any]
    tags: list[str] | None
    id: UUID | None = None
    keys: dict[str, str] = field(default_factory=dict)


class KnownPeople:
    """
    The staff, outlets and customers that a batch of rows refers to by id, e-mail or name, read at
    once.
    """

    def __init__(self, actor: Actor, cells: Iterable[Mapping[str, str]]) -> None:
        rows = list(cells)
        staff = User.objects.for_actor(actor).filter(is_active=True)
        emails = _named(rows, "assigned_to", "preferred_agent")
        self.known: dict[str, dict[str, Any]] = {
            "assigned_to": {},
            "preferred_outlet": {},
            "referred_by": {},
        }
        if emails:
            ids = [key for key in map(parse_id, emails) if key]
            for user in [
                *staff.filter(email__in=[email_key(text) for text in emails]),
                *staff.filter(pk__in=ids),
            ]:
                self.known["assigned_to"] |= {user.email: user, str(user.pk): user}
        if _named(rows, "preferred_outlet"):
            for outlet in Outlet.objects.for_actor(actor):
                self.known["preferred_outlet"] |= {
                    email_key(outlet.name): outlet,
                    str(outlet.pk): outlet,
                }
        if referrers := _named(rows, "referred_by"):
            living = Customer.objects.for_actor(actor).filter(deleted_at=None)
            ids = [key for key in map(parse_id, referrers) if key]
            by_email = living.exclude(email_key="").filter(
                email_key__in=[email_key(text) for text in referrers]
            )
            for customer in [*living.filter(pk__in=ids), *by_email]:
                self.known["referred_by"] |= {
                    str(customer.pk): customer,
                    customer.email_key: customer,
                }
        self.known["preferred_agent"] = self.known["assigned_to"]

    def find(self, name: str, text: str) -> Any:
        """Raises Invalid when the organization has no such row."""
        key = parse_id(text)
        found = self.known[name].get(str(key) if key else email_key(text))
        if found is None:
            raise Invalid.one(name, "not_found", f"“{text}” is not known here.")
        return found


def read_rows(
    lines: Sequence[UploadLine], columns: Mapping[str, str | None], actor: Actor
) -> tuple[list[CustomerRow], list[tuple[int, Invalid]]]:
    """The rows that can be read, and line → what is wrong with the others."""
    cells = [cells_of(columns, line.cells) for line in lines]
    people = KnownPeople(actor, cells)
    good: list[CustomerRow] = []
    bad: list[tuple[int, Invalid]] = []
    for line, row in zip(lines, cells, strict=True):
        try:
            if line.overlong:
                raise Invalid.one("", "overlong", "The row has more cells than the header.")
            good.append(_read(line.number, row, people, actor))
        except Invalid as invalid:
            bad.append((line.number, invalid))
    return good, bad


def _read(line: int, cells: Mapping[str, str], people: KnownPeople, actor: Actor) -> CustomerRow:
    faults: dict[str, list[Fault]] = {}
    references: dict[str, Any] = {}
    for name in REFERENCES:
        if name in cells:
            try:
                references[name] = people.find(name, cells[name])
            except Invalid as invalid:
                faults |= invalid.faults
    try:
        cleaned, tags = clean_customer(_values(cells, actor), actor=actor)
    except Invalid as invalid:
        raise Invalid({**faults, **invalid.faults}) from invalid
    if faults:
        raise Invalid(faults)
    keys = {
        "external_id": cleaned.get("external_id", ""),
        "email": email_key(cleaned.get("email", "")),
        "phone": cleaned.get("phone", ""),
    }
    return CustomerRow(
        line,
        cleaned | references,
        tags,
        parse_id(cells.get("id", "")),
        {name: key for name, key in keys.items() if key},
    )


def _values(cells: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    """
    Raw values for the domain's own cleaning. A status that the file calls unpinned is left to be
    calculated.
    """
    left = {"id", "name", *REFERENCES, *PINS}
    region = actor.organization.default_region
    values: dict[str, Any] = {}
    for name, cell in cells.items():
        if name in ("tags", "alternative_phones"):
            values[name] = plain_list(cell)
        elif name not in left:
            values[name] = plain_cell(Customer._meta.get_field(name), cell, region)  # type: ignore[arg-type]
    if "name" in cells:
        first, last = split_name(cells["name"])
        values = {"first_name": first, "last_name": last, **values}
    for pin, name in PINS.items():
        if pin in cells and plain_cell(Customer._meta.get_field(pin), cells[pin], region) is False:  # type: ignore[arg-type]
            values.pop(name, None)
    return values


def _named(rows: Iterable[Mapping[str, str]], *names: str) -> set[str]:
    return {row[name] for row in rows for name in names if name in row}

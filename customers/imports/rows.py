"""From a line of a file to what the domain calls a customer's values."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core.cleaning import Known, clean
from core.errors import Fault, Invalid, collecting
from core.identity.models import User
from core.imports.cells import CellReader, gather, read_list, read_numbers, unguarded
from core.imports.headers import Columns, describe_columns
from core.imports.options import Options
from core.imports.reports import remark
from core.imports.uploads import Upload, UploadLine
from core.imports.words import read_yes
from core.phones import digits, split_phone
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.text import email_key, fold, quoted, split_name
from customers.imports.headers import ADDRESS, address_blocks
from customers.models import Customer
from customers.selectors.lookup import parse_customer_id, survivors_of
from customers.services.values import PINNED, clean_customer
from customers.tables import CUSTOMERS

STAFF = ("assigned_to", "preferred_agent")
REFERENCES = (*STAFF, "preferred_outlet", "referred_by")
PINS = {pin: name for name, pin in PINNED.items()}
CODES = ("postal_code", "external_id", "converted_from_lead_id", "phone_extension")
_ADDED = {"middle_name": ("first_name", " "), "second_last_name": ("last_name", " ")}
_APART = ("id", "name", "opted_out", "phone_code", "street_2", "tags", "alternative_phones")
"""What a file may hold that is no column of the customer, or several values of one."""

_SEVERAL = frozenset({"phone", *_APART, *REFERENCES})

_EMAILS = re.compile(r"\s*(?::::|[,;\s])\s*")
_DIAL_CODE = re.compile(r"^(?:\+|00)?(\d{1,3})$")


@dataclass(slots=True)
class CustomerRow:
    """
    One readable row: cleaned columns, the tags when given, the keys by which its customer is found,
    e-mails besides the first (as `email_key` gives them), and what is left out of it.
    """

    line: int
    cleaned: dict[str, Any]
    tags: list[str] | None
    id: UUID | None = None
    keys: dict[str, str] = field(default_factory=dict)
    further_emails: list[str] = field(default_factory=list)
    remarks: dict[str, list[Fault]] = field(default_factory=dict)

    @property
    def addresses(self) -> set[str]:
        """All that the person is reached under, as addresses are compared."""
        numbers = [self.cleaned.get(name) or "" for name in ("phone", "whatsapp_number")]
        others = [split_phone(item).number for item in self.cleaned.get("alternative_phones", ())]
        return {self.keys.get("email", ""), *self.further_emails, *numbers, *others} - {""}


class KnownPeople:
    """
    The staff, outlets and customers that a batch of rows refers to by id, e-mail or name, read at
    once.
    """

    def __init__(self, actor: Actor, cells: Iterable[Mapping[str, Sequence[str]]]) -> None:
        rows = list(cells)
        self.known: dict[str, dict[str, Any]] = {
            "assigned_to": {},
            "preferred_outlet": {},
            "referred_by": {},
        }
        if _named(rows, *STAFF):
            for user in User.objects.for_actor(actor).filter(is_active=True):
                self.known["assigned_to"] |= {
                    fold(f"{user.first_name} {user.last_name}".strip()): user,
                    user.email: user,
                    str(user.pk): user,
                }
        if _named(rows, "preferred_outlet"):
            for outlet in Outlet.objects.for_actor(actor):
                self.known["preferred_outlet"] |= {
                    email_key(outlet.name): outlet,
                    str(outlet.pk): outlet,
                }
        if referrers := _named(rows, "referred_by"):
            living = Customer.objects.for_actor(actor).filter(deleted_at=None)
            ids = [key for key in map(parse_customer_id, referrers) if key]
            by_email = living.exclude(email_key="").filter(
                email_key__in=[email_key(text) for text in referrers]
            )
            people = list(living.filter(pk__in=ids))
            for customer in [*people, *by_email]:
                self.known["referred_by"] |= {
                    str(customer.pk): customer,
                    customer.email_key: customer,
                }
            if missing := set(ids) - {customer.pk for customer in people}:
                kept = survivors_of(actor=actor, keys=missing)
                found = living.in_bulk(list(kept.values()))
                self.known["referred_by"] |= {
                    str(key): found[into] for key, into in kept.items() if into in found
                }
        self.known["preferred_agent"] = self.known["assigned_to"]

    def find(self, name: str, text: str) -> Any:
        """
        None for a person who is only named and isn't one here: another system's colleague or
        friend. Raises Invalid for an id, an e-mail or an outlet that the organization hasn't.
        """
        key, known = parse_customer_id(text), self.known[name]
        found = known.get(str(key) if key else email_key(text)) or known.get(fold(text))
        if found is None and (key or "@" in text or name == "preferred_outlet"):
            raise Invalid.one(name, "not_found", f"“{quoted(text)}” is not known here.")
        return found


class RowReader:
    """Reads the lines of one file of customers; `notes` say what is to be said of it as a whole."""

    def __init__(self, *, actor: Actor, upload: Upload, columns: Columns, options: Options) -> None:
        self.actor, self.known, self.columns = actor, Known(), columns
        self.blocks = address_blocks(self.columns)
        self.others = {
            header: name for header, name in self.columns.items() if name and name not in ADDRESS
        }
        inside = {
            header: name for header, name in self.columns.items() if name and name not in _APART
        }
        self.cells = CellReader(
            Customer,
            upload=upload,
            columns=inside,
            actor=actor,
            options=options,
            codes=CODES,
            past=["date_of_birth"],
        )
        self.notes = [*describe_columns(upload, self.columns, CUSTOMERS), *self.cells.notes]

    def read(
        self, lines: Sequence[UploadLine]
    ) -> tuple[list[CustomerRow], list[tuple[int, Invalid]]]:
        """The rows that can be read, and line → what is wrong with the others."""
        rows = [self._gather(line) for line in lines]
        people = KnownPeople(self.actor, rows)
        good: list[CustomerRow] = []
        bad: list[tuple[int, Invalid]] = []
        for line, row in zip(lines, rows, strict=True):
            try:
                if line.fault:
                    raise Invalid({"": [line.fault]})
                good.append(self._read(line.number, row, people))
            except Invalid as invalid:
                bad.append((line.number, invalid))
        return good, bad

    def _gather(self, line: UploadLine) -> dict[str, list[str]]:
        """The cells by what they mean. Of several addresses the first that is one is the row's."""
        found = gather(self.others, line.cells)
        blocks = [gather(block, line.cells) for block in self.blocks]
        places = [block for block in blocks if {"street", "city", "postal_code"} & set(block)]
        return found | next(iter([*places, *filter(None, blocks)]), {})

    def _read(self, line: int, cells: Mapping[str, list[str]], people: KnownPeople) -> CustomerRow:
        single = {name: texts[0] for name, texts in cells.items() if name not in _APART}
        faults: dict[str, list[Fault]] = {}
        references: dict[str, Any] = {}
        remarks = _dropped(cells)
        for name in REFERENCES:
            if (text := single.pop(name, None)) is None:
                continue
            with collecting(faults):
                if found := people.find(name, text):
                    references[name] = found
                else:
                    said = "“%(text)s” is not known here: left out."
                    remarks[name] = [remark("unknown_left_out", said, text=quoted(text))]
        for name, (field_name, between) in _ADDED.items():
            if name in single:
                parts = [single.get(field_name, ""), single.pop(name)]
                single[field_name] = between.join(filter(None, parts))
        further: list[str] = []
        if emails := _emails(cells.get("email", ())):
            single["email"], *others = emails
            further, remarks["email"] = _further_emails(others, actor=self.actor)
        read = self.cells.read(single)
        values = _values(read.values, cells)
        with collecting(faults):
            cleaned, tags = clean_customer(values, actor=self.actor, known=self.known)
        if faults:
            raise Invalid(faults)
        if len(cells.get("phone", ())) > 1 and "alternative_phones" in cleaned:
            numbers = [n for n in cleaned["alternative_phones"] if n != cleaned.get("phone")]
            if numbers or "alternative_phones" in cells:
                cleaned["alternative_phones"] = numbers
            else:
                del cleaned["alternative_phones"]
        keys = {
            "external_id": cleaned.get("external_id", ""),
            "email": email_key(cleaned.get("email", "")),
            "phone": cleaned.get("phone", ""),
        }
        return CustomerRow(
            line,
            cleaned | references,
            tags,
            parse_customer_id(cells["id"][0]) if "id" in cells else None,
            {name: key for name, key in keys.items() if key},
            [key for key in further if key != keys["email"]],
            remarks | read.remarks,
        )


def _dropped(cells: Mapping[str, Sequence[str]]) -> dict[str, list[Fault]]:
    """Of several different cells for one value the first counts; the others are to be named."""
    found: dict[str, list[Fault]] = {}
    for name, texts in cells.items():
        if len(texts) > 1 and name not in _SEVERAL:
            others = [text for text in texts[1:] if fold(text) != fold(texts[0])]
            found |= {name: [_further(text) for text in others]} if others else {}
    return found


def _further(text: str) -> Fault:
    said = "“%(text)s” is a further one: left out."
    return remark("further_left_out", said, text=quoted(text))


def _emails(cells: Sequence[str]) -> list[str]:
    """Several e-mails in one cell or several columns; nothing where a cell holds anything else."""
    found = [email for cell in cells for email in _EMAILS.split(cell.strip())]
    return found if len(found) > 1 and all("@" in email for email in found) else []


def _further_emails(texts: Sequence[str], *, actor: Actor) -> tuple[list[str], list[Fault]]:
    """The addresses to be known besides, and remarks: what becomes of each."""
    keys: list[str] = []
    remarks: list[Fault] = []
    for text in texts:
        try:
            email = clean(Customer, {"email": text}, actor=actor)["email"]
        except Invalid:
            said = "“%(text)s” is no e-mail: left out."
            remarks.append(remark("no_email", said, text=quoted(text)))
        else:
            keys.append(email_key(email))
            said = "“%(text)s” is kept as a further one."
            remarks.append(remark("further_kept", said, text=quoted(text)))
    return keys, remarks


def _values(values: dict[str, Any], cells: Mapping[str, list[str]]) -> dict[str, Any]:
    """
    Raw values for the domain's own cleaning. A status that the file calls unpinned is left to be
    calculated; another system's id is the external one.
    """
    if "name" in cells:
        first, last = split_name(cells["name"][0])
        values = {"first_name": first, **({"last_name": last} if last else {}), **values}
    if "id" in cells and not parse_customer_id(cells["id"][0]):
        values.setdefault("external_id", unguarded(cells["id"][0]))
    if "street_2" in cells:
        values["street"] = ", ".join(filter(None, [values.get("street"), *cells["street_2"]]))
    if "tags" in cells:
        values["tags"] = [tag for text in cells["tags"] for tag in read_list(text)]
    if "preferred_categories" in values and isinstance(values["preferred_categories"], str):
        values["preferred_categories"] = read_list(values["preferred_categories"])
    _phones(values, cells)
    if "opted_out" in cells and read_yes(cells["opted_out"][0]):
        values |= {"marketing_consent": False, "notify_email": False}
    for pin, name in PINS.items():
        if values.pop(pin, None) is False:
            values.pop(name, None)
    return values


def _phones(values: dict[str, Any], cells: Mapping[str, list[str]]) -> None:
    """The first number is the phone, the others further ones; a country's code may stand apart."""
    numbers = [
        unguarded(number) for text in cells.get("phone", ()) for number in read_numbers(text)
    ]
    code = next(iter(cells.get("phone_code", ())), values.get("country", ""))
    if dialled := _DIAL_CODE.match(unguarded(code)):
        numbers = [_with_code(number, dialled[1]) for number in numbers]
        if values.get("country") == code:
            del values["country"]
    further = [
        number for text in cells.get("alternative_phones", ()) for number in read_numbers(text)
    ]
    if numbers:
        values["phone"] = numbers[0]
        further += numbers[1:]
    if further or "alternative_phones" in cells:
        values["alternative_phones"] = further


def _with_code(number: str, code: str) -> str:
    known = number.startswith(("+", "00")) or digits(number).startswith(code)
    return number if known else f"+{code}{digits(number)}"


def _named(rows: Iterable[Mapping[str, Sequence[str]]], *names: str) -> set[str]:
    return {row[name][0] for row in rows for name in names if name in row}

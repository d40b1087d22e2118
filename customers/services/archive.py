"""
Everything held on one customer as a ZIP (GDPR, articles 15 and 20): `archive.json` whole, a CSV of
each kind, and `index.html`, which any browser reads without anything else.

Which rows belong to a customer, and which of their columns are told, the apps declare in their
`CustomerPart`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import get_supported_language_variant

from core.audit.ledger import record
from core.clock import now
from core.errors import NotFound
from core.exports.column_types import PLAIN
from core.exports.streaming import Format, Selection
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.archives import ArchiveTable
from customers.models import Customer
from customers.parts import customer_parts
from customers.selectors.merges import merged_into

PAGE_ROWS = 500
"""Rows of the page that are held at once."""


@writes(Permission.ARCHIVE)
def archive_customer(*, actor: Actor, customer_id: UUID, file: IO[bytes]) -> Customer:
    """
    Writes the archive of a customer, living or deleted, to an empty `file` opened for reading and
    writing. Nothing is written by others meanwhile: the customer's row is locked.

    The page is in the customer's language, or the organization's. A customer who acts has the own
    archive alone. Raises Forbidden and NotFound.
    """
    customer = _locked(actor, customer_id)
    person = [customer, *_merged(customer)]
    record(actor, "customer.archived", subject=customer, customer_id=customer.pk)
    contents = [
        _Contents(table, Selection(table.rows(person), table.columns, actor=actor))
        for part in customer_parts()
        for table in part.archived
    ]
    file.seek(0)  # begun anew after a deadlock
    file.truncate()
    zone = ZoneInfo(actor.organization.time_zone)
    with (
        ZipFile(file, "w", ZIP_DEFLATED) as archive,
        translation.override(_language(customer, actor)),
        timezone.override(zone),
    ):
        _write(archive, "archive.json", _json(actor, contents))
        for each in contents:
            _write(archive, f"{each.table.name}.csv", each.selection.text(Format.CSV))
        _write(archive, "index.html", _page(actor, customer, contents))
    return customer


def archive_name(customer: Customer) -> str:
    """What the file is called: nothing personal, for names of files are seen by many."""
    return f"customer-{customer.pk}.zip"


@dataclass(frozen=True, slots=True)
class _Contents:
    """A table, and the customer's rows of it."""

    table: ArchiveTable
    selection: Selection

    @property
    def is_person(self) -> bool:
        return self.table.name == "customer"

    @property
    def readable(self) -> list[str]:
        """The columns that people read: no ids, which stand in the files beside the page."""
        return [name for name, column in self.table.columns.items() if column.kind is not PLAIN]

    def labels(self) -> list[str]:
        return [str(self.table.columns[name].label) for name in self.readable]

    def rows_in_words(self) -> Iterator[list[str]]:
        words = [(name, self.table.words[name]) for name in self.readable]
        for row in self.selection.dicts():
            yield [say(row[name]) for name, say in words]


def _locked(actor: Actor, customer_id: UUID) -> Customer:
    rows = Customer.objects.for_actor(actor).select_for_update(no_key=True)
    customer = rows.filter(pk=customer_id).first()
    is_there = customer is not None and customer.merged_into_id is None
    if not is_there or actor.customer_id not in (None, customer_id):
        raise NotFound("Customer", customer_id)
    assert customer is not None
    return customer


def _merged(customer: Customer) -> "QuerySet[Customer]":
    """Whoever was merged into the customer: what they have only once stayed with them."""
    return Customer.objects.unscoped().filter(pk__in=merged_into([customer.pk])).order_by("pk")


def _language(customer: Customer, actor: Actor) -> str:
    """The first that we know of the customer's and the organization's."""
    for language in (customer.language, actor.organization.language):
        try:
            return get_supported_language_variant(language)
        except LookupError:
            continue
    return str(settings.LANGUAGE_CODE)


def _write(archive: ZipFile, name: str, pieces: "Iterator[bytes]") -> None:
    with archive.open(name, "w", force_zip64=True) as file:
        for piece in pieces:
            file.write(piece)


def _json(actor: Actor, contents: Sequence[_Contents]) -> Iterator[bytes]:
    """One object: of the person an object, of each other kind a list."""
    written = {
        "organization": actor.organization.name,
        "archived_at": f"{now():%Y-%m-%dT%H:%M:%SZ}",
    }
    yield orjson.dumps(written)[:-1]
    for each in contents:
        opening, closing = (b"", b"") if each.is_person else (b"[", b"]")
        yield b",\n" + orjson.dumps(each.table.name) + b": " + opening
        comma = b""
        for piece in each.selection.text(Format.JSON_LINES):
            for line in piece.splitlines():
                yield comma + line
                comma = b",\n"
        yield closing
    yield b"}\n"


def _page(actor: Actor, customer: Customer, contents: Sequence[_Contents]) -> Iterator[bytes]:
    """The readable page, some rows at a time."""
    person, *kinds = contents
    counts = [(each, each.selection.query.count()) for each in kinds]
    full = [(each, count) for each, count in counts if count]
    facts = zip(person.labels(), next(person.rows_in_words()), strict=True)
    yield _part(
        "head",
        {
            "organization": actor.organization.name,
            "customer": customer,
            "archived_at": now(),
            "language": translation.get_language(),
            "kinds": [(each.table, count) for each, count in full],
            "none": [each.table.label for each, count in counts if not count],
            "facts": [(label, value) for label, value in facts if value],
        },
    )
    for each, count in full:
        yield _part("table", {"table": each.table, "count": count, "labels": each.labels()})
        rows = each.rows_in_words()
        while some := list(islice(rows, PAGE_ROWS)):
            yield _part("rows", {"rows": some})
        yield _part("end", {})
    yield b"</main></body></html>\n"


def _part(name: str, context: Mapping[str, Any]) -> bytes:
    return render_to_string(f"archive/{name}.html", dict(context)).encode()

"""
Taking in rows that belong to a customer (projects, interactions, appointments), one by one through
their services.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.exports.tables import ExportTable
from core.ids import parse_id
from core.imports.cells import CellReader, gather, unguarded
from core.imports.headers import Columns, describe_columns, match_headers
from core.imports.options import OnMatch, Options
from core.imports.reports import ImportOutcome, RowResult
from core.imports.resources import ImportResource, RowWriter
from core.imports.running import write_each
from core.imports.uploads import Upload, UploadLine
from core.phones import parse_phone
from core.tenancy.actor import Actor
from core.text import email_key, quoted
from customers.models import Customer
from customers.selectors.lookup import ids_of_others

CUSTOMER_HEADERS: dict[str, Sequence[str]] = {
    "customer_id": ["customer", "client id", "cliente"],
    "customer_external_id": [
        *("customer number", "client number", "external id", "reference id", "número de cliente"),
        *("id externo", "kundennummer", "numéro de client"),
    ],
    "customer_email": [
        *("email", "e-mail", "email address", "client email", "correo", "correo electrónico"),
        *("e-mail-adresse", "courriel"),
    ],
    "customer_phone": [
        *("phone", "phone number", "mobile", "mobile number", "client phone", "teléfono"),
        *("número de teléfono", "móvil", "celular", "telefon", "téléphone"),
    ],
}

CUSTOMER_LABELS: Mapping[str, str | Promise] = {
    "customer_id": _("Customer's ID"),
    "customer_external_id": _("Customer's external ID"),
    "customer_email": _("Customer's e-mail"),
    "customer_phone": _("Customer's phone"),
}

_TIME_ALONE = re.compile(r"^\d{1,2}:\d{2}(?!\d)[^/-]*$")

Finder = Callable[[Actor, str], Any]


@dataclass(frozen=True)
class LinkedImport(ImportResource):
    """
    Rows that belong to a customer, one by one through their services. Rows with the id of one that
    the actor has update it (or are skipped, as the options say), all others are created, for the
    customer named by id, external id, e-mail or phone.

    `words` maps field → other names of its column, `find` the fields that refer to another row to
    how it is found. `create(actor=, values=)` and `update(actor=, key=, values=)` are the services;
    `zone` tells from a row's values and the present row on whose clocks its times are (else on the
    organization's).
    """

    model: type[models.Model]
    table: ExportTable
    words: Mapping[str, Sequence[str]]
    create: Callable[..., Any]
    update: Callable[..., Any]
    find: Mapping[str, Finder] = field(default_factory=dict)
    zone: Callable[[Mapping[str, Any], Any], dt.tzinfo | None] = lambda values, present: None

    @cached_property
    def fields(self) -> Mapping[str, str | Promise]:
        named = {name: self.model._meta.get_field(name) for name in self.words}
        return {
            "id": _("ID"),
            **CUSTOMER_LABELS,
            **{name: capfirst(each.verbose_name) for name, each in named.items()},  # type: ignore[union-attr]
        }

    def propose(self, upload: Upload) -> Columns:
        words = {"id": (), **CUSTOMER_HEADERS, **self.words}
        return match_headers(upload, words, own=self.table, model=self.model)

    def writer(
        self, *, actor: Actor, upload: Upload, columns: Columns, options: Options
    ) -> RowWriter:
        return LinkedWriter(self, actor=actor, upload=upload, columns=columns, options=options)


class LinkedWriter:
    def __init__(
        self,
        rows: LinkedImport,
        *,
        actor: Actor,
        upload: Upload,
        columns: Columns,
        options: Options,
    ) -> None:
        self.rows, self.actor, self.columns, self.options = rows, actor, columns, options
        own = {
            header: name
            for header, name in columns.items()
            if name in rows.words and name not in rows.find
        }
        self.own = set(own.values())
        self.cells = CellReader(
            rows.model, upload=upload, columns=own, actor=actor, options=options
        )
        self.notes = [*describe_columns(upload, columns, rows.table), *self.cells.notes]

    def write(self, lines: Sequence[UploadLine]) -> list[RowResult]:
        return write_each(lines, self._write_line)

    def _write_line(self, line: UploadLine) -> RowResult:
        rows, actor, on_match = self.rows, self.actor, self.options.on_match
        cells = {name: _one(texts) for name, texts in gather(self.columns, line.cells).items()}
        present = None if on_match is OnMatch.CREATE else _present(rows, actor, cells.get("id", ""))
        if present is not None and on_match is OnMatch.SKIP:
            reason = "The record is there already."
            return RowResult(line.number, ImportOutcome.SKIPPED, present.pk, "id", reason=reason)
        values = _found(rows, actor, cells)
        read = self.cells.read(
            {name: cell for name, cell in cells.items() if name in self.own},
            zone=rows.zone(values, present),
        )
        values |= read.values
        customer = find_customer(actor, cells)
        if customer is not None:
            values["customer"] = customer
        if present is None:
            row = rows.create(actor=actor, values=values)
            return RowResult(line.number, ImportOutcome.CREATED, row.pk, remarks=read.remarks)
        row = rows.update(actor=actor, key=present.pk, values=values)
        if row.updated_at == present.updated_at:
            reason = "Nothing to change."
            return RowResult(line.number, ImportOutcome.SKIPPED, row.pk, "id", reason=reason)
        return RowResult(line.number, ImportOutcome.UPDATED, row.pk, "id", remarks=read.remarks)


def find_customer(actor: Actor, cells: Mapping[str, str]) -> Customer | None:
    """
    The living customer that the row names: by id, else external id, else e-mail, else phone.

    None when it names none; raises Invalid when it names one that isn't there.
    """
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    ways: dict[str, Callable[[str], models.QuerySet[Customer]]] = {
        "customer_id": lambda text: (
            living.filter(pk=key) if (key := parse_id(text)) else _external(living, text)
        ),
        "customer_external_id": lambda text: _external(living, text),
        "customer_email": lambda text: living.filter(email_key=email_key(text)),
        "customer_phone": lambda text: living.filter(phone=_number(text, actor)),
    }
    named = [name for name in ways if name in cells]
    if not named:
        return None
    for name in named:
        found = ways[name](cells[name]).first()
        if found is None and name in ("customer_id", "customer_external_id"):
            text = unguarded(cells[name])  # of one who was merged
            others = ids_of_others(actor=actor, texts=[text])
            found = living.filter(pk=others[text]).first() if others else None
        if found is not None:
            return found
    raise Invalid.one("customer", "not_found", f"No customer “{quoted(cells[named[0]])}”.")


def _external(living: "models.QuerySet[Customer]", text: str) -> "models.QuerySet[Customer]":
    return living.filter(external_id=unguarded(text))


def named_row(model: Any, *columns: str) -> Finder:
    """Finds a row of the actor's organization by its id or by one of `columns`."""

    def find(actor: Actor, text: str) -> Any:
        key = parse_id(text)
        rows = model.objects.for_actor(actor)
        wanted = models.Q(pk=key) if key else models.Q()
        for column in columns if not key else ():
            wanted |= models.Q(**{f"{column}__iexact": text})
        return rows.filter(wanted).first()

    return find


def _present(rows: LinkedImport, actor: Actor, text: str) -> Any:
    key = parse_id(text)
    return rows.model.objects.for_actor(actor).filter(pk=key).first() if key else None  # type: ignore[attr-defined]


def _one(texts: Sequence[str]) -> str:
    """The first of several cells for one field; a day and its time may stand in two."""
    return " ".join(texts[:2]) if len(texts) > 1 and _TIME_ALONE.match(texts[1]) else texts[0]


def _found(rows: LinkedImport, actor: Actor, cells: Mapping[str, str]) -> dict[str, Any]:
    """The other rows that this one refers to. Raises Invalid."""
    found: dict[str, Any] = {}
    for name, find in rows.find.items():
        if name in cells:
            found[name] = find(actor, cells[name])
            if found[name] is None:
                raise Invalid.one(name, "not_found", f"“{quoted(cells[name])}” is not known here.")
    return found


def _number(text: str, actor: Actor) -> str:
    try:
        return parse_phone(unguarded(text), actor.organization.default_region)
    except ValueError:
        return "none"

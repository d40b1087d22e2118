"""
Taking in rows that belong to a customer (projects, payments, interactions, appointments), by sets:
each batch is matched and written by its noun's service in a fixed number of statements.

Where the database refuses a batch, its rows go one by one.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import DatabaseError, models
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from core.errors import DomainError, Invalid
from core.exports.tables import ExportTable
from core.ids import parse_id
from core.imports.cells import CellReader, gather, unguarded
from core.imports.headers import Columns, describe_columns, match_headers
from core.imports.options import OnMatch, Options
from core.imports.reports import ImportOutcome, Remarks, RowResult
from core.imports.resources import ImportResource, RowWriter
from core.imports.running import failed
from core.imports.uploads import Upload, UploadLine
from core.phones import parse_phone
from core.tenancy.actor import Actor
from core.text import email_key, quoted
from customers.models import Customer
from customers.selectors.lookup import (
    ids_by_external_id,
    ids_of_others,
    parse_customer_id,
)
from customers.services.owned_rows import Changed, Written

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

Named = tuple[str, UUID | None]
"""What a cell says, and the customer of its row."""

Finder = Callable[[Actor, Collection[Named]], Mapping[Named, Any]]
"""Finds the rows that cells mean, all at once."""

Values = Mapping[str, Any]


@dataclass(frozen=True)
class LinkedImport(ImportResource):
    """
    Rows that belong to a customer, through the services that write several. Rows with the id of one
    that the actor has update it (or are skipped, as the options say), all others are created, for
    the customer named by id, external id, e-mail or phone.

    `words` maps field → other names of its column, `find` the fields that refer to another row to
    how these are found. `create(actor=, rows=)` and `update(actor=, changes=)` are the services;
    `zone` tells from a row's values and the present row on whose clocks its times are (else on the
    organization's).
    """

    model: type[models.Model]
    table: ExportTable
    words: Mapping[str, Sequence[str]]
    create: Callable[..., Written]
    update: Callable[..., Changed]
    find: Mapping[str, Finder] = field(default_factory=dict)
    zone: Callable[[Values, Any], dt.tzinfo | None] = lambda values, present: None

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


@dataclass(frozen=True, slots=True)
class LinkedRow:
    """One readable row: its values, and the row that it changes where there is one."""

    line: int
    values: Values
    present: Any
    remarks: Remarks


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
        found, results = self._read(lines)
        new = [row for row in found if row.present is None]
        known = [row for row in found if row.present is not None]
        if self.options.on_match is OnMatch.SKIP:
            results += [
                _skipped(row, gettext_noop("The record is there already.")) for row in known
            ]
            known = []
        results += self._written(new, self._create)
        results += self._written(known, self._update)
        return sorted(results, key=lambda result: result.line)

    def _read(self, lines: Sequence[UploadLine]) -> tuple[list[LinkedRow], list[RowResult]]:
        """The rows that can be read, and what is wrong with the others."""
        cells = [
            {name: _one(texts) for name, texts in gather(self.columns, line.cells).items()}
            for line in lines
        ]
        present = self._present(cells)
        owners = Owners(self.actor, cells)
        named = self._named(cells, present, owners)
        rows, results = [], []
        for line, row in zip(lines, cells, strict=True):
            try:
                if line.fault:
                    raise Invalid({"": [line.fault]})
                rows.append(self._row(line.number, row, present, owners, named))
            except DomainError as error:
                results.append(failed(line.number, error))
        return rows, results

    def _present(self, cells: Sequence[Mapping[str, str]]) -> dict[UUID, Any]:
        """The actor's rows with the ids that stand in the file."""
        ids = {key for row in cells if (key := parse_id(row.get("id")))}
        if self.options.on_match is OnMatch.CREATE or not ids:
            return {}
        rows: dict[UUID, Any] = self.rows.model.objects.for_actor(self.actor).in_bulk(ids)  # type: ignore[attr-defined]
        return rows

    def _named(
        self, cells: Sequence[Mapping[str, str]], known: Mapping[UUID, Any], owners: "Owners"
    ) -> Mapping[str, Mapping[Named, Any]]:
        """Field → the other rows that its cells mean."""
        return {
            name: find(
                self.actor,
                {(row[name], _owner(row, known, owners)) for row in cells if name in row},
            )
            for name, find in self.rows.find.items()
            if any(name in row for row in cells)
        }

    def _row(
        self,
        line: int,
        cells: Mapping[str, str],
        known: Mapping[UUID, Any],
        owners: "Owners",
        named: Mapping[str, Mapping[Named, Any]],
    ) -> LinkedRow:
        """Raises Invalid."""
        present = _present(cells, known)
        if present is not None and self.options.on_match is OnMatch.SKIP:
            return LinkedRow(line, {}, present, {})
        values: dict[str, Any] = {}
        for name in self.rows.find.keys() & cells.keys():
            values[name] = named[name].get((cells[name], _owner(cells, known, owners)))
            if values[name] is None:
                text = quoted(cells[name])
                raise Invalid.one(name, "unknown", f"“{text}” is not known here.", text=text)
        read = self.cells.read(
            {name: cell for name, cell in cells.items() if name in self.own},
            zone=self.rows.zone(values, present),
        )
        values |= read.values
        if owner := owners.find(cells):
            values["customer"] = owner
        return LinkedRow(line, values, present, read.remarks)

    def _written(
        self,
        rows: Sequence[LinkedRow],
        write: Callable[[Sequence[LinkedRow]], Written | Changed],
    ) -> list[RowResult]:
        """The rows at once; where the database or a rule refuses them all, each by itself."""
        try:
            written = write(rows) if rows else []
        except (DatabaseError, DomainError) as error:
            if len(rows) > 1:
                return [result for row in rows for result in self._written([row], write)]
            if not isinstance(error, DomainError):
                raise
            written = [error]
        return [self._result(row, made) for row, made in zip(rows, written, strict=True)]

    def _create(self, rows: Sequence[LinkedRow]) -> Written:
        return self.rows.create(actor=self.actor, rows=[row.values for row in rows])

    def _update(self, rows: Sequence[LinkedRow]) -> Changed:
        changes = [(row.present.pk, row.values) for row in rows]
        return self.rows.update(actor=self.actor, changes=changes)

    def _result(self, row: LinkedRow, made: Any) -> RowResult:
        if isinstance(made, DomainError):
            return failed(row.line, made)
        if row.present is None:
            return RowResult(row.line, ImportOutcome.CREATED, made.pk, remarks=row.remarks)
        if not made:
            return _skipped(row, gettext_noop("Nothing to change."))
        key = row.present.pk
        return RowResult(row.line, ImportOutcome.UPDATED, key, "id", remarks=row.remarks)


def _present(cells: Mapping[str, str], known: Mapping[UUID, Any]) -> Any:
    """The row that the cells change, if any."""
    key = parse_id(cells.get("id"))
    return known.get(key) if key else None


def _owner(cells: Mapping[str, str], known: Mapping[UUID, Any], owners: "Owners") -> UUID | None:
    """The customer whose row it is or is to be, if there is one."""
    return owners.get(cells) or getattr(_present(cells, known), "customer_id", None)


def _skipped(row: LinkedRow, reason: str) -> RowResult:
    return RowResult(row.line, ImportOutcome.SKIPPED, row.present.pk, "id", reason=reason)


class Owners:
    """
    The living customers whom rows name, read for all of them at once: by id, else external id, else
    e-mail, else phone. Who was merged is found by the old ids.
    """

    def __init__(self, actor: Actor, rows: Sequence[Mapping[str, str]]) -> None:
        self.actor = actor
        self.living = Customer.objects.for_actor(actor).filter(deleted_at=None)
        texts = {name: {row[name] for row in rows if name in row} for name in CUSTOMER_LABELS}
        ids = texts["customer_id"]
        self.known: dict[tuple[str, str], UUID] = {
            **self._by("customer_id", "pk", {text: parse_customer_id(text) for text in ids}),
            **self._by(
                "customer_email",
                "email_key",
                {text: email_key(text) for text in texts["customer_email"]},
            ),
            **self._by(
                "customer_phone",
                "phone",
                {text: _number(text, actor) for text in texts["customer_phone"]},
            ),
        }
        for name in ("customer_id", "customer_external_id"):
            self.known |= self._by_other_ids(
                name, {text for text in texts[name] if (name, text) not in self.known}
            )

    def get(self, cells: Mapping[str, str]) -> UUID | None:
        """The customer whom the row names, if there is one."""
        found = (self.known.get((name, cells[name])) for name in CUSTOMER_LABELS if name in cells)
        return next(filter(None, found), None)

    def find(self, cells: Mapping[str, str]) -> UUID | None:
        """
        The customer whom the row names; None when it names none. Raises Invalid when it names one
        that isn't there.
        """
        named = [name for name in CUSTOMER_LABELS if name in cells]
        if (found := self.get(cells)) or not named:
            return found
        raise Invalid.one("customer", "not_found", f"No customer “{quoted(cells[named[0]])}”.")

    def _by(self, name: str, column: str, keys: Mapping[str, Any]) -> dict[tuple[str, str], UUID]:
        """(Name, text) → who has the text's key in that column."""
        wanted = {key for key in keys.values() if key}
        rows = self.living.filter(**{f"{column}__in": wanted}) if wanted else self.living.none()
        if column != "pk":  # as the partial index says it
            rows = rows.exclude(**{column: ""})
        owners = dict(rows.values_list(column, "pk"))
        return {(name, text): owners[key] for text, key in keys.items() if key in owners}

    def _by_other_ids(self, name: str, texts: set[str]) -> dict[tuple[str, str], UUID]:
        plain = {text: unguarded(text) for text in texts}
        found = ids_by_external_id(actor=self.actor, texts=plain.values()) if plain else {}
        if rest := set(plain.values()) - found.keys():
            found |= ids_of_others(actor=self.actor, texts=rest)
        owners = set(self.living.filter(pk__in=set(found.values())).values_list("pk", flat=True))
        return {(name, text): found[key] for text, key in plain.items() if found.get(key) in owners}


def named_row(model: Any, column: str, *, of_customer: bool = False) -> Finder:
    """
    Finds rows of the actor's organization by their ids, or by what stands in the `column`: with
    `of_customer` among the customer's own. What several are called names none.
    """

    def find(actor: Actor, named: Collection[Named]) -> Mapping[Named, Any]:
        texts = {text for text, _ in named}
        called = models.Q(**{f"{column}__in": texts})
        called |= models.Q(lowered__in={text.lower() for text in texts})
        if of_customer:
            called &= models.Q(customer__in={owner for _, owner in named if owner})
        rows = model.objects.for_actor(actor).annotate(lowered=Lower(column))
        ids = {key for text in texts if (key := parse_id(text))}
        found: dict[Any, list[Any]] = defaultdict(list)
        for row in rows.filter(models.Q(pk__in=ids) | called):
            found[row.pk].append(row)
            owner = row.customer_id if of_customer else None
            found[getattr(row, column).lower(), owner].append(row)
        meant = {
            (text, owner): found.get(parse_id(text))
            or found.get((text.lower(), owner if of_customer else None), [])
            for text, owner in named
        }
        return {pair: rows[0] for pair, rows in meant.items() if len(rows) == 1}

    return find


def _one(texts: Sequence[str]) -> str:
    """The first of several cells for one field; a day and its time may stand in two."""
    return " ".join(texts[:2]) if len(texts) > 1 and _TIME_ALONE.match(texts[1]) else texts[0]


def _number(text: str, actor: Actor) -> str:
    try:
        return parse_phone(unguarded(text), actor.organization.default_region)
    except ValueError:
        return "none"

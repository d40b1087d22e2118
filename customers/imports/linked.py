"""
Taking in rows that belong to a customer (projects, interactions, appointments), one by one through
their services.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from core.errors import Invalid
from core.ids import parse_id
from core.imports.headers import match_headers
from core.imports.reports import ImportOutcome, Mode, Report, RowResult
from core.imports.running import Checkpoint, run_import, write_each, written
from core.imports.uploads import Upload, UploadLine
from core.tenancy.actor import Actor
from core.text import email_key, parse_phone
from customers.imports.cells import cells_of, plain_cell
from customers.models import Customer

CUSTOMER_HEADERS: dict[str, Sequence[str]] = {
    "customer_id": ["customer"],
    "customer_external_id": [
        "customer number",
        "número de cliente",
        "kundennummer",
        "numéro de client",
    ],
    "customer_email": ["email", "e-mail", "correo electrónico", "e-mail-adresse", "courriel"],
    "customer_phone": ["phone", "teléfono", "telefon", "téléphone"],
}

Finder = Callable[[Actor, str], Any]


@dataclass(frozen=True, slots=True)
class RowImport:
    """
    How rows of one model come in: `words` maps field → other names of its column, `find` the fields
    that refer to another row to how it is found. `create(actor=, values=)` and
    `update(actor=, key=, values=)` are the services.
    """

    model: type[models.Model]
    noun: str
    words: Mapping[str, Sequence[str]]
    create: Callable[..., Any]
    update: Callable[..., Any]
    find: Mapping[str, Finder]


def import_linked(
    *,
    rows: RowImport,
    actor: Actor,
    upload: Upload,
    mode: Mode,
    dry_run: bool = False,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """
    Rows with the id of one that the actor has update it (or are skipped, as `mode` says), all
    others are created, for the customer named by id, external id, e-mail or phone. Raises
    Forbidden.
    """
    columns = match_headers(upload.headers, {"id": (), **CUSTOMER_HEADERS, **rows.words})

    def write(line: UploadLine) -> RowResult:
        cells = cells_of(columns, line.cells)
        present = _present(rows, actor, cells.get("id", ""))
        if present is not None and mode is Mode.SKIP:
            return RowResult(
                line.number,
                ImportOutcome.SKIPPED,
                present.pk,
                reason="The record is there already.",
            )
        values = _values(rows, actor, cells)
        customer = find_customer(actor, cells)
        if customer is not None:
            values["customer"] = customer
        if present is None:
            return written(line, rows.create(actor=actor, values=values), created=True)
        row = rows.update(actor=actor, key=present.pk, values=values)
        if row.updated_at == present.updated_at:
            return RowResult(
                line.number, ImportOutcome.SKIPPED, row.pk, reason="Nothing to change."
            )
        return written(line, row, created=False)

    def results(lines: Sequence[UploadLine]) -> list[RowResult]:
        return write_each(lines, write)

    return run_import(
        actor=actor,
        upload=upload,
        columns=columns,
        noun=rows.noun,
        results=results,
        dry_run=dry_run,
        checkpoint=checkpoint,
    )


def find_customer(actor: Actor, cells: Mapping[str, str]) -> Customer | None:
    """
    The living customer that the row names: by id, else external id, else e-mail, else phone.

    None when it names none; raises Invalid when it names one that isn't there.
    """
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    ways: dict[str, Callable[[str], models.QuerySet[Customer]]] = {
        "customer_id": lambda text: living.filter(pk__in=[key for key in [parse_id(text)] if key]),
        "customer_external_id": lambda text: living.filter(external_id=text),
        "customer_email": lambda text: living.filter(email_key=email_key(text)),
        "customer_phone": lambda text: living.filter(phone=_number(text, actor)),
    }
    named = [name for name in ways if name in cells]
    if not named:
        return None
    for name in named:
        found = ways[name](cells[name]).first()
        if found is not None:
            return found
    raise Invalid.one("customer", "not_found", f"No customer “{cells[named[0]]}”.")


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


def _present(rows: RowImport, actor: Actor, text: str) -> Any:
    key = parse_id(text)
    return rows.model.objects.for_actor(actor).filter(pk=key).first() if key else None  # type: ignore[attr-defined]


def _values(rows: RowImport, actor: Actor, cells: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in rows.words:
        if name not in cells:
            continue
        if name in rows.find:
            values[name] = rows.find[name](actor, cells[name])
            if values[name] is None:
                raise Invalid.one(name, "not_found", f"“{cells[name]}” is not known here.")
        else:
            field: Any = rows.model._meta.get_field(name)
            values[name] = plain_cell(field, cells[name], actor.organization.default_region)
    return values


def _number(text: str, actor: Actor) -> str:
    try:
        return parse_phone(text, actor.organization.default_region)
    except ValueError:
        return "none"

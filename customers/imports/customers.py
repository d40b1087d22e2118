"""
Taking customers in from a file, by sets: each batch is matched, written, audited and recalculated
in a fixed number of statements.

A row's customer is the one with its id (if that row is the actor's), else its external id, else its
e-mail, else its phone. Where another writer comes between and the database refuses the batch, its
rows go one by one through the ordinary services.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import DatabaseError, transaction

from core.errors import DomainError
from core.imports.reports import ImportOutcome, Mode, Report, RowResult
from core.imports.running import Checkpoint, failed, run_import
from core.imports.uploads import Upload, UploadLine
from core.tenancy.actor import Actor
from customers.imports.headers import customer_columns
from customers.imports.rows import CustomerRow, read_rows
from customers.models import Customer
from customers.selectors.customers import lock_customers
from customers.services.changes import CustomerChange, apply_changes
from customers.services.creation import KEYS, draft_cleaned, insert_customers
from customers.services.customers import create_customer, update_customer
from customers.services.erasure import suppressed
from customers.services.values import PINNED, drop_unchanged_pins

DECIDING = ("external_id", "email", "phone")
"""What a row's customer is known by, in the order in which they decide."""


def import_customers(
    *,
    actor: Actor,
    upload: Upload,
    mode: Mode,
    dry_run: bool = False,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """
    Every row of the table that can be read becomes or updates a customer; the others are named with
    what is wrong.

    A row whose customer is there already, in the database or earlier in the file, updates it or is
    skipped, as `mode` says. Raises Forbidden. Emits `customer.created` and `customer.updated`.
    """
    columns = customer_columns(upload.headers)

    def results(lines: Sequence[UploadLine]) -> list[RowResult]:
        return import_batch(actor=actor, lines=lines, columns=columns, mode=mode)

    return run_import(
        actor=actor,
        upload=upload,
        columns=columns,
        noun="customers",
        results=results,
        dry_run=dry_run,
        checkpoint=checkpoint,
    )


def import_batch(
    *, actor: Actor, lines: Sequence[UploadLine], columns: Mapping[str, str | None], mode: Mode
) -> list[RowResult]:
    """The results of some hundred lines, in their order. To be called in a transaction."""
    rows, bad = read_rows(lines, columns, actor)
    results = [failed(line, error) for line, error in bad]
    rows, refused = _without_suppressed(actor, rows)
    results += refused
    while rows:
        wave, rows, skipped = _wave(actor, rows, mode)
        results += skipped
        try:
            with transaction.atomic():
                results += _write(actor, wave, mode)
        except (DatabaseError, DomainError):
            results += [_write_alone(actor, row, mode) for row, _ in wave]
    return sorted(results, key=lambda result: result.line)


Matched = tuple[CustomerRow, Customer | None]


def _without_suppressed(
    actor: Actor, rows: list[CustomerRow]
) -> tuple[list[CustomerRow], list[RowResult]]:
    """Rows of people who had themselves erased are failed: an import brings no one back."""
    found = suppressed(
        actor=actor,
        emails=[row.keys["email"] for row in rows if "email" in row.keys],
        phones=[row.keys["phone"] for row in rows if "phone" in row.keys],
    )
    refused = [row for row in rows if found & set(row.keys.values())]
    faults = {"": ["suppressed: this person's data was erased at their request."]}
    return [row for row in rows if row not in refused], [
        RowResult(row.line, ImportOutcome.FAILED, faults=faults) for row in refused
    ]


def _wave(
    actor: Actor, rows: list[CustomerRow], mode: Mode
) -> tuple[list[Matched], list[CustomerRow], list[RowResult]]:
    """
    The rows that can be written together, those that must wait because they concern a customer of
    an earlier row, and those skipped.
    """
    matches = _match(actor, rows)
    wave: list[Matched] = []
    skipped: list[RowResult] = []
    taken: set[object] = set()
    for place, row in enumerate(rows):
        customer = matches[place]
        marks: set[object] = {*row.keys.items(), *([customer.pk] if customer else [])}
        if taken & marks:
            if mode is Mode.UPDATE:
                return wave, rows[place:], skipped
            skipped.append(
                RowResult(
                    row.line,
                    ImportOutcome.SKIPPED,
                    reason="Repeats a customer from earlier in this file.",
                )
            )
            continue
        taken |= marks
        wave.append((row, customer))
    return wave, [], skipped


def _match(actor: Actor, rows: Sequence[CustomerRow]) -> list[Customer | None]:
    """For each row its customer, locked; None for a new one."""
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    owners: dict[tuple[str, object], UUID] = {}
    ids = [row.id for row in rows if row.id]
    if ids:
        owners |= {
            ("id", key): key for key in living.filter(pk__in=ids).values_list("pk", flat=True)
        }
    for name in DECIDING:
        column, keys = KEYS[name], [row.keys[name] for row in rows if name in row.keys]
        if keys:
            found = living.exclude(**{column: ""}).filter(**{f"{column}__in": keys})
            owners |= {(name, key): pk for pk, key in found.values_list("pk", column)}
    keys_of = [
        [owners.get(("id", row.id)), *(owners.get((name, row.keys.get(name))) for name in DECIDING)]
        for row in rows
    ]
    first = [next((key for key in keys if key), None) for keys in keys_of]
    wanted = {key for key in first if key}
    rows_of = lock_customers(actor=actor, customer_ids=wanted) if wanted else []
    locked = {row.pk: row for row in rows_of if row.deleted_at is None}
    return [locked.get(key) if key else None for key in first]


def _write(actor: Actor, wave: Sequence[Matched], mode: Mode) -> list[RowResult]:
    """
    The wave at once. Raises DatabaseError or a domain error when any row can't be written; then
    none is.
    """
    new = [
        (row, draft_cleaned(actor=actor, columns=row.cleaned, tags=row.tags or []))
        for row, customer in wave
        if customer is None
    ]
    known = [(row, customer) for row, customer in wave if customer is not None]
    insert_customers(actor=actor, drafts=[draft for _, draft in new])
    results = [RowResult(row.line, ImportOutcome.CREATED, draft.customer.pk) for row, draft in new]
    if mode is Mode.SKIP:
        return results + [_skipped(row, customer) for row, customer in known]
    return results + _update(actor, known)


def _update(actor: Actor, known: Sequence[tuple[CustomerRow, Customer]]) -> list[RowResult]:
    for row, customer in known:
        drop_unchanged_pins(customer, row.cleaned)
    changed = apply_changes(
        actor=actor,
        changes=[CustomerChange(customer, row.cleaned, row.tags) for row, customer in known],
    )
    return [
        RowResult(row.line, ImportOutcome.UPDATED, customer.pk)
        if customer.pk in changed
        else RowResult(row.line, ImportOutcome.SKIPPED, customer.pk, reason="Nothing to change.")
        for row, customer in known
    ]


def _write_alone(actor: Actor, row: CustomerRow, mode: Mode) -> RowResult:
    """One row through the services, which say what is wrong with it."""
    values = {**row.cleaned, **({} if row.tags is None else {"tags": row.tags})}
    values = {name: value for name, value in values.items() if name not in PINNED.values()}
    try:
        with transaction.atomic():
            (customer,) = _match(actor, [row])
            if customer is None:
                return RowResult(
                    row.line, ImportOutcome.CREATED, create_customer(actor=actor, values=values).pk
                )
            if mode is Mode.SKIP:
                return _skipped(row, customer)
            updated = update_customer(actor=actor, customer_id=customer.pk, values=values)
            if updated.version == customer.version:
                return RowResult(
                    row.line, ImportOutcome.SKIPPED, customer.pk, reason="Nothing to change."
                )
            return RowResult(row.line, ImportOutcome.UPDATED, updated.pk)
    except DomainError as error:
        return failed(row.line, error)


def _skipped(row: CustomerRow, customer: Customer) -> RowResult:
    return RowResult(
        row.line, ImportOutcome.SKIPPED, customer.pk, reason="The customer is there already."
    )

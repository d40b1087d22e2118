"""
Taking customers in from a file, by sets: each batch is matched, written, audited and recalculated
in a fixed number of statements.

A row's customer is the one with its id (if that row is the actor's), else its external id, else its
e-mail, else its phone. Where another writer comes between and the database refuses the batch, its
rows go one by one through the ordinary services.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction

from core.audit.ledger import announcement, entry
from core.audit.models import AuditEntry, OutboxEvent
from core.clock import now
from core.errors import DomainError, Invalid
from core.ids import parse_id
from core.imports.reports import Mode, Outcome, Report, RowResult
from core.imports.running import Checkpoint, failed, run_import
from core.imports.uploads import Line, Upload
from core.tenancy.actor import Actor
from customers.figures import recalculate
from customers.imports.headers import customer_columns
from customers.imports.rows import CustomerRow, read_rows
from customers.models import Consent, Customer
from customers.services import values as customer_values
from customers.services.consents import CONSENT_FIELDS, consent_rows
from customers.services.customers import (
    INFLUENTIAL,
    assign,
    create_customer,
    drop_unchanged_pins,
    recalculate_referrers,
    update_customer,
)
from customers.services.erasure import suppressed
from customers.services.many import Draft, drafted, insert_customers
from customers.services.tags import replace_tags

KEYS = {"external_id": "external_id", "email": "email_key", "phone": "phone"}
"""What a row's customer is known by, in the order in which they decide → the column compared."""

Changes = dict[str, tuple[Any, Any]]


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

    def results(lines: Sequence[Line]) -> list[RowResult]:
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
    *, actor: Actor, lines: Sequence[Line], columns: Mapping[str, str | None], mode: Mode
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
        RowResult(row.line, Outcome.FAILED, faults=faults) for row in refused
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
                    Outcome.SKIPPED,
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
    for name, column in KEYS.items():
        keys = [row.keys[name] for row in rows if name in row.keys]
        if keys:
            found = living.exclude(**{column: ""}).filter(**{f"{column}__in": keys})
            owners |= {(name, key): pk for pk, key in found.values_list("pk", column)}
    keys_of = [
        [owners.get(("id", row.id)), *(owners.get((name, row.keys.get(name))) for name in KEYS)]
        for row in rows
    ]
    first = [next((key for key in keys if key), None) for keys in keys_of]
    wanted = sorted({key for key in first if key})
    locked = (
        {
            row.pk: row
            for row in living.filter(pk__in=wanted).select_for_update(no_key=True).order_by("pk")
        }
        if wanted
        else {}
    )
    return [locked.get(key) if key else None for key in first]


def _write(actor: Actor, wave: Sequence[Matched], mode: Mode) -> list[RowResult]:
    """
    The wave at once. Raises DatabaseError or a domain error when any row can't be written; then
    none is.
    """
    results: list[RowResult] = []
    new: list[tuple[CustomerRow, Draft]] = []
    changed: list[tuple[CustomerRow, Customer, Changes]] = []
    for row, customer in wave:
        if customer is None:
            new.append((row, drafted(actor=actor, cleaned=row.cleaned, tags=row.tags or [])))
        elif mode is Mode.SKIP:
            results.append(_skipped(row, customer))
        else:
            drop_unchanged_pins(customer, row.cleaned)
            changed.append((row, customer, _changed(customer, row)))
    insert_customers(actor=actor, drafts=[draft for _, draft in new])
    _update(actor, changed)
    results += [RowResult(row.line, Outcome.CREATED, draft.customer.pk) for row, draft in new]
    for row, customer, changes in changed:
        same = RowResult(row.line, Outcome.SKIPPED, customer.pk, reason="Nothing to change.")
        results.append(RowResult(row.line, Outcome.UPDATED, customer.pk) if changes else same)
    return results


def _update(actor: Actor, changed: Sequence[tuple[CustomerRow, Customer, Changes]]) -> None:
    tags = {customer.pk: row.tags for row, customer, _ in changed if row.tags is not None}
    tagged = replace_tags(actor=actor, tags=tags) if tags else {}
    for _, customer, changes in changed:
        changes |= tagged.get(customer.pk, {})
    touched = [(customer, changes) for _, customer, changes in changed if changes]
    if touched:
        _save(touched)
        _tell(actor, touched)
        _follow(actor, touched)


def _changed(customer: Customer, row: CustomerRow) -> Changes:
    changes = assign(customer, row.cleaned)
    if customer.referred_by_id == customer.pk:
        raise Invalid.one("referred_by", "self", "A customer can't refer themselves.")
    return changes


def _save(touched: Sequence[tuple[Customer, Changes]]) -> None:
    names: set[str] = set()
    for customer, changes in touched:
        fields = {name for name in changes if name != "tags"}
        if fields & customer_values.DERIVED_FROM:
            customer_values.derive(customer)
            names |= set(customer_values.DERIVED)
        names |= fields
        customer.version += 1
        customer.updated_at = now()
    Customer.objects.unscoped().bulk_update(
        [row for row, _ in touched], sorted(names | {"version", "updated_at"}), batch_size=100
    )


def _tell(actor: Actor, touched: Sequence[tuple[Customer, Changes]]) -> None:
    """Audit entries, events and consents, as `update_customer` records them for one."""
    entries: list[AuditEntry] = []
    events: list[OutboxEvent] = []
    consents: list[Consent] = []
    for customer, changes in touched:
        entries.append(
            entry(
                actor,
                "customer.updated",
                subject=customer,
                customer_id=customer.pk,
                changes=changes,
            )
        )
        names = sorted(changes)
        events.append(
            announcement(
                actor,
                "customer.updated",
                subject_id=customer.pk,
                customer_id=customer.pk,
                changed=names,
            )
        )
        consents += consent_rows(
            actor=actor,
            customer=customer,
            fields=[name for name in changes if name in CONSENT_FIELDS],
        )
    AuditEntry.objects.unscoped().bulk_create(entries)
    OutboxEvent.objects.unscoped().bulk_create(events)
    Consent.objects.unscoped().bulk_create(consents)


def _follow(actor: Actor, touched: Iterable[tuple[Customer, Changes]]) -> None:
    """Computed columns of whom the changes concern."""
    influential = INFLUENTIAL | set(customer_values.PINNED.values())
    stale: list[UUID] = []
    referrers: list[UUID | None] = []
    for customer, changes in touched:
        if influential & set(changes):
            stale.append(customer.pk)
        if "referred_by" in changes:
            referrers += [customer.referred_by_id, parse_id(changes["referred_by"][0])]
    if stale:
        recalculate(organization=actor.organization, environment=actor.environment, customers=stale)
    recalculate_referrers(actor=actor, referrers=referrers)


def _write_alone(actor: Actor, row: CustomerRow, mode: Mode) -> RowResult:
    """One row through the services, which say what is wrong with it."""
    values = {**row.cleaned, **({} if row.tags is None else {"tags": row.tags})}
    values = {
        name: value for name, value in values.items() if name not in customer_values.PINNED.values()
    }
    try:
        with transaction.atomic():
            (customer,) = _match(actor, [row])
            if customer is None:
                return RowResult(
                    row.line, Outcome.CREATED, create_customer(actor=actor, values=values).pk
                )
            if mode is Mode.SKIP:
                return _skipped(row, customer)
            updated = update_customer(actor=actor, customer_id=customer.pk, values=values)
            if updated.version == customer.version:
                return RowResult(
                    row.line, Outcome.SKIPPED, customer.pk, reason="Nothing to change."
                )
            return RowResult(row.line, Outcome.UPDATED, updated.pk)
    except DomainError as error:
        return failed(row.line, error)


def _skipped(row: CustomerRow, customer: Customer) -> RowResult:
    return RowResult(
        row.line, Outcome.SKIPPED, customer.pk, reason="The customer is there already."
    )

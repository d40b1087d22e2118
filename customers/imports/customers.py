"""
Taking customers in from a file, by sets: each batch is matched, written, audited and recalculated
in a fixed number of statements.

Where another writer comes between and the database refuses the batch, its rows go one by one.
"""

from collections.abc import Sequence

from django.db import DatabaseError, transaction
from django.utils.translation import gettext_noop

from core.errors import DomainError, Fault
from core.imports.headers import Columns
from core.imports.options import OnMatch, Options
from core.imports.reports import ImportOutcome, RowResult
from core.imports.resources import ImportResource, RowWriter
from core.imports.running import failed
from core.imports.uploads import Upload, UploadLine
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import IdentityKind, IdentitySource
from customers.imports.headers import CUSTOMER_FIELDS, customer_columns
from customers.imports.matching import Match, match_rows
from customers.imports.rows import CustomerRow, RowReader
from customers.models import Customer, Identity
from customers.services.changes import CustomerChange, apply_changes
from customers.services.creation import Draft, draft_cleaned, insert_customers
from customers.services.erasure import suppressed
from customers.services.values import drop_unchanged_pins
from customers.tables import CUSTOMERS


class CustomerImport(ImportResource):
    """
    A row whose customer is there already, in the database or earlier in the file, updates it, is
    skipped or adds another, as the options say; one that would write one person's data over
    another's is conflicting. Emits `customer.created` and `customer.updated`.
    """

    model = Customer
    table = CUSTOMERS
    fields = CUSTOMER_FIELDS

    def propose(self, upload: Upload) -> Columns:
        return customer_columns(upload)

    def writer(
        self, *, actor: Actor, upload: Upload, columns: Columns, options: Options
    ) -> RowWriter:
        return CustomerWriter(actor=actor, upload=upload, columns=columns, options=options)


class CustomerWriter:
    def __init__(self, *, actor: Actor, upload: Upload, columns: Columns, options: Options) -> None:
        self.actor, self.options = actor, options
        self.reader = RowReader(actor=actor, upload=upload, columns=columns, options=options)
        self.notes = self.reader.notes

    def write(self, lines: Sequence[UploadLine]) -> list[RowResult]:
        return import_batch(actor=self.actor, lines=lines, reader=self.reader, options=self.options)


CUSTOMER_IMPORT = CustomerImport()
import_customers = CUSTOMER_IMPORT.run


def import_batch(
    *, actor: Actor, lines: Sequence[UploadLine], reader: RowReader, options: Options
) -> list[RowResult]:
    """The results of some hundred lines, in their order. To be called in a transaction."""
    rows, bad = reader.read(lines)
    results = [failed(line, error) for line, error in bad]
    rows, refused = _without_suppressed(actor, rows)
    results += refused
    while rows:
        wave, rows, conflicting = _wave(actor, rows, options)
        results += conflicting
        try:
            with transaction.atomic():
                results += _write(actor, wave, options)
        except (DatabaseError, DomainError):
            results += [_write_alone(actor, match.row, options) for match in wave]
    return sorted(results, key=lambda result: result.line)


def _without_suppressed(
    actor: Actor, rows: list[CustomerRow]
) -> tuple[list[CustomerRow], list[RowResult]]:
    """Rows of people who had themselves erased are refused: an import brings no one back."""
    addresses = [row.addresses for row in rows]
    found = suppressed(actor=actor, addresses=set().union(*addresses))
    said = "suppressed: this person's data was erased at their request."
    faults = {"": [Fault("suppressed", said)]}
    kept: list[CustomerRow] = []
    refused: list[RowResult] = []
    for row, reached in zip(rows, addresses, strict=True):
        if found & reached:
            refused.append(RowResult(row.line, ImportOutcome.SUPPRESSED, faults=faults))
        else:
            kept.append(row)
    return kept, refused


def _wave(
    actor: Actor, rows: list[CustomerRow], options: Options
) -> tuple[list[Match], list[CustomerRow], list[RowResult]]:
    """
    The rows that can be written together, those that must wait because they concern a customer of
    an earlier row, and those that fit nobody alone.
    """
    wave: list[Match] = []
    waiting: list[CustomerRow] = []
    conflicting: list[RowResult] = []
    taken: set[object] = set()
    for match in match_rows(actor, rows, options):
        marks = {*match.row.keys.items(), *match.named}
        if taken & marks:
            waiting.append(match.row)
        elif match.conflicts:
            conflicting.append(_conflicting(match))
            continue
        else:
            wave.append(match)
        taken |= marks
    return wave, waiting, conflicting


def _write(actor: Actor, wave: Sequence[Match], options: Options) -> list[RowResult]:
    """
    The wave at once. Raises DatabaseError or a domain error when any row can't be written; then
    none is.
    """
    new = [(match.row, _draft(actor, match.row)) for match in wave if match.customer is None]
    known = [(match, match.customer) for match in wave if match.customer is not None]
    insert_customers(actor=actor, drafts=[draft for _, draft in new])
    results = [
        RowResult(row.line, ImportOutcome.CREATED, draft.customer.pk, remarks=row.remarks)
        for row, draft in new
    ]
    if options.on_match is OnMatch.SKIP:
        return results + [_skipped(match, customer) for match, customer in known]
    return results + _update(actor, known)


def _update(actor: Actor, known: Sequence[tuple[Match, Customer]]) -> list[RowResult]:
    for match, customer in known:
        drop_unchanged_pins(customer, match.row.cleaned)
    changed = apply_changes(
        actor=actor,
        changes=[
            CustomerChange(
                customer, match.row.cleaned, match.row.tags, learned=_learned(actor, match.row)
            )
            for match, customer in known
        ],
    )
    return [_updated(match, customer, changed=customer.pk in changed) for match, customer in known]


def _draft(actor: Actor, row: CustomerRow) -> Draft:
    return draft_cleaned(
        actor=actor, columns=row.cleaned, tags=row.tags or [], learned=_learned(actor, row)
    )


def _learned(actor: Actor, row: CustomerRow) -> list[Identity]:
    return [
        Identity.objects.new(actor, kind=IdentityKind.EMAIL, value=key, source=IdentitySource.FILE)
        for key in dict.fromkeys(row.further_emails)
    ]


def _write_alone(actor: Actor, row: CustomerRow, options: Options) -> RowResult:
    try:
        return write_row(actor=actor, row=row, options=options)
    except DomainError as error:
        return failed(row.line, error)


@writes(Permission.IMPORT)
def write_row(*, actor: Actor, row: CustomerRow, options: Options) -> RowResult:
    """One row by itself. Raises what is wrong with it."""
    (match,) = match_rows(actor, [row], options)
    if match.conflicts:
        return _conflicting(match)
    (result,) = _write(actor, [match], options)
    return result


def _updated(match: Match, customer: Customer, *, changed: bool) -> RowResult:
    return RowResult(
        match.row.line,
        ImportOutcome.UPDATED if changed else ImportOutcome.SKIPPED,
        customer.pk,
        match.by,
        reason="" if changed else gettext_noop("Nothing to change."),
        remarks=match.row.remarks,
    )


def _skipped(match: Match, customer: Customer) -> RowResult:
    reason = gettext_noop("The customer is there already.")
    return RowResult(match.row.line, ImportOutcome.SKIPPED, customer.pk, match.by, reason=reason)


def _conflicting(match: Match) -> RowResult:
    return RowResult(match.row.line, ImportOutcome.CONFLICTING, faults=match.conflicts)

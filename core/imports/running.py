"""Writing the rows of an upload, batch by batch or one by one through a service."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

from django.db import transaction

from core.audit.ledger import record
from core.errors import Conflict, DomainError, Invalid
from core.imports.headers import Columns
from core.imports.reports import ImportOutcome, Report, RowResult
from core.imports.uploads import Upload, UploadLine
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission

BATCH = 500

T = TypeVar("T")


def failed(line: int, error: DomainError) -> RowResult:
    """The result of a row that the domain refused."""
    if isinstance(error, Invalid):
        faults = {name: [fault.message for fault in items] for name, items in error.faults.items()}
    else:
        faults = {error.field if isinstance(error, Conflict) else "": [error.message]}
    return RowResult(line, ImportOutcome.FAILED, faults=faults)


def batched(items: Sequence[T], size: int = BATCH) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


class Checkpoint(Protocol):
    """Where an import that may be interrupted stands."""

    def load(self) -> Report | None:
        """The report of an earlier attempt, whose rows are written; None at the beginning."""

    def save(self, report: Report) -> None:
        """
        Keeps the report, in the transaction of the rows that it newly tells of. Raises what ends
        the import, and undoes those rows.
        """


def run_import(
    *,
    actor: Actor,
    upload: Upload,
    columns: Columns,
    notes: Sequence[str],
    noun: str,
    results: Callable[[Sequence[UploadLine]], list[RowResult]],
    dry_run: bool,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """
    Runs `results` over the upload batch by batch, each batch one transaction, and records the run
    as `<noun>.imported`. Begun again with a checkpoint, it goes on after the last batch that was
    written.

    A dry run is the run itself, rolled back, so that what it promises holds. Raises Forbidden.
    """
    actor.require(Permission.IMPORT)
    report = (checkpoint.load() if checkpoint else None) or Report(
        columns, dry_run, upload.encoding, upload.delimiter, notes
    )
    save = checkpoint.save if checkpoint else lambda report: None
    if dry_run:
        with transaction.atomic():
            for batch in batched(upload.lines):
                report.results += results(batch)
                save(report)
            transaction.set_rollback(True)
        return report
    for batch in batched(upload.lines[report.rows :]):
        # which custom fields are sensitive may have been changed since the import began
        actor.organization.refresh_from_db(fields=["sensitive_fields"])
        with transaction.atomic():
            report.results += results(batch)
            save(report)
    with transaction.atomic():
        counts = {"rows": report.rows, **report.counts}
        record(actor, f"{noun}.imported", changes={k: (None, v) for k, v in counts.items()})
        report.recorded = True
        save(report)
    return report


def write_each(
    lines: Sequence[UploadLine], write: Callable[[UploadLine], RowResult]
) -> list[RowResult]:
    """Each row through `write`, whose own savepoint undoes a refused one alone."""
    results = []
    for line in lines:
        try:
            if line.fault:
                raise Invalid.one("", "unreadable", line.fault)
            results.append(write(line))
        except DomainError as error:
            results.append(failed(line.number, error))
    return results


def written(
    line: UploadLine, row: Any, *, created: bool, remarks: Mapping[str, Sequence[str]]
) -> RowResult:
    outcome = ImportOutcome.CREATED if created else ImportOutcome.UPDATED
    return RowResult(line.number, outcome, row.pk, remarks=remarks)

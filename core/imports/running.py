"""Writing the rows of an upload, batch by batch or one by one through a service."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from django.db import transaction

from core.audit.ledger import record
from core.errors import Conflict, DomainError, Fault, Invalid
from core.imports.headers import Columns
from core.imports.reports import ImportOutcome, Report, RowResult
from core.imports.uploads import Upload, UploadLine
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.timeouts import is_waited_for

BATCH = 500

T = TypeVar("T")


def failed(line: int, error: DomainError) -> RowResult:
    """The result of a row that the domain refused."""
    if isinstance(error, Invalid):
        return RowResult(line, ImportOutcome.FAILED, faults=error.faults)
    name = error.field if isinstance(error, Conflict) else ""
    code = f"taken_{name}" if name else ""
    return RowResult(line, ImportOutcome.FAILED, faults={name: [Fault(code, error.message)]})


def batched(items: Sequence[T], size: int = BATCH) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


class Checkpoint(Protocol):
    """Where an import that may be interrupted stands."""

    def load(self) -> Counter[str]:
        """Outcome → rows that an earlier attempt has written; none at the beginning."""

    def progress(self, rows: int) -> None:
        """Says how many rows are done. Raises what ends the import, and undoes what isn't kept."""

    def save(self, report: Report) -> None:
        """
        Keeps the report's results, in the transaction of the rows that they tell of. Raises what
        ends the import, and undoes those rows.
        """


def run_import(
    *,
    actor: Actor,
    upload: Upload,
    columns: Columns,
    notes: Sequence[Fault],
    noun: str,
    write: Callable[[Sequence[UploadLine]], list[RowResult]],
    dry_run: bool,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """
    Has the upload's lines written batch by batch, each batch one transaction, and records the run
    as `<noun>.imported`. With a checkpoint, which keeps the results instead of the report, it goes
    on after the last batch that an earlier attempt wrote.

    A dry run is the run itself, rolled back, so that what it promises holds. As soon as somebody
    waits for what it has locked it lets go, between two batches: of the rows before that the rest
    of it knows nothing. Raises Forbidden.
    """
    actor.require(Permission.IMPORT)
    report = Report(columns, dry_run, upload.encoding, upload.delimiter, notes)
    if dry_run:
        batches = batched(upload.lines)
        while report.rows < len(upload.lines):
            with transaction.atomic():
                for batch in batches:
                    report.results += write(batch)
                    if checkpoint:
                        checkpoint.progress(report.rows)
                    if is_waited_for():
                        break
                transaction.set_rollback(True)
        return report
    if checkpoint:
        report.earlier = checkpoint.load()
    if not upload.lines:
        with transaction.atomic():
            _record(actor, noun, report)
    for batch in batched(upload.lines[report.rows :]):
        # which custom fields are sensitive may have been changed since the import began
        actor.organization.refresh_from_db(fields=["sensitive_fields"])
        with transaction.atomic():
            report.results += write(batch)
            if report.rows == len(upload.lines):
                _record(actor, noun, report)
            if checkpoint:
                checkpoint.save(report)
        if checkpoint:
            report.let_go()
            checkpoint.progress(report.rows)
    return report


def _record(actor: Actor, noun: str, report: Report) -> None:
    """The audit's entry of the run, in the transaction of its last rows."""
    counts = {"rows": report.rows, **report.counts}
    record(actor, f"{noun}.imported", changes={k: (None, v) for k, v in counts.items()})

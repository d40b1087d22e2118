"""Writing the rows of an upload, batch by batch or one by one through a service."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction

from core.audit.ledger import record
from core.errors import Conflict, DomainError, Invalid
from core.imports.reports import Outcome, Report, RowResult
from core.imports.uploads import Line, Upload
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
    return RowResult(line, Outcome.FAILED, faults=faults)


def overlong(line: Line) -> RowResult:
    return RowResult(
        line.number, Outcome.FAILED, faults={"": ["The row has more cells than the header."]}
    )


def batched(items: Sequence[T], size: int = BATCH) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def run_import(
    *,
    actor: Actor,
    upload: Upload,
    columns: Mapping[str, str | None],
    noun: str,
    results: Callable[[Sequence[Line]], list[RowResult]],
    dry_run: bool,
) -> Report:
    """
    Runs `results` over the table batch by batch, each batch one transaction, and records the run as
    `<noun>.imported`.

    A dry run is the run itself, rolled back, so that what it promises holds. Raises Forbidden.
    """
    actor.require(Permission.IMPORT)
    report = Report(columns, dry_run)
    if dry_run:
        with transaction.atomic():
            for batch in batched(upload.lines):
                report.results += results(batch)
            transaction.set_rollback(True)
        return report
    for batch in batched(upload.lines):
        with transaction.atomic():
            report.results += results(batch)
    record(
        actor,
        f"{noun}.imported",
        changes={
            "rows": (None, len(report.results)),
            **{k: (None, v) for k, v in report.counts.items()},
        },
    )
    return report


def write_each(lines: Sequence[Line], write: Callable[[Line], RowResult]) -> list[RowResult]:
    """Each row through `write`, whose own savepoint undoes a refused one alone."""
    results = []
    for line in lines:
        if line.overlong:
            results.append(overlong(line))
            continue
        try:
            results.append(write(line))
        except DomainError as error:
            results.append(failed(line.number, error))
    return results


def written(line: Line, row: Any, *, created: bool) -> RowResult:
    return RowResult(line.number, Outcome.CREATED if created else Outcome.UPDATED, row.pk)

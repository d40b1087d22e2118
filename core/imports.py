"""
What every import shares: matching headers to fields, the report, and running rows one by one
through a service.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import models, transaction

from core.audit.ledger import record
from core.errors import Conflict, DomainError, Invalid
from core.tables import Line, Table
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import fold

BATCH = 500

T = TypeVar("T")


class Mode(models.TextChoices):
    """What to do with a row whose customer is there already."""

    UPDATE = "update", "Update the existing record"
    SKIP = "skip", "Skip the row"


class Outcome(models.TextChoices):
    CREATED = "created"
    UPDATED = "updated"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RowResult:
    """
    What became of one row: `faults` maps field → sentences, `reason` says why a row was skipped.
    """

    line: int
    outcome: Outcome
    row_id: UUID | None = None
    reason: str = ""
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """
    What an import did, or (dry) would do. The four counts add up to the rows in the file.

    `columns` maps each header to its field, None where it was left out.
    """

    columns: Mapping[str, str | None]
    dry_run: bool
    results: list[RowResult] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        return sum(result.outcome == outcome for result in self.results)

    @property
    def counts(self) -> dict[str, int]:
        return {outcome.value: self.count(outcome) for outcome in Outcome}

    @property
    def failed(self) -> list[RowResult]:
        return [result for result in self.results if result.outcome == Outcome.FAILED]


def header_key(header: str) -> str:
    """
    The form in which two spellings of one header are equal: no case, accents, spaces or
    punctuation.
    """
    return "".join(character for character in fold(header) if character.isalnum())


def match_headers(
    headers: Sequence[str], words: Mapping[str, Sequence[str]]
) -> dict[str, str | None]:
    """
    Header → field, by the `words` (field → its other names) that it is known by; the first header
    of a field has it.
    """
    known = {header_key(name): field for field in words for name in (field, *words[field])}
    matched: dict[str, str | None] = {}
    for header in headers:
        found = known.get(header_key(header))
        matched.setdefault(header, None if found in matched.values() else found)
    return matched


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


def run(
    *,
    actor: Actor,
    table: Table,
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
            for batch in batched(table.lines):
                report.results += results(batch)
            transaction.set_rollback(True)
        return report
    for batch in batched(table.lines):
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


def one_by_one(lines: Sequence[Line], write: Callable[[Line], RowResult]) -> list[RowResult]:
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

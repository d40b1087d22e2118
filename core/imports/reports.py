"""What an import did, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import models


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

"""What an import did, row by row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models


class Mode(models.TextChoices):
    """What to do with a row whose customer is there already."""

    UPDATE = "update", "Update the existing record"
    SKIP = "skip", "Skip the row"


class ImportOutcome(models.TextChoices):
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
    outcome: ImportOutcome
    row_id: UUID | None = None
    reason: str = ""
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)


KEPT_FAILED = 500
"""Failed rows that a stored report names."""

KEPT_SKIPPED = 20


@dataclass(slots=True)
class Report:
    """
    What an import did, or (dry) would do. The four counts add up to the rows in the file.

    `columns` maps each header to its field, None where it was left out; `earlier` counts, by
    outcome, rows whose results aren't held any more.
    """

    columns: Mapping[str, str | None]
    dry_run: bool
    results: list[RowResult] = field(default_factory=list)
    earlier: Mapping[str, int] = field(default_factory=dict)
    recorded: bool = False

    def count(self, outcome: ImportOutcome) -> int:
        held = sum(result.outcome == outcome for result in self.results)
        return held + self.earlier.get(outcome.value, 0)

    @property
    def counts(self) -> dict[str, int]:
        return {outcome.value: self.count(outcome) for outcome in ImportOutcome}

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def failed(self) -> list[RowResult]:
        return [result for result in self.results if result.outcome == ImportOutcome.FAILED]

    @property
    def skipped(self) -> list[RowResult]:
        return [result for result in self.results if result.outcome == ImportOutcome.SKIPPED]

    def dump(self) -> dict[str, Any]:
        """The report as JSON: all counts, and the first of the rows that were not written."""
        kept = [*self.failed[:KEPT_FAILED], *self.skipped[:KEPT_SKIPPED]]
        return {
            **self.counts,
            "columns": list(self.columns.items()),
            "dry_run": self.dry_run,
            "recorded": self.recorded,
            "rows_left_out": [
                {"line": row.line, "outcome": row.outcome, "reason": row.reason}
                | {"faults": {name: list(texts) for name, texts in row.faults.items()}}
                for row in kept
            ],
        }

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> "Report":
        """The report that was dumped."""
        kept = [
            RowResult(
                row["line"],
                ImportOutcome(row["outcome"]),
                reason=row["reason"],
                faults=row["faults"],
            )
            for row in dumped["rows_left_out"]
        ]
        held = Counter(row.outcome.value for row in kept)
        return cls(
            dict(dumped["columns"]),
            dumped["dry_run"],
            kept,
            {name.value: dumped[name.value] - held[name.value] for name in ImportOutcome},
            dumped["recorded"],
        )

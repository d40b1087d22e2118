"""What an import did, row by row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import models


class ImportOutcome(models.TextChoices):
    """
    What becomes of a row. Suppressed is a person who had themselves erased; conflicting is a row
    that would write one person's data over another's.
    """

    CREATED = "created"
    UPDATED = "updated"
    SKIPPED = "skipped"
    SUPPRESSED = "suppressed"
    CONFLICTING = "conflicting"
    FAILED = "failed"


REFUSED = (ImportOutcome.SUPPRESSED, ImportOutcome.CONFLICTING, ImportOutcome.FAILED)
"""Rows that somebody has to look at."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """
    What became of one row: `faults` maps field → sentences, `reason` says why a row was skipped,
    `remarks` (field → sentences) what was left out of one that was written.
    """

    line: int
    outcome: ImportOutcome
    row_id: UUID | None = None
    reason: str = ""
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    remarks: Mapping[str, Sequence[str]] = field(default_factory=dict)


KEPT_REFUSED = 500
"""Refused rows that a stored report names."""

KEPT_REMARKED = 200
KEPT_SKIPPED = 20


@dataclass(slots=True)
class Report:
    """
    What an import did, or (dry) would do. The counts add up to the rows in the file.

    `columns` maps each header to its field, None where it was left out; `encoding` and `delimiter`
    are how the file was read, `notes` what is to be said of it as a whole; `earlier` counts, by
    outcome, rows whose results aren't held any more.
    """

    columns: Mapping[str, str | None]
    dry_run: bool
    encoding: str = ""
    delimiter: str = ""
    notes: Sequence[str] = ()
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
    def refused(self) -> list[RowResult]:
        return [result for result in self.results if result.outcome in REFUSED]

    @property
    def skipped(self) -> list[RowResult]:
        return [result for result in self.results if result.outcome == ImportOutcome.SKIPPED]

    @property
    def remarked(self) -> list[RowResult]:
        """Rows of which something was left out."""
        return [result for result in self.results if result.remarks]

    def dump(self) -> dict[str, Any]:
        """The report as JSON: all counts, and the first of the rows that are to be looked at."""
        named = {
            row.line: row
            for row in (
                *self.refused[:KEPT_REFUSED],
                *self.skipped[:KEPT_SKIPPED],
                *self.remarked[:KEPT_REMARKED],
            )
        }
        return {
            **self.counts,
            "columns": list(self.columns.items()),
            "dry_run": self.dry_run,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "notes": list(self.notes),
            "recorded": self.recorded,
            "rows_left_out": [
                {
                    "line": row.line,
                    "outcome": row.outcome,
                    "reason": row.reason,
                    "faults": {name: list(texts) for name, texts in row.faults.items()},
                    "remarks": {name: list(texts) for name, texts in row.remarks.items()},
                }
                for row in named.values()
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
                remarks=row.get("remarks", {}),
            )
            for row in dumped["rows_left_out"]
        ]
        held = Counter(row.outcome.value for row in kept)
        return cls(
            dict(dumped["columns"]),
            dumped["dry_run"],
            dumped.get("encoding", ""),
            dumped.get("delimiter", ""),
            dumped.get("notes", ()),
            kept,
            {name.value: dumped.get(name.value, 0) - held[name.value] for name in ImportOutcome},
            dumped["recorded"],
        )

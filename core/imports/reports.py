"""What an import did, row by row."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.utils.translation import pgettext_lazy

from core.choices import TonedChoices
from core.errors import Fault


class ImportOutcome(TonedChoices):
    """
    What becomes of a row. Suppressed is a person who had themselves erased; conflicting is a row
    that would write one person's data over another's.
    """

    CREATED = "created", "good", pgettext_lazy("rows of a file", "Created")
    UPDATED = "updated", "good", pgettext_lazy("rows of a file", "Updated")
    SKIPPED = "skipped", "", "dot", pgettext_lazy("rows of a file", "Skipped")
    SUPPRESSED = "suppressed", "warn", pgettext_lazy("rows of a file", "Suppressed")
    CONFLICTING = "conflicting", "warn", pgettext_lazy("rows of a file", "Conflicting")
    FAILED = "failed", "bad", pgettext_lazy("rows of a file", "Failed")


WRITTEN = (ImportOutcome.CREATED, ImportOutcome.UPDATED)

REFUSED = (ImportOutcome.SUPPRESSED, ImportOutcome.CONFLICTING, ImportOutcome.FAILED)
"""Rows that somebody has to look at."""


Remarks = Mapping[str, Sequence[Fault]]
"""Field → what is said of it; what concerns the whole row stands under an empty name."""


def remark(code: str, sentence: str, **params: object) -> Fault:
    """What is said of a row or a file, the places of its sentence filled."""
    return Fault(code, sentence % params, params)


def as_json(remarks: Remarks) -> dict[str, list[dict[str, Any]]]:
    """As they are stored, by field."""
    return {name: as_list(items) for name, items in remarks.items()}


def as_list(items: Iterable[Fault]) -> list[dict[str, Any]]:
    """As they are stored: what a sentence is filled with as text, if it is no number."""
    return [
        {
            "code": each.code,
            "message": each.message,
            "params": {
                key: value if isinstance(value, int | float) else str(value)
                for key, value in each.params.items()
            },
        }
        for each in items
    ]


Say = Callable[[Fault], str]
"""The sentence for a fault; without one of a door's own the domain's English."""


def sentences(stored: Mapping[str, Any], say: Say = attrgetter("message")) -> dict[str, list[str]]:
    """Those that were stored, by field."""
    return {name: listed(items, say) for name, items in stored.items()}


def listed(stored: Iterable[Any], say: Say = attrgetter("message")) -> list[str]:
    """Those that were stored, in their order. Once they were sentences alone."""
    return [each if isinstance(each, str) else say(Fault(**each)) for each in stored]


@dataclass(frozen=True, slots=True)
class RowResult:
    """
    What became of one row: `matched_by` is the key that found its record, `faults` maps field →
    what is wrong, `reason` says why a row was skipped, `remarks` (field → each) what was left out
    of one that was written.
    """

    line: int
    outcome: ImportOutcome
    row_id: UUID | None = None
    matched_by: str = ""
    reason: str = ""
    faults: Remarks = field(default_factory=dict)
    remarks: Remarks = field(default_factory=dict)


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
    notes: Sequence[Fault] = ()
    results: list[RowResult] = field(default_factory=list)
    earlier: Counter[str] = field(default_factory=Counter)

    def count(self, outcome: ImportOutcome) -> int:
        held = sum(result.outcome == outcome for result in self.results)
        return held + self.earlier[outcome.value]

    @property
    def counts(self) -> dict[str, int]:
        held = Counter(result.outcome.value for result in self.results)
        return {name.value: held[name.value] + self.earlier[name.value] for name in ImportOutcome}

    @property
    def rows(self) -> int:
        return len(self.results) + self.earlier.total()

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

    def let_go(self) -> None:
        """Holds the results no longer, only how many of each there were."""
        self.earlier += Counter(result.outcome.value for result in self.results)
        self.results = []

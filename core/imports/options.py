"""What whoever imports a file decides about it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from django.db import models


class Mode(models.TextChoices):
    """What to do with a row whose customer is there already."""

    UPDATE = "update", "Update the existing record"
    SKIP = "skip", "Skip the row"


class Conflicts(models.TextChoices):
    """What to do with a row that fits two people, or one person and somebody else's address."""

    REPORT = "report", "Report it and write nothing"
    MATCH = "match", "Take whom the external ID, else the e-mail, else the phone names"


class DateOrder(models.TextChoices):
    """How to read 3/4/2026."""

    COLUMN = "column", "As the whole column shows"
    DAY_FIRST = "day_first", "Day first: 31/12/2026"
    MONTH_FIRST = "month_first", "Month first: 12/31/2026"


@dataclass(frozen=True, slots=True)
class Options:
    """`encoding` is one of `core.imports.encodings.ENCODINGS`, empty for the one that is found."""

    mode: Mode = Mode.UPDATE
    conflicts: Conflicts = Conflicts.REPORT
    date_order: DateOrder = DateOrder.COLUMN
    encoding: str = ""

    def dump(self) -> dict[str, str]:
        """As a job keeps them."""
        return {option.name: str(getattr(self, option.name)) for option in fields(self)}

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> Self:
        """Those that were dumped; what is missing has its default."""
        return cls(
            Mode(dumped.get("mode", Mode.UPDATE)),
            Conflicts(dumped.get("conflicts", Conflicts.REPORT)),
            DateOrder(dumped.get("date_order", DateOrder.COLUMN)),
            dumped.get("encoding", ""),
        )


USUAL = Options()

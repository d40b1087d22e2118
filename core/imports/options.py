"""What whoever imports a file decides about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class OnMatch(models.TextChoices):
    """What to do with a row whose record is there already."""

    UPDATE = "update", _("Update the existing record")
    SKIP = "skip", _("Skip the row")
    CREATE = "create", _("Add a new record anyway")


class RowKey(models.TextChoices):
    """
    What a row's customer is known by. `identity` is any address that a person is reached under,
    learned ones too: it decides where one customer alone has it.
    """

    EXTERNAL_ID = "external_id", _("External ID")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Phone")
    IDENTITY = "identity", _("Any known address")


class Conflicts(models.TextChoices):
    """What to do with a row that fits two people, or one person and somebody else's address."""

    REPORT = "report", _("Report it and import nothing")
    MATCH = "match", _("Use the first key’s match")


class DateOrder(models.TextChoices):
    """How to read 3/4/2026."""

    COLUMN = "column", _("As the whole column shows")
    DAY_FIRST = "day_first", _("Day first: 31/12/2026")
    MONTH_FIRST = "month_first", _("Month first: 12/31/2026")


class DecimalMark(models.TextChoices):
    """How to read 1,234."""

    COLUMN = "column", _("As the whole column shows")
    POINT = "point", _("Point: 1,234.50")
    COMMA = "comma", _("Comma: 1.234,50")


USUAL_MATCH = (RowKey.EXTERNAL_ID, RowKey.EMAIL, RowKey.PHONE)


@dataclass(frozen=True, slots=True)
class Options:
    """
    `match` are the keys by which a row's customer is sought, in the order in which they decide (our
    own id always comes first). `encoding` is one of `core.imports.encodings.ENCODINGS`, empty for
    the one that is found; `delimiter` the separator of cells, empty likewise; without `header` the
    first row is data.
    """

    on_match: OnMatch = OnMatch.UPDATE
    match: tuple[RowKey, ...] = USUAL_MATCH
    conflicts: Conflicts = Conflicts.REPORT
    date_order: DateOrder = DateOrder.COLUMN
    decimal: DecimalMark = DecimalMark.COLUMN
    encoding: str = ""
    delimiter: str = ""
    header: bool = True

    def dump(self) -> dict[str, Any]:
        """As an import keeps them."""
        return {
            "on_match": self.on_match.value,
            "match": [key.value for key in self.match],
            "conflicts": self.conflicts.value,
            "date_order": self.date_order.value,
            "decimal": self.decimal.value,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header": self.header,
        }

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> Self:
        """Those that were dumped; what is missing has its default."""
        return cls(
            OnMatch(dumped.get("on_match", OnMatch.UPDATE)),
            tuple(map(RowKey, dumped.get("match", USUAL_MATCH))),
            Conflicts(dumped.get("conflicts", Conflicts.REPORT)),
            DateOrder(dumped.get("date_order", DateOrder.COLUMN)),
            DecimalMark(dumped.get("decimal", DecimalMark.COLUMN)),
            dumped.get("encoding", ""),
            dumped.get("delimiter", ""),
            dumped.get("header", True),
        )


USUAL = Options()

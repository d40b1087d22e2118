"""What can be taken out as a table: which rows, by which conditions, in which columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from core.errors import Invalid
from core.exports.column_types import ColumnType, column_type_of
from core.filters import Conditions
from core.tenancy.actor import Actor


@dataclass(frozen=True, slots=True)
class Column:
    """
    `source` is a path from the row, or an expression over it; its kind follows from the model's
    field unless given.
    """

    source: Any
    kind: ColumnType | Callable[[Actor], ColumnType]

    def type_for(self, actor: Actor) -> ColumnType:
        return self.kind if isinstance(self.kind, ColumnType) else self.kind(actor)


@dataclass(frozen=True, slots=True)
class Table:
    """`noun` is what its rows are called (plural); `rows` a selector; `order` a total one."""

    noun: str
    rows: "Callable[..., QuerySet[Any]]"
    conditions: type[Conditions]
    columns: Mapping[str, Column]
    order: Sequence[str]

    def chosen(self, names: Sequence[str]) -> list[Column]:
        """The columns of these names. Raises Invalid naming those that aren't there."""
        unknown = [name for name in names if name not in self.columns]
        if unknown or not names:
            told = f"Unknown: {', '.join(unknown[:20])}. " if unknown else "Choose at least one. "
            raise Invalid.one(
                "columns", "invalid_choice", f"{told}Columns are: {', '.join(self.columns)}."
            )
        return [self.columns[name] for name in names]


def column(model: type[models.Model], path: str) -> Column:
    """What stands at `path` from a row of the model."""
    *way, name = path.split("__")
    for part in way:
        model = model._meta.get_field(part).related_model  # type: ignore[assignment]
    return Column(
        path, column_type_of(model._meta.pk if name == "pk" else model._meta.get_field(name))
    )


def columns(model: type[models.Model], *names: str) -> dict[str, Column]:
    """Columns called as their paths, or (`name=path`) otherwise."""
    pairs = [(name, path or name) for name, _, path in (text.partition("=") for text in names)]
    return {name: column(model, path) for name, path in pairs}


def table(name: str) -> Table:
    """The table of that name. Raises Invalid."""
    if name not in settings.EXPORT_TABLES:
        raise Invalid.one(
            "resource",
            "invalid_choice",
            f"“{name}” is not one of: {', '.join(settings.EXPORT_TABLES)}.",
        )
    found: Table = import_string(settings.EXPORT_TABLES[name])
    return found

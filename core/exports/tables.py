"""What can be taken out as a table: which rows, by which conditions, in which columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.exports.column_types import ColumnType, column_type_of
from core.filters import Conditions, ConditionsFilterSet
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import not_one_of


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """
    `source` is a path from the row, or an expression over it; its kind and what people call it
    follow from the model's field unless given. A column that takes a `permission` of its own goes
    out when it is asked for by name, by somebody who has it.
    """

    source: Any
    kind: ColumnType | Callable[[Actor], ColumnType]
    label: str | Promise
    permission: Permission | None = None

    def type_for(self, actor: Actor) -> ColumnType:
        return self.kind if isinstance(self.kind, ColumnType) else self.kind(actor)


@dataclass(frozen=True, slots=True)
class ExportTable:
    """
    `noun` is what its rows are called (plural), `label` the same for people; `rows` a selector,
    `filterset` what its list can be asked; `order` a total one. `names` are what clients call its
    columns, of which they get the `usual` ones (all, if there are none) unless they choose;
    `preselected` are those that the page has ticked already.
    """

    noun: str
    label: str | Promise
    rows: "Callable[..., QuerySet[Any]]"
    filterset: type[ConditionsFilterSet[Any]]
    columns: Mapping[str, ExportColumn]
    order: Sequence[str]
    names: Mapping[str, str]
    preselected: Sequence[str]
    usual: Sequence[str] = ()

    def get_columns(self, names: Sequence[str]) -> list[ExportColumn]:
        """The columns of these names. Raises Invalid naming those that aren't there."""
        known = choose(names, self.columns)
        return [known[name] for name in names]

    def get_conditions(self, filters: Mapping[str, Any], *, time_zone: str) -> Conditions:
        """
        The conditions of the list's own parameters. Raises Invalid naming each that is wrong, under
        `filters`.
        """
        read = self.filterset(filters, time_zone=time_zone)
        if read.faults:
            raise Invalid({f"filters.{name}": faults for name, faults in read.faults.items()})
        wanted: Conditions = read.conditions
        return wanted

    def load_conditions(self, data: Mapping[str, Any]) -> Conditions:
        """Those that `Conditions.dump` gave."""
        wanted: Conditions = self.filterset.Meta.conditions.load(data)
        return wanted


V = TypeVar("V")


def choose(names: Sequence[str], known: Mapping[str, V]) -> dict[str, V]:
    """Those of `known`, in the order of `names`. Raises Invalid naming the unknown ones."""
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        wrong = f"Unknown: {', '.join(unknown[:20])}. " if unknown else "Choose at least one. "
        raise Invalid.one("columns", "invalid_choice", f"{wrong}Columns are: {', '.join(known)}.")
    return {name: known[name] for name in names}


def column(model: type[models.Model], path: str, label: str | Promise = "") -> ExportColumn:
    """
    What stands at `path` from a row of the model, called as its first field is: of a person who is
    named by their e-mail, or an outlet by its name, the relation says what they are.
    """
    first, *rest = path.split("__")
    start = field = model._meta.pk if first == "pk" else model._meta.get_field(first)
    for name in rest:
        field = field.related_model._meta.get_field(name)  # type: ignore[union-attr]
    called = label or start.verbose_name  # type: ignore[union-attr]
    if not label and start.is_relation and first.endswith("_id"):
        called = format_lazy(_("{name} ID"), name=called)
    return ExportColumn(path, column_type_of(field), called)


def columns(
    model: type[models.Model], *names: str, labels: Mapping[str, str | Promise] | None = None
) -> dict[str, ExportColumn]:
    """
    Columns called as their paths, or (`name=path`) otherwise; `labels` are for those that their
    model's fields don't name.
    """
    pairs = [(name, path or name) for name, _eq, path in (text.partition("=") for text in names)]
    return {name: column(model, path, (labels or {}).get(name, "")) for name, path in pairs}


def named(columns: Iterable[str], **names: str) -> dict[str, str]:
    """Name → column, each called as it is unless `names` (column → name) says otherwise."""
    return {names.get(column, column): column for column in columns}


def table(name: str) -> ExportTable:
    """The table of that name. Raises Invalid."""
    if name not in settings.EXPORT_TABLES:
        raise Invalid.one(
            "resource",
            "invalid_choice",
            not_one_of(name, settings.EXPORT_TABLES),
        )
    found: ExportTable = import_string(settings.EXPORT_TABLES[name])
    return found

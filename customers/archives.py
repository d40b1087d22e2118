"""How rows of a kind stand in a person's archive: which columns, and what people call them."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.exports.tables import ExportColumn, column
from core.fields import OpenChoiceField
from customers.models import Customer

OF_THE_HOUSE = {"organization", "environment", "version", "customer"}
"""Columns that say where a row belongs, the same in all of a person's rows."""

Words = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class ArchiveTable:
    """
    What the rows of one model tell of a person, who may be a customer and others who were merged
    into them: `name` is the file's, `label` for people; `words`
    say how a column's values read.
    """

    model: type[Model]
    name: str
    label: str | Promise
    rows: "Callable[[Sequence[Customer]], QuerySet[Any]]"
    columns: Mapping[str, ExportColumn]
    words: Mapping[str, Words]


def archive_table(
    model: type[Any],
    name: str,
    label: str | Promise,
    *,
    paths: Mapping[str, str] | None = None,
    leaving_out: Collection[str] = (),
    computed: Mapping[str, ExportColumn] | None = None,
    order: Sequence[str] = ("pk",),
    words: Mapping[str, Words] | None = None,
    rows: "Callable[[Sequence[Customer]], QuerySet[Any]] | None" = None,
) -> ArchiveTable:
    """
    The table of all columns of a model (so that a new one can't be forgotten) but those left out.

    A relation is told by its id, or by what stands at its path in `paths`; `computed` columns
    follow. `rows` are those of the customer unless given.
    """
    known, columns, read_as = paths or {}, {}, {}
    for field in model._meta.concrete_fields:
        if field.name in OF_THE_HOUSE or field.name in leaving_out:
            continue
        called = field.name if field.name in known else field.attname
        columns[called] = column(model, known.get(field.name, field.attname))
        read_as[called] = (words or {}).get(field.name) or words_of(field)

    def select(person: Sequence[Customer]) -> "QuerySet[Any]":
        mine = rows(person) if rows else model.objects.unscoped().filter(customer__in=person)
        return mine.order_by(*order)  # type: ignore[no-any-return]

    for called, made in (computed or {}).items():
        columns[called], read_as[called] = made, in_words
    return ArchiveTable(model, name, label, select, columns, read_as)


def words_of(field: Any) -> Words:
    """How the field's values read: a choice by its label, others as `in_words` says."""
    if isinstance(field, OpenChoiceField):
        return lambda value: str(field.words(value).label) if value else ""
    if field.choices:
        labels = dict(field.flatchoices)
        return lambda value: str(labels.get(value, value or ""))
    return in_words


def in_words(value: Any) -> str:
    """A value as people read it, in the active language and time zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, dt.date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, dt.time):
        return time_format(value, "TIME_FORMAT")
    if isinstance(value, int | float | Decimal):
        return number_format(value)
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {in_words(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    return str(value)


def act_in_words(act: str) -> str:
    """As the audit's page calls it."""
    return str(import_string(settings.ACT_NAMES).get(act, act))


def changes_in_words(changes: Mapping[str, Any]) -> str:
    """What an audit entry's fields were and became; of values taken away, the fields alone."""
    return "\n".join(
        f"{name}: {in_words(pair[0])} → {in_words(pair[1])}" if pair else name
        for name, pair in changes.items()
    )

"""
How values leave: as JSON, and as the cells of a table. Each kind says it twice, in Python and in
PostgreSQL's SQL, for PostgreSQL writes files of hundreds of thousands of rows many times faster
than any loop here; a test holds both to the same words.
"""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from core.encryption import EncryptedObjectField
from core.fields import PhoneField, number
from core.phones import national_digits, national_form
from core.spreadsheet import SQL_INERT


@dataclass(frozen=True, slots=True)
class ColumnType:
    """
    `value` is what JSON holds (None when unknown), `cell` what a table's cell holds before a
    spreadsheet's formulas are made inert.

    `sql_value` and `sql_cell` (inert already) are the same as SQL, with `{0}` for the column; they
    are empty where the database can't know (what is encrypted).
    """

    value: Callable[[Any], Any]
    cell: Callable[[Any], Any]
    sql_value: str
    sql_cell: str


def _same(raw: Any) -> Any:
    return raw


def _known(raw: Any) -> Any:
    return raw or None


def _text(raw: Any) -> str | None:
    return None if raw is None else str(raw)


def _moment(raw: dt.datetime | None) -> str | None:
    return None if raw is None else raw.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _iso(raw: dt.date | dt.time | None) -> str | None:
    return None if raw is None else raw.isoformat()


def _json(raw: Any) -> str | None:
    return json.dumps(raw, ensure_ascii=False) if raw else None


_MOMENT = "(replace(date_trunc('second', {0} AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z')"
_ITEMS = "SELECT string_agg(item, ',') AS text FROM jsonb_array_elements_text({0}) item"
_LIST = (
    f"(CASE WHEN {{0}} <> '[]' THEN (SELECT {SQL_INERT.replace('{0}', 'text')} FROM ({_ITEMS}) "
    "joined) END)"
)
_JSON = "NULLIF(NULLIF({0}, '{}'), '[]')"

TEXT = ColumnType(_known, _known, "NULLIF({0}, '')", SQL_INERT)
CHOICE = PHONE = ColumnType(_known, _known, "NULLIF({0}, '')", "NULLIF({0}, '')")
"""Nobody's free text: choices, and numbers in E.164. No spreadsheet takes them for a formula."""
PLAIN = ColumnType(_text, _text, "{0}::text", "{0}::text")
NUMBER = ColumnType(_same, _same, "{0}", "{0}")
AMOUNT = ColumnType(number, number, "trim_scale({0})", "trim_scale({0})")
BOOLEAN = ColumnType(_same, _same, "{0}", "{0}::text")
MOMENT = ColumnType(_moment, _moment, _MOMENT, _MOMENT)
DAY = ColumnType(_iso, _iso, "{0}::text", "{0}::text")
JSON = ColumnType(_known, _json, _JSON, f"{_JSON}::text")
ENCRYPTED = ColumnType(_known, _json, "", "")
LIST = ColumnType(_same, lambda raw: ",".join(raw) or None, "{0}", _LIST)


def national(region: str) -> ColumnType:
    """
    Phone numbers as national digits where they are of the region (ISO 3166 alpha-2), else in E.164.
    """
    prefix, misread = national_form(region)
    rest = f"substr({{0}}, {len(prefix) + 1})"
    shown = (
        f"(CASE WHEN starts_with({{0}}, '{prefix}') AND {rest} !~ '^(?:{misread.pattern})' THEN "
        f"{rest} ELSE {{0}} END)"
    )

    def digits(raw: str) -> str | None:
        return national_digits(raw, region) or None

    known = f"NULLIF({shown}, '')"
    return ColumnType(digits, digits, known, known)


_BY_FIELD: dict[type[Any], ColumnType] = {
    EncryptedObjectField: ENCRYPTED,
    models.UUIDField: PLAIN,
    models.ForeignKey: PLAIN,
    models.BooleanField: BOOLEAN,
    models.DecimalField: AMOUNT,
    models.IntegerField: NUMBER,
    models.DateTimeField: MOMENT,
    models.DateField: DAY,
    models.TimeField: DAY,
    models.JSONField: JSON,
    PhoneField: PHONE,
    models.CharField: TEXT,
    models.TextField: TEXT,
}


def column_type_of(field: Any) -> ColumnType:
    """The kind of a model field's values."""
    if getattr(field, "choices", None):
        return CHOICE
    return next(_BY_FIELD[base] for base in type(field).__mro__ if base in _BY_FIELD)

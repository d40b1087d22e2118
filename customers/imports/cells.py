"""
What people and other programs write in cells, in the forms that the domain takes: dates, numbers,
yes and no, lists.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

from django.db import models

from core.text import fold

_YES = frozenset(
    {
        "true",
        "yes",
        "y",
        "1",
        "x",
        "si",
        "s",
        "ja",
        "j",
        "oui",
        "o",
        "wahr",
        "vrai",
        "verdadero",
        "on",
    }
)
_NO = frozenset({"false", "no", "n", "0", "nein", "non", "falsch", "faux", "falso", "off"})
_NUMERIC_DATE = re.compile(r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4})$")
_THOUSANDS = re.compile(r"^-?\d{1,3}([.,])\d{3}(\1\d{3})*$")
MONTH_FIRST = frozenset({"US", "PH", "PR", "GU"})
"""Regions where 3/4/2026 is the fourth of March."""


def plain_cell(field: "models.Field[Any, Any]", cell: str, region: str) -> Any:
    """
    `cell` as `core.cleaning.clean` reads it for `field`. What isn't understood passes unchanged, to
    be refused with the field's own words.

    `region` (ISO 3166 alpha-2) decides in which order day and month stand.
    """
    if isinstance(field, models.BooleanField):
        word = fold(cell)
        return True if word in _YES else False if word in _NO else cell
    if isinstance(field, models.DateField):
        return plain_date(cell, region)
    if isinstance(field, models.DecimalField):
        return cell.replace(",", ".") if field.decimal_places > 2 else plain_number(cell)
    if isinstance(field, models.JSONField):
        return _json(cell)
    if field.choices:
        return fold(cell).replace(" ", "_").replace("-", "_")
    return cell


def plain_date(cell: str, region: str) -> str:
    """A numeric date as ISO 8601; with dots the day comes first everywhere."""
    match = _NUMERIC_DATE.match(cell)
    if not match:
        return cell
    first, mark, second, year = int(match[1]), match[2], int(match[3]), int(match[4])
    month, day = (first, second) if mark != "." and region in MONTH_FIRST else (second, first)
    if month > 12 >= day:
        month, day = day, month
    try:
        return dt.date(year, month, day).isoformat()
    except ValueError:
        return cell


def plain_number(cell: str) -> str:
    """
    Digits with a decimal point, from `1.234,56`, `1,234.56`, `1 234,56` and amounts with a currency
    sign.
    """
    text = re.sub(r"[\s'’$€£¥]|[A-Z]{3}$|^[A-Z]{3}", "", cell)
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        decimal = "," if comma > point else "."
        thousands = "." if decimal == "," else ","
        return text.replace(thousands, "").replace(decimal, ".")
    if comma >= 0:
        return text.replace(",", "") if _THOUSANDS.match(text) else text.replace(",", ".")
    return text.replace(".", "") if text.count(".") > 1 and _THOUSANDS.match(text) else text


def plain_list(cell: str) -> list[str]:
    """The parts of `a; b, c`, or of a JSON list of texts."""
    if cell.startswith("["):
        parsed = _json(cell)
        if isinstance(parsed, list):
            return [str(item) for item in parsed]
    return [part.strip() for part in re.split(r"[;,|]", cell) if part.strip()]


def cells_of(columns: Mapping[str, str | None], cells: Mapping[str, str]) -> dict[str, str]:
    """Field → cell, for cells that aren't blank; a blank one says nothing and changes nothing."""
    return {
        field: cells[header] for header, field in columns.items() if field and cells.get(header)
    }


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell

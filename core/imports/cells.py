"""
What people and other programs write in cells, in the forms that the domain cleans: dates, numbers,
yes and no, lists. What isn't understood passes unchanged, to be refused in the field's own words.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import translation

from core.fields import OpenChoiceField, PhoneField
from core.imports.dates import ColumnOrder, NotADate, NoYear, find_order, read_moment, read_time
from core.imports.headers import Columns, column
from core.imports.numbers import ColumnMark, find_mark, plain_number
from core.imports.options import Options
from core.imports.uploads import Upload
from core.imports.words import UNSAID, choice_key, read_yes
from core.tenancy.actor import Actor
from core.text import fold

_NOTHING = ("null", "#n/a")
_GUARDED = re.compile(r"^'(?=[\d+(-])[\d\s().+/-]+$")
_FLOAT = re.compile(r"^-?\d+\.0+$")


@dataclass(slots=True)
class ReadCells:
    """
    Field → raw value, for the domain to clean; and field → what of it is left out of the row, which
    is written all the same.
    """

    values: dict[str, Any] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)


class CellReader:
    """
    Reads the cells of a file for the fields of `model`, each column as its whole shows: in which
    order day and month stand, which is the decimal mark. `notes` say what couldn't be told.

    `codes` are texts that stand for themselves, of which spreadsheets make numbers ('02134, 123.0);
    `past` are days that can't lie in the future.
    """

    def __init__(
        self,
        model: type[models.Model],
        *,
        upload: Upload,
        columns: Columns,
        actor: Actor,
        options: Options,
        codes: Iterable[str] = (),
        past: Iterable[str] = (),
    ) -> None:
        self.codes, self.past = frozenset(codes), frozenset(past)
        self.zone: dt.tzinfo = ZoneInfo(actor.organization.time_zone)
        self.notes: list[str] = []
        self.orders: dict[str, ColumnOrder] = {}
        self.marks: dict[str, ColumnMark] = {}
        self.fields: dict[str, Any] = {f.name: f for f in model._meta.concrete_fields}
        self.floats: set[str] = set()
        region = actor.organization.default_region
        for name in dict.fromkeys(columns.values()):
            kind = self.fields.get(name or "")
            headers = [header for header, field in columns.items() if field == name]
            cells = [cell for header in headers for cell in column(upload, header)]
            if isinstance(kind, models.DateField):
                order = find_order(headers[0], cells, region=region, chosen=options.date_order)
                self.orders[kind.name], notes = order, order.notes
            elif isinstance(kind, models.DecimalField) and kind.decimal_places <= 2:
                mark = find_mark(headers[0], cells, region=region)
                self.marks[kind.name], notes = mark, mark.notes
            else:
                notes = []
                if name in self.codes and cells and all(_FLOAT.match(text) for _, text in cells):
                    self.floats.add(name)
            self.notes += notes

    def read(self, cells: Mapping[str, str], *, zone: dt.tzinfo | None = None) -> ReadCells:
        """
        The cells (field → text) as values. Moments that don't say their distance from UTC are of
        the clocks of `zone`, else of the organization's.
        """
        row = ReadCells()
        for name, cell in cells.items():
            kind = self.fields[name]
            if not _is_text(kind) and cell.casefold() in _NOTHING:
                continue
            try:
                value = self._read(kind, cell, zone or self.zone)
            except NoYear:
                row.remarks[name] = [f"“{cell}” has no year: left out."]
                continue
            if value is not None:
                row.values[name] = value
        return row

    def _read(self, kind: Any, cell: str, zone: dt.tzinfo) -> Any:
        """None for what says nothing. Raises NoYear."""
        for types, read in _READERS:
            if isinstance(kind, types):
                return read(self, kind, cell, zone)
        if kind.choices or isinstance(kind, OpenChoiceField):
            return _choices(kind).get(choice_key(cell), choice_key(cell))
        return self._code(kind.name, cell) if kind.name in self.codes else cell

    def _boolean(self, kind: Any, cell: str, zone: dt.tzinfo) -> Any:
        if fold(cell) in UNSAID:
            return None
        said = read_yes(cell)
        return cell if said is None else said

    def _day(self, kind: Any, cell: str, zone: dt.tzinfo) -> Any:
        order, future = self.orders.get(kind.name, ColumnOrder()), kind.name not in self.past
        try:
            written = read_moment(cell, order, future=future)
        except NoYear:
            if kind.null and not isinstance(kind, models.DateTimeField):
                raise
            return cell
        except NotADate:
            return cell
        if written is None:
            return None
        return written.at(zone) if isinstance(kind, models.DateTimeField) else str(written.day)

    def _clock(self, kind: Any, cell: str, zone: dt.tzinfo) -> Any:
        try:
            return read_time(cell).isoformat()
        except NotADate:
            return cell

    def _decimal(self, kind: Any, cell: str, zone: dt.tzinfo) -> Any:
        if kind.decimal_places > 2:  # of coordinates nobody groups the digits
            return cell.replace(",", ".")
        return plain_number(cell, self.marks.get(kind.name, ColumnMark()).mark)

    def _whole(self, kind: Any, cell: str, zone: dt.tzinfo) -> Any:
        return cell.partition(".")[0] if _FLOAT.match(cell) else cell

    def _phone(self, kind: Any, cell: str, zone: dt.tzinfo) -> Any:
        return unguarded(cell)

    def _json(self, kind: Any, cell: str, zone: dt.tzinfo) -> Any:
        return read_json(cell)

    def _code(self, name: str, cell: str) -> str:
        return cell.partition(".")[0] if name in self.floats else unguarded(cell)


_READERS: list[tuple[Any, Callable[[CellReader, Any, str, dt.tzinfo], Any]]] = [
    (models.BooleanField, CellReader._boolean),
    (models.DateField, CellReader._day),
    (models.TimeField, CellReader._clock),
    (models.DecimalField, CellReader._decimal),
    (models.IntegerField, CellReader._whole),
    (models.JSONField, CellReader._json),
    (PhoneField, CellReader._phone),
]


def _is_text(kind: Any) -> bool:
    return isinstance(kind, models.CharField | models.TextField)


@cache
def _choices(kind: Any) -> dict[str, str]:
    """What the choices are called, in every language → their values."""
    found: dict[str, str] = {}
    choices = kind.words.choices if isinstance(kind, OpenChoiceField) else kind.flatchoices
    for language, _label in settings.LANGUAGES:
        with translation.override(language):
            found |= {choice_key(str(label)): value for value, label in choices}
    return found | {value: value for value, _ in choices}


def unguarded(cell: str) -> str:
    """
    Without the apostrophe by which spreadsheets are told that digits are a text.
    """
    return cell[1:] if _GUARDED.match(cell) else cell


def read_json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def read_list(cell: str) -> list[str]:
    """The parts of `a; b, c`, of `* a ::: b`, or of a JSON list of texts."""
    if cell.startswith("["):
        parsed = read_json(cell)
        if isinstance(parsed, list):
            return [str(item) for item in parsed]
    parts = re.split(r":::|[;,\n]|\s\|\s", cell)
    return [text for part in parts if (text := part.strip().removeprefix("* "))]


def read_numbers(cell: str) -> list[str]:
    """
    The phone numbers of a cell that holds several. Where a part would be too short for one, the
    marks belong to one number (0171/123-4567, 2485550100;ext=12).
    """
    if cell.startswith("["):
        return read_list(cell)
    parts = [part for text in cell.split(":::") for part in _apart(text.strip())]
    return [part for part in parts if part]


def _apart(text: str) -> list[str]:
    parts = [part.strip() for part in re.split(r"[;,|/\n]|\s(?:or|and|o|y|und|oder|ou|et)\s", text)]
    parts = [part for part in parts if part]
    if all(sum(character.isdigit() for character in part) >= 7 for part in parts):
        return parts
    return [text]


def gather(columns: Columns, cells: Mapping[str, str]) -> dict[str, list[str]]:
    """
    Field → its cells that aren't blank, in the order of the columns; a blank one says nothing and
    changes nothing.
    """
    found: dict[str, list[str]] = {}
    for header, name in columns.items():
        if name and (cell := cells.get(header)):
            found.setdefault(name, []).append(cell)
    return found

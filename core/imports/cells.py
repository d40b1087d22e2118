"""
What people and other programs write in cells, in the forms that the domain cleans: dates, numbers,
yes and no, lists. What isn't understood passes unchanged, to be refused in the field's own words.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import translation

from core.distinct import DistinctDecoder
from core.errors import Fault
from core.fields import OpenChoiceField, PhoneField
from core.imports.dates import ColumnOrder, NotADate, NoYear, find_order, read_moment, read_time
from core.imports.headers import Columns, column
from core.imports.numbers import find_mark, plain_number
from core.imports.options import Options
from core.imports.reports import remark
from core.imports.uploads import Upload
from core.imports.words import UNSAID, choice_key, read_yes
from core.tenancy.actor import Actor
from core.text import fold, quoted

_NOTHING = ("null", "#n/a")
_GUARDED = re.compile(r"^'(?=[\d+(-])[\d\s().+/-]+$")
_FLOAT = re.compile(r"^-?\d+\.0+$")
_ONE_NUMBER = re.compile(r"\+?\d[\d ().-]*\d")


@dataclass(slots=True)
class ReadCells:
    """
    Field → raw value, for the domain to clean; and field → what of it is left out of the row, which
    is written all the same.
    """

    values: dict[str, Any] = field(default_factory=dict)
    remarks: dict[str, list[Fault]] = field(default_factory=dict)


Reader = Callable[[str, dt.tzinfo], Any]
"""From a cell, and the clocks of its row, to a value; None for what says nothing."""


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
        self.options, self.codes, self.past = options, frozenset(codes), frozenset(past)
        self.region = actor.organization.default_region
        self.zone: dt.tzinfo = ZoneInfo(actor.organization.time_zone)
        self.notes: list[Fault] = []
        self.readers: dict[str, Reader] = {}
        fields: dict[str, Any] = {field.name: field for field in model._meta.concrete_fields}
        for name in dict.fromkeys(name for name in columns.values() if name in fields):
            headers = [header for header, field in columns.items() if field == name]
            cells = [cell for header in headers for cell in column(upload, header)]
            if reader := self._reader(fields[name], headers[0], cells):
                self.readers[name] = reader

    def read(self, cells: Mapping[str, str], *, zone: dt.tzinfo | None = None) -> ReadCells:
        """
        The cells (field → text) as values. Moments that don't say their distance from UTC are of
        the clocks of `zone`, else of the organization's.
        """
        row = ReadCells(dict(cells))
        for name in self.readers.keys() & cells.keys():
            cell = cells[name]
            try:
                value = self.readers[name](cell, zone or self.zone)
            except NoYear:
                said = "“%(text)s” has no year: left out."
                row.remarks[name] = [remark("no_year", said, text=quoted(cell))]
                value = None
            if value is None:
                del row.values[name]
            else:
                row.values[name] = value
        return row

    def _reader(self, field: Any, header: str, cells: Sequence[tuple[int, str]]) -> Reader | None:
        """How the column's cells are read; None for texts, which stay as they are."""
        if isinstance(field, PhoneField):
            return lambda cell, zone: unguarded(cell)
        if isinstance(field, models.CharField | models.TextField):
            return self._text_reader(field, cells)
        said = self._value_reader(field, header, cells)
        return lambda cell, zone: None if cell.casefold() in _NOTHING else said(cell, zone)

    def _text_reader(self, field: Any, cells: Sequence[tuple[int, str]]) -> Reader | None:
        if field.choices or isinstance(field, OpenChoiceField):
            called = _choices(field)
            return lambda cell, zone: called.get(choice_key(cell), choice_key(cell))
        if field.name not in self.codes:
            return None
        if cells and all(_FLOAT.match(text) for _, text in cells):
            return lambda cell, zone: cell.partition(".")[0]
        return lambda cell, zone: unguarded(cell)

    def _value_reader(self, field: Any, header: str, cells: Sequence[tuple[int, str]]) -> Reader:
        if isinstance(field, models.DateField):
            order = find_order(header, cells, region=self.region, chosen=self.options.date_order)
            self.notes += order.notes
            read = _read_moment if isinstance(field, models.DateTimeField) else _read_day
            return partial(read, order, field.name not in self.past)
        if isinstance(field, models.DecimalField) and field.decimal_places <= 3:
            found = find_mark(header, cells, region=self.region, chosen=self.options.decimal)
            self.notes += found.notes
            return lambda cell, zone: plain_number(cell, found.mark)
        return next((read for kind, read in _READERS if isinstance(field, kind)), _as_it_is)


def _as_it_is(cell: str, zone: dt.tzinfo) -> Any:
    return cell


def _read_yes(cell: str, zone: dt.tzinfo) -> Any:
    said = read_yes(cell)
    return said if said is not None else None if fold(cell) in UNSAID else cell


def _read_day(order: ColumnOrder, future: bool, cell: str, zone: dt.tzinfo) -> Any:
    """Raises NoYear."""
    try:
        written = read_moment(cell, order, future=future)
    except NoYear:
        raise
    except NotADate:
        return cell
    return written and written.day.isoformat()


def _read_moment(order: ColumnOrder, future: bool, cell: str, zone: dt.tzinfo) -> Any:
    try:
        written = read_moment(cell, order, future=future)
    except NotADate:
        return cell
    return written and written.at(zone)


def _read_clock(cell: str, zone: dt.tzinfo) -> Any:
    try:
        return read_time(cell).isoformat()
    except NotADate:
        return cell


_READERS: list[tuple[Any, Reader]] = [
    (models.BooleanField, _read_yes),
    (models.TimeField, _read_clock),
    # of coordinates nobody groups the digits
    (models.DecimalField, lambda cell, zone: cell.replace(",", ".")),
    (
        models.IntegerField,
        lambda cell, zone: cell.partition(".")[0] if _FLOAT.match(cell) else cell,
    ),
    (models.JSONField, lambda cell, zone: read_json(cell)),
]


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
        return json.loads(cell, cls=DistinctDecoder)
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
    if _ONE_NUMBER.fullmatch(cell):
        return [cell]
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

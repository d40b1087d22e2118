"""
Rows on their way out, in constant memory and as one snapshot: whatever is asked is one statement,
and its answer is never held whole.

PostgreSQL writes CSV and JSON lines itself (COPY); elsewhere, and for workbooks, the rows pass
through here a few thousand at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import xlsxwriter
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet

from core.errors import Invalid
from core.exports.column_types import ColumnType
from core.exports.tables import ExportColumn
from core.spreadsheet import csv_lines, inert
from core.tenancy.actor import Actor
from core.text import not_one_of
from core.timeouts import as_long_as_it_takes

CHUNK = 2000
PIECE = 200
"""Rows in one piece of a streamed file."""

MAX_WORKSHEET_ROWS = 1_048_575
"""Rows that a worksheet holds below its header (ECMA-376)."""

Progress = Callable[[int], None]


class Format(StrEnum):
    CSV = "csv"
    JSON_LINES = "jsonl"
    XLSX = "xlsx"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON_LINES: "application/x-ndjson",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Selection:
    """Rows (ordered, an actor's) and the columns wanted of them, each under its header."""

    def __init__(
        self, rows: "QuerySet[Any]", chosen: Mapping[str, ExportColumn], *, actor: Actor
    ) -> None:
        sources = list(dict.fromkeys(column.source for column in chosen.values()))
        named = {
            f"c{place}": F(source) if isinstance(source, str) else source
            for place, source in enumerate(sources)
        }
        self.query = rows.select_related(None).annotate(**named).values_list(*named)
        self.header = list(chosen)
        self.columns: list[tuple[int, ColumnType]] = [
            (sources.index(c.source), c.type_for(actor)) for c in chosen.values()
        ]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The columns' raw values, row by row."""
        for row in self.query.iterator(chunk_size=CHUNK):
            yield tuple(row[place] for place, _ in self.columns)

    def dicts(self) -> Iterator[dict[str, Any]]:
        """The raw values by their headers, for a door that words them itself."""
        for row in self.rows():
            yield dict(zip(self.header, row, strict=True))

    def cells(self) -> Iterator[list[Any]]:
        """The columns as a table's cells, formulas made inert."""
        for row in self.rows():
            yield [inert(c.cell(raw)) for raw, (_, c) in zip(row, self.columns, strict=True)]

    def text(self, form: Format, progress: Progress | None = None) -> Iterator[bytes]:
        """
        The rows as CSV (RFC 4180, lines ended by a line feed) or JSON lines, in pieces; `progress`
        hears of the rows written.
        """
        counted = _Counted(progress)
        is_known = all(kind.sql_value for _, kind in self.columns)
        if connection.vendor == "postgresql" and is_known:
            return _pieces(self._copied(form), counted, self._first(form))
        return self._written(form, counted)

    def workbook(self, path: Path, progress: Progress | None = None) -> int:
        """
        Writes an XLSX file, leaving nothing else behind in its folder, and returns how many rows it
        has.

        Raises Invalid when a worksheet can't hold them.
        """
        counted = _Counted(progress)
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, self.header, book.add_format({"bold": True}))
            for number, cells in enumerate(self.cells(), start=1):
                if number > MAX_WORKSHEET_ROWS:
                    raise Invalid.one(
                        "format",
                        "too_many_rows",
                        f"A worksheet holds {MAX_WORKSHEET_ROWS:,} rows; choose CSV or add "
                        "filters.",
                    )
                sheet.write_row(number, 0, cells)
                counted.add(1)
        return counted.end()

    def _first(self, form: Format) -> bytes:
        return (
            b"".join(line.encode() for line in csv_lines(self.header, ()))
            if form == Format.CSV
            else b""
        )

    def _written(self, form: Format, counted: "_Counted") -> Iterator[bytes]:
        def cells() -> Iterator[list[Any]]:
            for row in self.rows():
                yield [
                    (kind.cell if form == Format.CSV else kind.value)(raw)
                    for raw, (_, kind) in zip(row, self.columns, strict=True)
                ]
                counted.add(1)

        if form == Format.CSV:
            yield from (text.encode() for text in csv_lines(self.header, cells()))
        else:
            yield from (
                orjson.dumps(dict(zip(self.header, values, strict=True))) + b"\n"
                for values in cells()
            )
        counted.end()

    def _copied(self, form: Format) -> "Iterator[memoryview | bytes]":
        try:
            inner, parameters = self.query.query.sql_with_params()
        except EmptyResultSet:  # conditions that nothing can fulfil
            return
        names = ", ".join(f"c{place}" for place in range(len(self.query.query.annotation_select)))
        quote = connection.ops.quote_name
        parts = [
            (kind.sql_cell if form == Format.CSV else kind.sql_value).replace("{0}", f"c{place}")
            + f" AS {quote(header)}"
            for header, (place, kind) in zip(self.header, self.columns, strict=True)
        ]
        sql = f"SELECT {', '.join(parts)} FROM ({inner}) t({names})"
        options = "FORMAT csv"
        # JSON escapes control characters, so these two never occur in it
        if form == Format.JSON_LINES:
            sql, options = (
                f"SELECT row_to_json(r) FROM ({sql}) r",
                "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'",
            )
        statement = f"COPY ({sql}) TO STDOUT WITH ({options})"
        with (
            as_long_as_it_takes(),
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.cursor.copy(statement, parameters) as copy,
        ):
            yield from copy


class _Counted:
    """Rows counted, and told every few thousand."""

    def __init__(self, progress: Progress | None) -> None:
        self.count = 0
        self.progress = progress

    def add(self, rows: int) -> None:
        self.count += rows
        if self.progress and self.count % CHUNK < rows:
            self.progress(self.count)

    def end(self) -> int:
        if self.progress:
            self.progress(self.count)
        return self.count


def _pieces(
    lines: "Iterator[memoryview | bytes]", counted: _Counted, first: bytes
) -> Iterator[bytes]:
    """PostgreSQL sends a row at a time; they go on some hundred at once."""
    yield first
    while piece := list(islice(lines, PIECE)):
        counted.add(len(piece))
        yield b"".join(piece)
    counted.end()


def parse_format(form: object, formats: Sequence[str] = tuple(Format)) -> Format:
    """The format of that name. Raises Invalid."""
    if not isinstance(form, str) or form not in formats:
        raise Invalid.one("format", "invalid_choice", not_one_of(form, formats))
    return Format(form)

"""
Reading tables that people upload: delimited text in whatever encoding, with whatever separator and
line ends, a JSON list of objects, JSON lines, or a workbook (XLSX).
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from django.utils.translation import gettext_noop

from core.characters import replace_unstorable
from core.distinct import DistinctDecoder, RepeatedKey
from core.errors import Fault, Malformed, TooLarge
from core.imports.encodings import decode
from core.imports.numbers import number_text
from core.imports.options import USUAL, Options
from core.imports.workbooks import is_workbook, read_workbook
from core.spreadsheet import revive

R = TypeVar("R")

DELIMITERS = ",;\t|"
MAX_BYTES = 9 * 1024 * 1024
"""Of a file; with the form around it, it stays below what a request may hold."""

MAX_ROWS = 100_000
MAX_COLUMNS = 200

OVERLONG = Fault("overlong_row", "The row has more cells than the header.")
MISQUOTED = Fault("misquoted", "A quotation mark inside a cell isn't doubled, or one is missing.")
TWICE = gettext_noop("An object of the file holds the key “%(key)s” twice.")

_DECLARED = re.compile(r"^sep=([^\s\"]|\t)(\r\n|\r|\n)", re.IGNORECASE)
_SAMPLE_CHARACTERS = 65_536
_SAMPLE_ROWS = 20
_NOTHING = re.compile(rf'[\s"{DELIMITERS}]+')
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class UploadLine:
    """
    One row and the line of the file that it begins on (of a JSON list: its place, from 1); `fault`
    says why it can't be read as one.
    """

    number: int
    cells: dict[str, str]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """
    What was read, and how: `encoding` and `delimiter` are what was detected. No two headers are
    alike: of several called Email the second is Email (2).
    """

    headers: Sequence[str]
    lines: Sequence[UploadLine]
    encoding: str
    delimiter: str


def read_upload(data: bytes, options: Options = USUAL) -> Upload:
    """
    The table in `data`, in its own encoding and with its own separator or those of the `options`.
    Cells are text as the writer meant them: what `core.spreadsheet.inert` added is taken off.

    Raises TooLarge beyond 9 MB or 100,000 rows, Malformed for what isn't a table.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(
            gettext_noop("The file is larger than %(size)s MB."), size=MAX_BYTES // 1024 // 1024
        )
    upload = _read(data, options)
    if not upload.lines:
        raise Malformed(
            gettext_noop("The file has no rows: its first line is taken for the header.")
        )
    return upload


def _read(data: bytes, options: Options) -> Upload:
    if is_workbook(data):
        return _sheet(read_workbook(data, most=MAX_ROWS + 10_000), header=options.header)
    text, found = decode(data, options.encoding)
    if not _NOTHING.sub("", text):
        raise Malformed(gettext_noop("The file is empty."))
    if text.lstrip()[0] in "[{":
        return _json(text, found)
    return _delimited(text, found, options)


def find_delimiter(text: str) -> str:
    """
    The separator by which the first rows have as many cells as the header, and that more than one;
    quoted cells are one each.
    """
    return max(DELIMITERS, key=lambda mark: _fit(text[:_SAMPLE_CHARACTERS], mark))


def _fit(text: str, delimiter: str) -> tuple[bool, float, int, int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    header, *rows = list(islice(filter(_has_text, reader), _SAMPLE_ROWS)) or [[]]
    alike = sum(len(row) == len(header) for row in rows) / len(rows) if rows else 1.0
    return len(header) > 1, round(alike, 1), len(header), -DELIMITERS.index(delimiter)


def _has_text(record: Sequence[str]) -> bool:
    return any(cell.strip() for cell in record)


def _delimited(text: str, encoding: str, options: Options) -> Upload:
    head = text[:1000]
    if len(_NO_TEXT.findall(head)) * 10 > len(head):
        raise Malformed(gettext_noop("The file could not be read as a table: it isn't text."))
    declared = _DECLARED.match(text)
    before = 1 if declared else 0
    text = text[declared.end() :] if declared else text
    found = declared[1] if declared else ""
    delimiter = options.delimiter or found or find_delimiter(text)
    records = _records(text, delimiter, before)
    first = next(records, None)
    if first is None:
        raise Malformed(gettext_noop("The file is empty."))
    if first[1] is None:
        raise Malformed(
            gettext_noop(
                "The file could not be read as a table: a quotation mark in its first row isn't "
                "doubled, or one is missing."
            )
        )
    if options.header:
        headers = distinct(revive(cell.strip()) for cell in first[1])
    else:
        headers, records = distinct("" for _ in first[1]), chain([first], records)
    lines = [_line(number, headers, record) for number, record in _limited(records)]
    return Upload(headers, lines, encoding, delimiter)


def _sheet(rows: Iterable[Iterable[object]], *, header: bool) -> Upload:
    texts = ([revive(_text(cell)) for cell in row] for row in rows)
    records: Iterator[tuple[int, list[str]]] = (
        (number, row) for number, row in enumerate(texts, 1) if _has_text(row)
    )
    first = next(records, None)
    if first is None:
        raise Malformed(gettext_noop("The workbook is empty."))
    width = max(place for place, cell in enumerate(first[1], 1) if cell)
    if header:
        headers = distinct(first[1][:width])
    else:
        headers, records = distinct("" for _ in first[1][:width]), chain([first], records)
    lines = [
        UploadLine(
            number,
            dict(zip(headers, row, strict=False)),
            OVERLONG if _has_text(row[width:]) else None,
        )
        for number, row in _limited(records)
    ]
    return Upload(headers, lines, "", "xlsx")


def _records(text: str, delimiter: str, before: int) -> Iterator[tuple[int, list[str] | None]]:
    """
    Records that aren't blank, each with the line it begins on, `before` lines being read already;
    None for one that is badly quoted. Raises Malformed where it can't be told where that one ends.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    while True:
        begins = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            line = begins + before
            if "field limit" in str(error):
                raise Malformed(
                    gettext_noop(
                        "The file could not be read as a table: a cell in line %(line)s is longer "
                        "than %(most)s characters, as where a quotation mark is never closed."
                    ),
                    line=line,
                    most=f"{csv.field_size_limit():,}",
                ) from error
            if "end of data" in str(error) or reader.line_num != begins:
                raise Malformed(
                    gettext_noop(
                        "The file could not be read as a table: a quotation mark that opens in "
                        "line %(line)s is never closed."
                    ),
                    line=line,
                ) from error
            yield line, None
            continue
        if record is None:
            return
        if _has_text(record):
            yield begins + before, record


def distinct(names: Iterable[str]) -> list[str]:
    """
    The names in their order, each once: those that are there already, or blank, with their number.
    Raises TooLarge beyond 200.
    """
    found: dict[str, None] = {}
    for place, name in enumerate(map(replace_unstorable, names), 1):
        free, count = name or f"({place})", 2
        while free in found:
            free, count = f"{name} ({count})", count + 1
        found[free] = None
        # at once: as many of one name would be compared with each other for hours
        if place > MAX_COLUMNS:
            raise TooLarge(
                gettext_noop("The file has more than %(most)s columns."), most=MAX_COLUMNS
            )
    return list(found)


def _limited(records: Iterator[R]) -> Iterator[R]:
    for count, record in enumerate(records):
        if count >= MAX_ROWS:
            raise TooLarge(
                gettext_noop("The file has more than %(most)s rows."), most=f"{MAX_ROWS:,}"
            )
        yield record


def _line(number: int, headers: Sequence[str], record: Sequence[str] | None) -> UploadLine:
    if record is None:
        return UploadLine(number, {}, MISQUOTED)
    cells = {header: revive(cell.strip()) for header, cell in zip(headers, record, strict=False)}
    return UploadLine(number, cells, OVERLONG if _has_text(record[len(headers) :]) else None)


def _json(text: str, encoding: str) -> Upload:
    """A list of objects, or (JSON lines) one object a line."""
    rows = _objects(text) if text.lstrip()[0] == "[" else _object_lines(text)
    if not rows or not all(isinstance(row, dict) for _, row in rows):
        raise Malformed(gettext_noop("The file must hold a list of objects, or one object a line."))
    if len(rows) > MAX_ROWS:
        raise TooLarge(gettext_noop("The file has more than %(most)s rows."), most=f"{MAX_ROWS:,}")
    headers = distinct(dict.fromkeys(key.strip() for _, row in rows for key in row))
    return Upload(
        headers, [UploadLine(number, _texts(row)) for number, row in rows], encoding, "json"
    )


def _objects(text: str) -> list[tuple[int, dict[str, object]]]:
    try:
        rows = json.loads(text, cls=DistinctDecoder)
    except RepeatedKey as error:
        raise Malformed(TWICE, key=error.key) from error
    except (ValueError, RecursionError) as error:
        raise Malformed(
            gettext_noop("The file begins like JSON but can't be read as such.")
        ) from error
    return list(enumerate(rows, 1))


def _object_lines(text: str) -> list[tuple[int, dict[str, object]]]:
    rows = []
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if not line.strip():
            continue
        try:
            rows.append((number, json.loads(line, cls=DistinctDecoder)))
        except RepeatedKey as error:
            raise Malformed(TWICE, key=error.key) from error
        except (ValueError, RecursionError) as error:
            raise Malformed(
                gettext_noop(
                    "The file begins like JSON lines but line %(line)s can't be read as such."
                ),
                line=number,
            ) from error
    return rows


def _texts(row: dict[str, object]) -> dict[str, str]:
    return {key.strip(): _text(value) for key, value in row.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""
Reading tables that people upload: delimited text in whatever encoding and with whatever separator,
or a JSON list of objects.

Workbooks (XLSX) aren't read on purpose: a few kilobytes of one can unpack to gigabytes.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.errors import Malformed, TooLarge
from core.spreadsheet import revive

DELIMITERS = ",;\t|"
MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 200

_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SEPARATOR = re.compile(r"^sep=(.)\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UploadLine:
    """
    One row and the line of the file that it begins on (of JSON: its place in the list, from 1).
    """

    number: int
    cells: dict[str, str]
    overlong: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """What was read, and how: `encoding` and `delimiter` are what was detected."""

    headers: Sequence[str]
    lines: Sequence[UploadLine]
    encoding: str
    delimiter: str


def read_upload(data: bytes) -> Upload:
    """
    The table in `data`. Cells are text as the writer meant them: what `core.spreadsheet.inert`
    added is taken off.

    Raises TooLarge beyond 5 MB or 20,000 rows, Malformed for what isn't a table.
    """
    if len(data) > MAX_BYTES:
        raise TooLarge(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB.")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Malformed("This is an Excel workbook. Save it as CSV and choose that file.")
    text, encoding = decode(data)
    if not text.strip():
        raise Malformed("The file is empty.")
    if text.lstrip()[:1] == "[":
        return _json(text, encoding)
    return _delimited(text, encoding)


def decode(data: bytes) -> tuple[str, str]:
    """
    The text and its encoding: by its byte order mark, else UTF-8, else Windows-1252 (what Excel
    writes in Western Europe).
    """
    encodings = [name for mark, name in _BOMS.items() if data.startswith(mark)] or [
        "utf-8",
        "cp1252",
    ]
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


def sniff(first_line: str) -> str:
    """
    The separator that gives the header the most cells; the comma when none gives more than one.
    """
    return max(
        DELIMITERS,
        key=lambda mark: (
            len(next(csv.reader([first_line], delimiter=mark), [])),
            -DELIMITERS.index(mark),
        ),
    )


def _delimited(text: str, encoding: str) -> Upload:
    skipped = 0
    declared = _SEPARATOR.match(text)
    if declared:
        text, skipped = text[declared.end() :], 1
    try:
        delimiter = declared[1] if declared else sniff(text.lstrip("\r\n").split("\n", 1)[0])
        records = _records(text, delimiter, skipped)
        _, header = next(records)
        headers = [revive(cell.strip()) for cell in header]
        if len(headers) > MAX_COLUMNS:
            raise TooLarge(f"The file has more than {MAX_COLUMNS} columns.")
        lines = [_line(number, headers, record) for number, record in _limited(records)]
    except StopIteration as error:
        raise Malformed("The file is empty.") from error
    except csv.Error as error:
        raise Malformed(f"The file could not be read as a table: {error}.") from error
    return Upload(headers, lines, encoding, delimiter)


def _records(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """Records that aren't blank, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins = 1 + skipped
    for record in reader:
        if any(cell.strip() for cell in record):
            yield begins, record
        begins = reader.line_num + 1 + skipped


def _limited(records: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    for count, record in enumerate(records):
        if count >= MAX_ROWS:
            raise TooLarge(f"The file has more than {MAX_ROWS:,} rows.")
        yield record


def _line(number: int, headers: Sequence[str], record: Sequence[str]) -> UploadLine:
    cells: dict[str, str] = {}
    for header, cell in zip(headers, record, strict=False):
        cells.setdefault(header, revive(cell.strip()))
    return UploadLine(number, cells, overlong=any(cell.strip() for cell in record[len(headers) :]))


def _json(text: str, encoding: str) -> Upload:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("The file begins like JSON but can't be read as such.") from error
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Malformed("The file must hold a list of objects.")
    if len(rows) > MAX_ROWS:
        raise TooLarge(f"The file has more than {MAX_ROWS:,} rows.")
    headers = list(dict.fromkeys(key for row in rows for key in row))
    if len(headers) > MAX_COLUMNS:
        raise TooLarge(f"The file has more than {MAX_COLUMNS} columns.")
    return Upload(
        headers,
        [UploadLine(number, _texts(row)) for number, row in enumerate(rows, 1)],
        encoding,
        "json",
    )


def _texts(row: dict[str, object]) -> dict[str, str]:
    return {key: _text(value) for key, value in row.items()}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""Excel workbooks: read as any other file, and not at all where they would take the house down."""

import datetime as dt
import io
import subprocess
import zipfile
from typing import Any
from unittest import mock

import pytest
import xlsxwriter

from core.errors import DomainError, Malformed, TooLarge
from core.imports import workbooks
from core.imports.uploads import OVERLONG, Upload, read_upload


def book(*rows: list[Any], hidden_first: bool = False, at: int = 0) -> bytes:
    """A workbook whose sheet holds the rows from line `at` (from 0) on."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        if hidden_first:
            made.add_worksheet("notes").write_string(0, 0, "not this one")
        sheet = made.add_worksheet("people")
        sheet.activate()
        if hidden_first:
            made.get_worksheet_by_name("notes").hide()  # type: ignore[union-attr]
        day = made.add_format({"num_format": "d/m/yyyy"})
        moment = made.add_format({"num_format": "d/m/yyyy hh:mm"})
        for place, row in enumerate(rows, at):
            for column, value in enumerate(row):
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(place, column, value, moment)
                elif isinstance(value, dt.date):
                    sheet.write_datetime(place, column, value, day)
                else:
                    sheet.write(place, column, value)
    return file.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def cells(upload: Upload) -> list[list[str]]:
    return [list(line.cells.values()) for line in upload.lines]


def test_cells_are_read_as_people_see_them() -> None:
    values = [2485550625, 1234.5, 1.234, -0.25, True, dt.date(1990, 5, 15), " Ann ", "02134"]
    moment = dt.datetime(2026, 3, 9, 14, 30)
    upload = read_upload(book(list("abcdefghi"), [*values, moment]))
    assert upload.headers == list("abcdefghi")
    assert (upload.encoding, upload.delimiter) == ("", "xlsx")
    assert cells(upload) == [
        [
            *("2485550625", "1234.5", "1.2340", "-0.25", "true", "1990-05-15", "Ann", "02134"),
            "2026-03-09 14:30:00",
        ]
    ]


def test_lines_are_those_of_the_sheet() -> None:
    upload = read_upload(book(["Name", "", ""], ["Ann"], [], ["Bo", "x", "y"], at=3))
    assert [(line.number, line.fault) for line in upload.lines] == [(5, None), (7, OVERLONG)]
    assert upload.headers == ["Name"]


def test_the_first_sheet_that_shows_something_counts() -> None:
    upload = read_upload(book(["Name"], ["Ann"], hidden_first=True))
    assert (upload.headers, cells(upload)) == (["Name"], [["Ann"]])


def test_an_empty_workbook_says_so() -> None:
    with pytest.raises(Malformed, match="The workbook is empty"):
        read_upload(book())


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.imports.uploads.MAX_ROWS", 2000)
    with pytest.raises(TooLarge, match="more than 2,000 rows"):
        read_upload(book(["Name"], *[["x"]] * 2001))


SHEET = book(["Name"], ["Ann"])


def changed(name: str, data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(SHEET)) as archive:
        return packed({each: archive.read(each) for each in archive.namelist()} | {name: data})


def sheet_of(body: str, dimension: str = "A1") -> bytes:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = (
        f'<?xml version="1.0"?><worksheet xmlns="{namespace}"><dimension ref="{dimension}"/>'
        f"<sheetData>{body}</sheetData></worksheet>"
    )
    return changed("xl/worksheets/sheet1.xml", text.encode())


FAR_APART = (
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"PK\x03\x04" + b"\x00" * 1700, Malformed),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 1700, Malformed),
        (packed({"a.txt": b"no workbook"}), Malformed),
        (packed({"xl/workbook.xml": b"no workbook"}), Malformed),
        (changed("xl/worksheets/sheet1.xml", b"<worksheet"), Malformed),
        (changed("xl/media/zeros.bin", b"\x00" * 50_000_000), TooLarge),
        (changed("xl/workbook.xml", b"\x00" * 3_000_000), TooLarge),
        (packed({f"xl/{number}.xml": b"x" for number in range(1_001)}), Malformed),
        (SHEET, None),
        (sheet_of("", "A1:XFD1048576"), Malformed),
        (sheet_of(FAR_APART), TooLarge),
    ],
    ids=[
        *("no-archive", "old-format", "archive", "empty-parts", "broken-sheet", "zeros", "ratio"),
        *("many-entries", "nothing-wrong", "huge-dimension", "far-apart"),
    ],
)
def test_hostile_workbooks_are_refused_in_words(
    data: bytes, error: type[DomainError] | None
) -> None:
    if error is None:
        assert cells(read_upload(data)) == [["Ann"]]
        return
    with pytest.raises(error):
        read_upload(data)


def test_a_workbook_of_a_thousand_and_more_parts_is_refused() -> None:
    parts = {f"xl/{number}.xml": b"x" for number in range(1_001)}
    with pytest.raises(TooLarge):
        read_upload(packed({"xl/workbook.xml": b"x", **parts}))


def test_a_workbook_that_takes_forever_is_given_up() -> None:
    forever = subprocess.TimeoutExpired("read", 60)
    hanging = mock.patch.object(workbooks.subprocess, "run", side_effect=forever)
    with hanging, pytest.raises(TooLarge):
        read_upload(SHEET)

"""Tables as they are written, by whatever program, are read as they were meant."""

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

import pytest
import time_machine
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from core.errors import DomainError, Malformed, TooLarge
from core.imports.dates import ColumnOrder, NotADate, find_order, read_moment
from core.imports.options import DateOrder, Options
from core.imports.uploads import read_upload
from core.spreadsheet import inert

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
MARKS = ",;\t|"
CHOSEN = ["cp1252", "mac_roman", "cp850"]
"""Encodings that a few letters don't show: whoever uploads the file says them."""

LETTERS = "abzAZ019 ,;|\t\"'=+-@.:/()ñéüßÁ\n\r"
names = st.text("abcXYZéñ _", min_size=1, max_size=8).map(str.strip).filter(bool)
tables = st.lists(names, min_size=1, max_size=5, unique=True).flatmap(
    lambda header: st.tuples(
        st.just(header),
        st.lists(
            st.lists(
                st.text(LETTERS, max_size=12).map(str.strip),
                min_size=len(header),
                max_size=len(header),
            ),
            max_size=8,
        ),
    )
)


def write(rows: Sequence[Sequence[str]], delimiter: str, end: str, *, quoted: bool) -> str:
    """As programs do: what would be misunderstood is quoted, or everything."""

    def cell(text: str) -> str:
        special = any(mark in text for mark in (delimiter, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if quoted or special else text

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    table=tables,
    encoding=st.sampled_from(ENCODINGS + CHOSEN),
    delimiter=st.sampled_from(MARKS),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoted=st.booleans(),
    declared=st.booleans(),
)
@example((["a"], [['"'], ["x"]]), "utf-16-le", ",", "\r", False, False)
def test_what_was_written_is_read(
    table: tuple[list[str], list[list[str]]],
    encoding: str,
    delimiter: str,
    end: str,
    quoted: bool,
    declared: bool,
) -> None:
    header, rows = table
    # in one column nothing tells a mark from what stands between two empty cells
    cells = [cell for row in rows for cell in row]
    assume(
        len(header) > 1 or quoted or declared or all(cell.strip(MARKS) for cell in cells if cell)
    )
    text = write(
        [header, *([inert(cell) for cell in row] for row in rows)], delimiter, end, quoted=quoted
    )
    if declared:
        text = f"sep={delimiter}{end}{text}"
    data, options = text.encode(encoding), Options(encoding=encoding if encoding in CHOSEN else "")
    if not any(map(any, rows)):
        with pytest.raises(Malformed, match="no rows"):
            read_upload(data, options)
        return
    upload = read_upload(data, options)
    assert list(upload.headers) == header
    assert [[line.cells[name] for name in header] for line in upload.lines] == [
        row for row in rows if any(row)
    ]
    assert [line.fault for line in upload.lines if line.fault] == []
    if len(header) > 1:
        assert upload.delimiter == delimiter
    numbers = [line.number for line in upload.lines]
    assert numbers == sorted(set(numbers))


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["", *CHOSEN, "utf-8", "utf-16-le"]))
@example(b"sep=\r\n,", "")
@example(b"\xff\xfe\x00\x00", "")
@example(b'{"a":1}\n{', "")
@example(b"\x00" * 40, "")
@example("\xa0\u2003".encode(), "")
@example(b"\x1c", "")
def test_whatever_is_uploaded_is_a_table_or_refused(data: bytes, encoding: str) -> None:
    with suppress(DomainError):
        upload = read_upload(data, Options(encoding=encoding))
        assert len(set(upload.headers)) == len(upload.headers)


FORMS = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%Y-%m-%d 00:00:00",
    "%Y-%m-%dT00:00:00.000Z",
    "%d-%b-%Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%b %d %Y 12:00:00 AM",
    "%A, %d %B %Y",
    "%d.%m.%Y",
]
days = st.dates(dt.date(1700, 1, 1), dt.date(2090, 12, 31))


@given(days, st.sampled_from(FORMS))
def test_a_day_written_in_words_or_from_the_year_on_is_read(day: dt.date, form: str) -> None:
    written = read_moment(day.strftime(form), ColumnOrder())
    assert written is not None
    assert written.day == day


@given(
    st.lists(days, min_size=1, max_size=20),
    st.sampled_from("/- "),
    st.booleans(),
    st.sampled_from(["US", "ES"]),
)
def test_a_column_is_read_in_one_order(
    written: list[dt.date], mark: str, day_first: bool, region: str
) -> None:
    """That in which it was written, wherever one row shows it."""
    form = mark.join(["%d", "%m", "%Y"] if day_first else ["%m", "%d", "%Y"])
    cells = [(line, day.strftime(form)) for line, day in enumerate(written, 2)]
    order = find_order("H", cells, region=region, chosen=DateOrder.COLUMN)
    if any(day.day > 12 for day in written):
        assert order.notes == []
    else:
        assert order.day_first == {mark: region == "ES"}
        day_first = region == "ES"
        form_read = ["%d", "%m", "%Y"] if day_first else ["%m", "%d", "%Y"]
        written = [dt.datetime.strptime(cell, mark.join(form_read)).date() for _, cell in cells]
        assert bool(order.notes) == any(day.day != day.month for day in written)
    read = [read_moment(cell, order) for _, cell in cells]
    assert [moment.day for moment in read if moment] == written


@pytest.mark.parametrize(
    ("text", "future", "year"),
    [
        ("1/2/26", False, 2026),
        ("12/31/26", False, 1926),
        ("1/2/36", True, 2036),
        ("1/2/37", True, 1937),
    ],
)
@time_machine.travel("2026-11-28")
def test_two_digits_of_a_year_are_the_latest_that_may_be(
    text: str, future: bool, year: int
) -> None:
    order = find_order("H", [(2, text)], region="US", chosen=DateOrder.COLUMN)
    written = read_moment(text, order, future=future)
    assert written is not None
    assert written.day.year == year


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader_of_dates(text: str) -> None:
    with suppress(NotADate):
        read_moment(text, ColumnOrder())


def test_many_columns_of_one_name_are_refused_before_they_are_told_apart() -> None:
    with pytest.raises(TooLarge):
        read_upload(b",".join([b"a"] * 200_000))


@pytest.mark.parametrize("text", ['[{"b": {"c": 1, "c": 2}}]', '{"a": 1}\n{"c": 1, "c": 2}'])
def test_a_file_whose_objects_say_a_key_twice_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(Malformed, match="holds the key “c” twice"):
        read_upload(text.encode())

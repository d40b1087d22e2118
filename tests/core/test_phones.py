"""Phone numbers as they are written, kept and shown."""

import csv
import re
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import phones
from core.countries import region_of
from core.phones import (
    Phone,
    SeveralNumbers,
    digits,
    national_digits,
    parse_extension,
    parse_phone,
    read_phone,
    readable_phone,
    split_phone,
)

TABLE = list(csv.DictReader(Path(__file__).with_name("written_phones.csv").open()))


@pytest.mark.parametrize("region", sorted({row["region"] for row in TABLE}))
def test_every_way_to_write_a_number_is_read_right_or_refused(region: str) -> None:
    wrong = []
    for row in TABLE:
        if row["region"] == region:
            try:
                found = tuple(read_phone(row["written"], region))
            except ValueError:
                found = ("", "")
            if found != (row["number"], row["extension"]):
                wrong.append((row["written"], found))
    assert wrong == []


def test_the_table_holds_300_ways_in_20_countries() -> None:
    assert len(TABLE) == 300
    assert len({row["region"] for row in TABLE}) == 20


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("2485550625.0", "US", "+12485550625"),
        ("12485550626.00", "US", "+12485550626"),
        ("1.2485550625E+10", "US", "+12485550625"),
        ("248-555-0640 (cell)", "US", "+12485550640"),
        ("(248) 555-0641 - work", "US", "+12485550641"),
        ("248 555 0642 home", "US", "+12485550642"),
        ("casa: 248-555-0643", "US", "+12485550643"),
        ("tel:+1-248-746-9711", "US", "+12487469711"),
        ("0012487469711", "US", "+12487469711"),
        ("0011 1 248 746 9711", "AU", "+12487469711"),
        ("+1 (0) 248 746 9711", "US", "+12487469711"),
        ("+1 0248 746 9711", "US", "+12487469711"),
        ("02487469711", "US", "+12487469711"),
        ("(+1) 248 746 9711", "US", "+12487469711"),
        ("+39 (0)6 69812345", "US", "+390669812345"),
        ("２４８ー７４６ー９７１１".replace("ー", "－"), "US", "+12487469711"),
        ("٢٤٨٧٤٦٩٧١١", "US", "+12487469711"),
        ("\u202a+1 248\u00a0746\u20119711\u202c", "US", "+12487469711"),
        ("030/12345678", "DE", "+493012345678"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        # of no plan, but documented clients send such
        ("+1234567890", "US", "+1234567890"),
        ("001234567890", "US", "+1234567890"),
        ("555-0100", "US", "+15550100"),
    ],
)
def test_a_number_is_what_its_digits_say(text: str, region: str, number: str) -> None:
    assert parse_phone(text, region) == number


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("529991239901", "MX"),
        ("5219991239901", "MX"),
        ("+5219991239901", "US"),
        ("+52 1 999 123 9901", "US"),
        ("+52 999 123 9901", "US"),
        ("0052 1 999 123 9901", "US"),
        ("044 999 123 9901", "MX"),
        ("01 999 123 9901", "MX"),
        ("9991239901", "MX"),
    ],
)
def test_mexico_has_one_number_however_it_was_dialled(text: str, region: str) -> None:
    assert parse_phone(text, region) == "+529991239901"


@pytest.mark.parametrize(
    "text",
    [
        *("", "Bob", "n/a", "-", "123", "+123456789012345678", "++12487469711"),
        # spreadsheets round
        *("1.248555E+10", "1.25E+10"),
        # a number and something else
        *("2485550100 apt 5", "5 2485550100 home", "call 1-800-FLOWERS", "248-746-9711, 12"),
        *("248-746-9711 x12345678901", "248-746-9711\x0012"),
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_phone(text, "US")


@pytest.mark.parametrize(
    "text",
    [
        "248-555-0100 / 248-555-0101",
        "248-555-0100, 248-555-0101",
        "248-555-0100; 248-555-0101",
        "248-555-0100 or 248-555-0101",
        "248-555-0100 work 248-555-0101 home",
        "(248) 555-0100/0101",
    ],
)
def test_two_numbers_are_not_made_one(text: str) -> None:
    with pytest.raises(SeveralNumbers):
        parse_phone(text, "US")


@pytest.mark.parametrize(
    "text",
    [
        "248-746-9711 x12",
        "248-746-9711x12",
        "248-746-9711 ext. 12",
        "248-746-9711, ext 12",
        "248-746-9711#12",
        "248-746-9711 (ext. 12)",
        "248-746-9711 extensión 12",
        "248 746 9711 poste 12",
        "tel:+1-248-746-9711;ext=12",
        "+1 248 746 9711 work x12",
    ],
)
def test_an_extension_stands_beside_the_number(text: str) -> None:
    assert read_phone(text, "US") == Phone("+12487469711", "12")


@pytest.mark.parametrize(("text", "extension"), [("12", "12"), ("x12", "12"), ("ext. 007", "007")])
def test_an_extension_is_its_digits(text: str, extension: str) -> None:
    assert parse_extension(text) == extension


WRITTEN = st.one_of(
    st.from_regex(r"\A\+?[0-9]{5,16}\Z"),
    st.from_regex(r"\A(\+|00|0)?[0-9 ().-]{6,20}( x[0-9]{1,4})?\Z"),
    st.text(max_size=30),
)


@given(WRITTEN, st.sampled_from(["US", "MX", "DE", "IT", "GB", "AU", "JP", "AR", "BR", "CI"]))
def test_what_is_read_has_no_digit_that_was_not_written_and_reads_as_itself(
    text: str, region: str
) -> None:
    try:
        phone = read_phone(text, region)
    except ValueError:
        return
    number = phone.number
    assert 7 <= len(number) - 1 <= 15
    assert digits(number) == number[1:]
    written = sum(each.isalnum() for each in text)
    assert len(digits(number)) <= written + 3
    assert parse_phone(number, region) == number
    assert parse_phone(national_digits(number, region), region) == number
    assert read_phone(str(phone), region) == phone == split_phone(str(phone))


@pytest.mark.parametrize(
    ("number", "region", "shown"),
    [
        ("+12485550100", "US", "(248) 555-0100"),
        ("+12485550100x12", "US", "(248) 555-0100 ext. 12"),
        ("+12485550100", "MX", "+1 248-555-0100"),
        ("+528112345678", "US", "+52 81 1234 5678"),
        ("+528112345678", "MX", "81 1234 5678"),
        ("+1234567890", "US", "+1234567890"),
        ("", "US", ""),
    ],
)
def test_a_number_is_shown_nationally_at_home_and_internationally_elsewhere(
    number: str, region: str, shown: str
) -> None:
    assert readable_phone(number, region) == shown


@pytest.mark.parametrize(
    ("country", "region"),
    [
        *(("US", "US"), ("usa", "US"), ("U.S.A.", "US"), ("United States", "US")),
        *(("Estados Unidos", "US"), ("México", "MX"), ("mexico", "MX"), ("MEX", "MX")),
        *(("Deutschland", "DE"), ("Alemania", "DE"), ("Côte d’Ivoire", "CI"), ("日本", "JP")),
        *(("England", "GB"), ("Россия", "RU"), ("", ""), ("Nowhere", ""), (".", "")),
    ],
)
def test_a_country_is_known_by_its_code_and_by_its_name_in_several_languages(
    country: str, region: str
) -> None:
    assert region_of(country) == region


@given(
    st.from_regex(r"(\+1)?[ -]?\(?[2-9][0-9]{2}\)?[ -]?[0-9]{3}[ -]?[0-9]{4}", fullmatch=True),
    st.sampled_from(["US", "CA", "DO", "BB", "AG", "MX", "GB", "IT"]),
)
def test_the_short_way_for_north_america_reads_as_the_long_one(text: str, region: str) -> None:
    short = read_phone(text, region)
    with mock.patch.object(phones, "_NORTH_AMERICAN", re.compile(r"(?!)")):
        assert read_phone(text, region) == short

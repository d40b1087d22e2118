"""What the headers of files of customers are taken for: other systems' and our own."""

from collections import Counter

import pytest
from django.utils import translation

from core.exports.tables import table
from core.imports.headers import header_key
from core.imports.uploads import Upload, UploadLine
from customers.imports.headers import CUSTOMER_WORDS, address_blocks, customer_columns
from customers.models import Customer
from customers.services.values import PINNED, WRITABLE
from tests.customers.headers_of_systems import NO_FIELD, SYSTEMS


def columns_of(*headers: str, **cells: str) -> dict[str, str | None]:
    lines = [UploadLine(2, cells)] if cells else []
    return customer_columns(Upload(headers, lines, "UTF-8", ","))


@pytest.mark.parametrize("system", SYSTEMS)
def test_other_systems_headers_are_known(system: str) -> None:
    """Every one that there is a field for."""
    found = columns_of(*SYSTEMS[system])
    assert {header: found[header] for header in SYSTEMS[system]} == SYSTEMS[system]


@pytest.mark.parametrize("system", NO_FIELD)
def test_headers_of_what_no_field_holds_are_taken_for_nothing(system: str) -> None:
    found = columns_of(*SYSTEMS[system], *NO_FIELD[system])
    assert {header for header, field in found.items() if not field} == NO_FIELD[system]


@pytest.mark.parametrize("spelling", [str.upper, str.lower, lambda text: f"* {text}:"])
def test_case_and_punctuation_do_not_matter(spelling: object) -> None:
    for headers in SYSTEMS.values():
        spelled = {spelling(header): field for header, field in headers.items()}  # type: ignore[operator]
        assert columns_of(*spelled) == spelled


def test_no_word_means_two_fields() -> None:
    keys = Counter(
        key
        for field, names in CUSTOMER_WORDS.items()
        for key in {header_key(name) for name in (field, *names)}
    )
    assert [key for key, count in keys.items() if count > 1] == []


FIELDS = {name.name for name in Customer._meta.concrete_fields}
READ_BACK = {
    "id": "id",
    "tags": "tags",
    "assigned_to_email": "assigned_to",
    "preferred_agent_email": "preferred_agent",
    "preferred_outlet_name": "preferred_outlet",
    "national_phone": "phone",
    "national_whatsapp_number": "whatsapp_number",
    **{name: name for name in WRITABLE | set(PINNED.values())},
}
"""Our columns that come back → the field that they fill. The others are worked out here."""


@pytest.mark.parametrize("language", ["en", "es", ""])
def test_our_own_headers_are_known_in_both_languages_and_as_programs_call_them(
    language: str,
) -> None:
    own = table("customers").columns
    with translation.override(language or "en"):
        headers = {str(column.label) if language else name: name for name, column in own.items()}
    assert len(headers) == len(own)
    cells = {"status": "vip", "is_business": "false"}
    found = columns_of(
        *headers, **{header: cells[name] for header, name in headers.items() if name in cells}
    )
    assert {headers[header]: field for header, field in found.items() if field} == {
        name: READ_BACK[name] for name in own if name in READ_BACK
    }


def test_programs_names_of_our_columns_are_known() -> None:
    own = table("customers")
    found = columns_of(*own.names)
    assert {header: found[header] for header in own.names} == {
        header: READ_BACK.get(name) for header, name in own.names.items()
    }


def test_a_word_of_two_fields_is_decided_by_what_stands_under_it() -> None:
    assert columns_of("Ciudad", "Estado", Estado="MI") == {"Ciudad": "city", "Estado": "state"}
    assert columns_of("Ciudad", "Estado", Estado="vip") == {"Ciudad": "city", "Estado": "status"}


def test_several_addresses_are_told_apart() -> None:
    headers = [
        "Home Street",
        "Home City",
        "Business Street",
        "Business City",
        "City",
        "Calle particular",
    ]
    blocks = address_blocks(columns_of(*headers))
    assert [list(block) for block in blocks] == [
        ["Home Street", "Home City"],
        ["Business Street", "Business City"],
        ["City"],
        ["Calle particular"],
    ]
    (shop,) = address_blocks(columns_of("Default Address Address1", "Default Address City"))
    assert list(shop.values()) == ["street", "city"]
    (card,) = address_blocks(columns_of("Card Address Line1", "Card Address Zip"))
    assert list(card.values()) == ["street", "postal_code"]

"""Money as people write it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.amounts import number_marks, own_decimal_mark, parse_amount, whole_average


@pytest.mark.parametrize(
    ("text", "region", "amount"),
    [
        ("12,500.50", "US", "12500.50"),
        ("$1,200", "US", "1200"),
        ("USD 1,200.00", "US", "1200.00"),
        ("US$ 1,200", "US", "1200"),
        ("-$5", "US", "-5"),
        ("1.200,50", "US", "1200.50"),
        ("1.200,50 €", "DE", "1200.50"),
        ("1 200,50", "FR", "1200.50"),
        ("1\u202f200,50 EUR", "FR", "1200.50"),
        ("1'200.50", "CH", "1200.50"),
        ("12,34,567.50", "IN", "1234567.50"),
        ("1,234,567", "DE", "1234567"),
        ("R$ 1.200,50", "BR", "1200.50"),
        ("１２．５", "US", "12.5"),
        (".5", "US", "0.5"),
        ("−5", "US", "-5"),
        ("XAF 500", "FR", "500"),
        ("1'234’567", "CH", "1234567"),
        ("1" * 60, "US", "1" * 60),
        # one mark and three digits: what the region means by it
        ("1,200", "US", "1200"),
        ("123,456", "US", "123456"),
        ("1,200", "DE", "1.200"),
        ("1.200", "US", "1.200"),
        ("1.200", "DE", "1200"),
        ("1.200", "FR", "1200"),
        # never three orders of magnitude more
        ("0,750", "US", "0.750"),
        ("0.750", "DE", "0.750"),
    ],
)
def test_an_amount_is_read_by_the_regions_marks(text: str, region: str, amount: str) -> None:
    assert parse_amount(text, region) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        *(("1.200,50", ","), ("1,200.50", "."), ("1,200,000", "."), ("1.200.000", ",")),
        *(("12,5", ","), ("$0.750", "."), ("1234,567", ","), ("1 200,50 €", ",")),
        *(("1200", ""), ("1 200", ""), ("1'200", ""), ("1,200", None), ("-1.200", None)),
    ],
)
def test_an_amount_shows_its_decimal_mark_or_may_be_read_both_ways(
    text: str, mark: str | None
) -> None:
    assert own_decimal_mark(text) == mark


def test_a_known_decimal_mark_goes_before_the_regions() -> None:
    assert parse_amount("1,200", "US", decimal=",") == Decimal("1.200")
    assert parse_amount("1.200", "US", decimal=",") == Decimal(1200)


@pytest.mark.parametrize(
    "text",
    [
        *("1e9", "1E5", "abc", "12abc", "", ".", "$", "NaN", "infinity", "--5", "1,200-"),
        *("12 50", "1,2,3", "1,,200", "1,234.567,89", "€1200$", "0,750,000", "9" * 100),
        *("$$5", "1'234 567", "1234,567,890", "123,45,678", "1,234,56,789", "1,23,456,789"),
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_amount(text, "US")


@given(
    st.decimals(min_value=0, max_value=10**12, places=2),
    st.sampled_from(["US", "DE", "FR", "CH", "MX", "BR", "IN"]),
)
def test_what_is_shown_grouped_reads_back(amount: Decimal, region: str) -> None:
    decimal, group = number_marks(region)
    shown = f"{amount:,.2f}".replace(",", "_").replace(".", decimal).replace("_", group)
    assert parse_amount(shown, region) == amount
    assert parse_amount(f"{amount:.2f}", region) == amount


def test_half_a_unit_of_an_average_is_rounded_up() -> None:
    assert [whole_average(Decimal(total), 2) for total in (1, 3, 5, -1)] == [1, 2, 3, -1]
    assert (whole_average(Decimal(85000), 3), whole_average(Decimal(5), 0)) == (28333, 0)

"""Phone numbers as people read them."""

import pytest

from core.text import readable_phone


@pytest.mark.parametrize(
    ("number", "region", "shown"),
    [
        ("+12485550100", "US", "(248) 555-0100"),
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

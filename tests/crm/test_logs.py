"""Logs help to find a defect and hold no one's data."""

import datetime as dt
import sys
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest

from crm.logs import without_values


def test_a_traceback_shows_where_and_what_but_no_values() -> None:
    secret = "jane@example.com"
    try:
        raise ValueError(
            'duplicate key value violates unique constraint "x"\n'
            f"DETAIL:  Key (email)=({secret}) already exists.\n"
        )
    except ValueError:
        text = without_values(sys.exc_info())  # type: ignore[arg-type]
    assert "test_logs.py" in text
    assert 'unique constraint "x"' in text
    assert secret not in text


SECRET = "jane o'brien@example.com"


def _postgresql(message: str) -> None:
    raise RuntimeError(message)


@pytest.mark.parametrize(
    "fail",
    [
        lambda: int(SECRET),
        lambda: {}[SECRET],
        lambda: UUID(SECRET),
        lambda: float(SECRET.partition("'")[0]),
        lambda: dt.date.fromisoformat(SECRET),
        lambda: [Decimal(1)].index(SECRET),  # type: ignore[arg-type]
        lambda: f"jane \ud800 {SECRET}".encode("latin-1"),
        lambda: _postgresql(f'invalid input syntax for type date: "{SECRET}"'),
        lambda: _postgresql(
            f"syntax error at or near \"x\"\nLINE 1: SELECT '{SECRET.partition(chr(39))[0]}'\n   ^"
        ),
    ],
)
def test_what_an_error_quotes_of_a_value_is_left_out(fail: Callable[[], object]) -> None:
    try:
        fail()
    except (ValueError, KeyError, RuntimeError):
        text = without_values(sys.exc_info())  # type: ignore[arg-type]
    assert "jane" not in _said_in(text)
    assert "brien" not in _said_in(text)
    assert "fail()" in text


def _said_in(text: str) -> str:
    """A traceback without this file's own lines, which spell the secret out."""
    lines = text.splitlines()
    return "\n".join(
        line for before, line in zip(["", *lines], lines, strict=False) if "File" not in before
    )

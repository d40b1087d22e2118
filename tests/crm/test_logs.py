"""Logs help to find a defect and hold no one's data."""

import sys

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

"""The backend for PostgreSQL gives what Django's gives, and asks the server less."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, connection
from django.db.backends.postgresql.psycopg_any import register_tzloader

from tests.conftest import on_postgresql

pytestmark = [pytest.mark.django_db, on_postgresql]

ABOUT = "SELECT query_start FROM pg_stat_activity WHERE pid = %s"


@pytest.fixture
def other() -> Iterator[Any]:
    """A connection that waits."""
    yield from connected()


@pytest.fixture
def watching() -> Iterator[Any]:
    """One that looks at it."""
    yield from connected()


def connected() -> Iterator[Any]:
    wrapper = connection.copy()
    with wrapper.cursor() as cursor:
        cursor.execute("RESET ROLE")  # who owns the tables sees what others ask
    yield wrapper
    wrapper.close()


def asked(statement: str, parameters: list[Any], by: Any = connection) -> Any:
    with by.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-29 23:07:01.123456+00", "2026-11-29 23:07:01.5+00", "2026-11-29 00:00:00+00"),
        *("0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00", "2026-03-08 02:30:00-05"),
    ],
)
def test_a_moment_is_the_one_that_django_reads(text: str) -> None:
    moment = asked("SELECT %s::timestamptz", [text])
    with connection.cursor() as cursor:
        register_tzloader(dt.UTC, cursor)
        cursor.execute("SELECT %s::timestamptz", [text])
        assert moment == cursor.fetchone()[0] == dt.datetime.fromisoformat(text)
    assert moment.tzinfo is dt.UTC


@pytest.mark.parametrize("text", ["infinity", "10000-01-01 00:00:00+00", "0044-03-15 00:00+00 BC"])
def test_what_is_no_moment_in_python_is_an_error_of_the_database(text: str) -> None:
    with pytest.raises(DataError):
        asked("SELECT %s::timestamptz", [text])


def test_a_connection_that_nobody_ended_is_good_without_asking(other: Any, watching: Any) -> None:
    pid = other.connection.info.backend_pid
    before = asked(ABOUT, [pid], watching)
    assert other.is_usable()
    assert asked(ABOUT, [pid], watching) == before


def test_a_connection_that_the_server_ended_is_no_good(other: Any, watching: Any) -> None:
    pid = other.connection.info.backend_pid
    assert asked("SELECT pg_terminate_backend(%s, 5000)", [pid], watching)
    assert not other.is_usable()


def test_a_connection_on_which_something_went_wrong_is_asked(other: Any, watching: Any) -> None:
    pid = other.connection.info.backend_pid
    before = asked(ABOUT, [pid], watching)
    other.errors_occurred = True
    assert other.is_usable()
    assert asked(ABOUT, [pid], watching) != before

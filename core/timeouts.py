"""How long a statement may take, and what may take longer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def as_long_as_it_takes() -> Iterator[None]:
    """
    A transaction whose statements no `statement_timeout` ends: for what streams to a client, who
    takes the time that they take. Nothing is compiled either: of fifty expressions that takes
    longer than working them out.
    """
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL jit = off")
        yield


def is_waited_for() -> bool:
    """Whether somebody waits for what the present transaction has locked; of SQLite never."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted "
            "AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def lift_timeouts() -> None:
    """For a thread that does background work in a server's process: its connection has none."""
    options = {k: v for k, v in connection.settings_dict["OPTIONS"].items() if k != "options"}
    connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}

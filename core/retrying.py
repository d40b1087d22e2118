"""
Deadlocks: two writers that each wait for a key that the other has just inserted. PostgreSQL breaks
the ring by refusing one of them, whose transaction is as if it had never been; so it begins anew.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

R = TypeVar("R")

ATTEMPTS = 5
_DEADLOCK = "40P01"


def retry_on_deadlock(work: Callable[[], R]) -> R:
    """
    What `work` (one transaction, safe to begin again) answers; begun anew when the database refused
    it to break a deadlock.

    Inside another transaction the refusal goes on to the outermost. Raises OperationalError after
    five refusals.
    """
    if connection.in_atomic_block:
        return work()
    for _ in range(ATTEMPTS - 1):
        try:
            return work()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != _DEADLOCK:
                raise
    return work()

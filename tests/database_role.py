"""
The role that tests have in PostgreSQL: the application's, which owns nothing. Only emptying tables,
by which tests with real transactions end, is theirs beside it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created

from core.database_roles import grant_to

ROLE = "crm_application_in_tests"

_CREATE = f"""
DO $$ BEGIN
    CREATE ROLE {ROLE} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def prepare() -> None:
    """Makes the role, and lets this and every later connection to the tests' database have it."""
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        grant()
        cursor.execute(f"SET ROLE {ROLE}")
    connection_created.connect(_take_role)


def grant() -> None:
    """The owner gives the role what it needs of the tables that there are."""
    if connection.vendor != "postgresql":
        return
    grant_to(ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {ROLE}")


@contextmanager
def as_owner() -> Iterator[None]:
    """Within, the connection is the owner's again."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {ROLE}")


def _take_role(connection: Any, **kwargs: Any) -> None:
    if str(connection.settings_dict["NAME"] or "").startswith("test_"):
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {ROLE}")

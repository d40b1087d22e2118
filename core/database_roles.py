"""
The database as a second lock: the application's role owns nothing, and can't change what is only
ever written once. What erasure takes out of such tables it takes out through functions of the
owner's.

Roles are PostgreSQL's. Without `MIGRATION_DATABASE_URL` the one role of `DATABASE_URL` does
everything, and so does SQLite.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

FUNCTIONS = (
    "conceal_entries(uuid, text, uuid)",
    "erase_rows(text, uuid, text, uuid)",
    "move_rows(text, uuid, text, uuid, uuid, uuid[])",
)
"""Of the owner's, made by migrations."""

_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE")


def is_append_only(model: Any) -> bool:
    """Whether erasure has to ask the owner's functions to take rows of the model."""
    return connection.vendor == "postgresql" and model._meta.label in settings.APPEND_ONLY


@contextmanager
def as_owner() -> Iterator[None]:
    """Within, this thread's connection is the owner's, if `MIGRATION_DATABASE_URL` names one."""
    if not settings.MIGRATION_DATABASE:
        yield
        return
    before = connection.settings_dict
    connection.close()
    connection.settings_dict = {**before, **settings.MIGRATION_DATABASE, "NAME": before["NAME"]}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = before


def grant_to(role: str) -> None:
    """
    Gives the application's role what it needs in every table of ours, and takes away what it
    doesn't. Safe to repeat; for the owner.

    All at once, and what later migrations make is granted as it is made: servers write meanwhile.
    """
    quote = connection.ops.quote_name
    named = {
        apps.get_model(label)._meta.db_table: privileges
        for label, privileges in settings.APPEND_ONLY.items()
    }
    tables = [
        *connection.introspection.django_table_names(only_existing=True, include_views=False),
        "django_migrations",
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = quote(cursor.fetchone()[0])
        to = quote(role)
        statements = [f"GRANT USAGE ON SCHEMA {schema} TO {to}"]
        for table in tables:
            allowed = named.get(table, _PRIVILEGES)
            if table == "django_migrations":
                allowed = ("SELECT",)
            statements += [
                f"REVOKE ALL ON {quote(table)} FROM {to}",
                f"GRANT {', '.join(allowed)} ON {quote(table)} TO {to}",
            ]
        statements += [
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {to}",
            *(
                f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {allowed} TO {to}"
                for allowed in (f"{', '.join(_PRIVILEGES)} ON TABLES", "USAGE ON SEQUENCES")
            ),
        ]
        statements += [f"GRANT EXECUTE ON FUNCTION {name} TO {to}" for name in FUNCTIONS]
        for statement in statements:
            cursor.execute(statement)


def grant_to_application() -> None:
    """Grants to the role of `DATABASE_URL`, where another is the owner."""
    if settings.MIGRATION_DATABASE and connection.vendor == "postgresql":
        grant_to(settings.DATABASES["default"]["USER"])

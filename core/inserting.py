"""
Many new rows at once: what `bulk_create` does, without compiling an expression for each of their
values.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db import connection, models

from core.encryption import EncryptedTextField

Value = Callable[[models.Model], Any]

_PLAIN = frozenset({str, int, bool, float, type(None)})
"""Types that every driver takes as they are."""


def insert(rows: Sequence[models.Model]) -> None:
    """
    Saves unsaved rows of one model. PostgreSQL takes them by COPY, others by one prepared
    statement; a single one is saved as ever.

    Call it in a transaction (or savepoint). Raises IntegrityError when a constraint refuses one of
    them; then none is written.
    """
    if len(rows) < 2:
        for row in rows:
            row.save(force_insert=True)
        return
    meta = rows[0]._meta
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in meta.concrete_fields)
    table = quote(meta.db_table)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for values in _prepared(rows):
                    copy.write_row(values)
        else:
            marks = ", ".join(["%s"] * len(meta.concrete_fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(_prepared(rows))
            )
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def _prepared(rows: Sequence[models.Model]) -> Iterator[list[Any]]:
    """The values of each row as its fields give them to the database."""
    fields = [
        (field, _value_of(field), isinstance(field, models.JSONField | EncryptedTextField))
        for field in rows[0]._meta.concrete_fields
    ]
    for row in rows:
        values = []
        for field, value_of, is_written_otherwise in fields:
            value = value_of(row)
            values.append(
                value
                if type(value) in _PLAIN and not is_written_otherwise
                else field.get_db_prep_save(value, connection)
            )
        yield values


def _value_of(field: "models.Field[Any, Any]") -> Value:
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return lambda row: field.pre_save(row, True)
    name = field.attname
    return lambda row: getattr(row, name)

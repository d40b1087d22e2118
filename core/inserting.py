"""
Many new rows at once: what `bulk_create` does, without compiling an expression for each of their
values.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any

import orjson
from django.db import connection, models


def insert(rows: Sequence[models.Model]) -> None:
    """
    Saves unsaved rows of one model. PostgreSQL takes them by COPY, others by one prepared
    statement; a single one is saved as ever. Numbers that the database gives (AutoField) aren't
    read back.

    Call it in a transaction (or savepoint). Raises IntegrityError when a constraint refuses one of
    them; then none is written.
    """
    if len(rows) < 2:
        for row in rows:
            row.save(force_insert=True)
        return
    meta = rows[0]._meta
    quote = connection.ops.quote_name
    fields = [field for field in meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    table = quote(meta.db_table)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for values in _prepared(rows, fields):
                    copy.write_row(values)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(_prepared(rows, fields))
            )
    for row in rows:
        row._state.adding = False
        row._state.db = connection.alias


def _prepared(
    rows: Sequence[models.Model], fields: "Sequence[models.Field[Any, Any]]"
) -> Iterator[list[Any]]:
    """The values of each row as its fields give them to the database."""
    moved = [field for field in fields if _is_moved(field)]
    others = [
        (place, _preparing(field)) for place, field in enumerate(fields) if not _is_plain(field)
    ]
    values_of = itemgetter(*(field.attname for field in fields))
    for row in rows:
        for field in moved:
            field.pre_save(row, True)
        values = list(values_of(row.__dict__))
        for place, prepare in others:
            if values[place] is not None:
                values[place] = prepare(values[place], connection)
        yield values


def _is_moved(field: "models.Field[Any, Any]") -> bool:
    return getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)


_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)
_ADAPTED = (models.DateField, models.TimeField, models.DecimalField, models.UUIDField)


def _is_plain(field: "models.Field[Any, Any]") -> bool:
    """Whether the driver takes the field's values as they are."""
    field = getattr(field, "target_field", field)
    if not type(field).get_prep_value.__module__.startswith("django."):
        return False  # a secret's
    adapts = connection.vendor == "postgresql"
    return isinstance(field, _PLAIN) or (adapts and isinstance(field, _ADAPTED))


def _preparing(field: "models.Field[Any, Any]") -> Callable[[Any, Any], Any]:
    if isinstance(field, models.JSONField) and connection.vendor == "postgresql":
        return lambda value, connection: orjson.dumps(value).decode()
    return field.get_db_prep_save

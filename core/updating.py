"""
Other values for many rows at once: what `bulk_update` does, without compiling an expression for
each of them.
"""

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from django.db import connection, models


def update(rows: Sequence[models.Model], names: Collection[str]) -> None:
    """
    Saves these fields of rows of one model. PostgreSQL takes all of them as one JSON text.

    Call it in a transaction (or savepoint). Raises IntegrityError when a constraint refuses one of
    them; then none is written.
    """
    if not rows or not names:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._base_manager.bulk_update(rows, names, batch_size=100)
        return
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), model._meta.pk
    fields: list[Any] = [key, *(model._meta.get_field(name) for name in sorted(names))]
    named, *others = [quote(field.column) for field in fields]
    types = ", ".join(f"{quote(field.column)} {field.db_type(connection)}" for field in fields)
    values = [{field.column: _value(field, row) for field in fields} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {', '.join(f'{column} = v.{column}' for column in others)} "
            f"FROM jsonb_to_recordset(%s::jsonb) AS v({types}) WHERE {table}.{named} = v.{named}",
            [orjson.dumps(values, default=str).decode()],
        )


def _value(field: Any, row: models.Model) -> Any:
    """The field's value as JSON tells the database of it."""
    value = getattr(row, field.attname)
    return value if isinstance(field, models.JSONField) else field.get_prep_value(value)

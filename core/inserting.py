"""
Many new rows at once: what `bulk_create` does, without compiling an expression for each of their
values.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any
from uuid import UUID

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
                copy.write(_copied(_columns(rows, fields)))
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})",
                list(zip(*_columns(rows, fields), strict=True)),
            )
    alias = connection.alias
    for row in rows:
        row._state.adding = False
        row._state.db = alias


def _copied(columns: Iterable[Sequence[Any]]) -> str:
    """The columns as rows in COPY's text format."""
    lines = map("\t".join, zip(*map(_texts, columns), strict=False))
    return "".join([f"{line}\n" for line in lines])


def _texts(values: Sequence[Any]) -> Iterable[str]:
    """The values of a column as COPY reads them: most columns hold the same in all rows."""
    if values[0] == values[-1] and values.count(values[0]) == len(values):
        return repeat(*_texts_of(values[:1]))
    return _texts_of(values)


def _texts_of(values: Sequence[Any]) -> list[str]:
    if isinstance(values[0], UUID | dt.datetime) and None not in values:
        return orjson.dumps(values)[2:-2].decode().split('","')
    texts = [value if isinstance(value, str) else str(value) for value in values]
    if _SPECIAL.search("".join(texts)):
        texts = [text.translate(_ESCAPES) for text in texts]
    if None in values:
        return ["\\N" if value is None else text for value, text in zip(values, texts, strict=True)]
    return texts


_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _columns(
    rows: Sequence[models.Model], fields: "Sequence[models.Field[Any, Any]]"
) -> Iterator[Sequence[Any]]:
    """The values of each field in all rows, as it gives them to the database."""
    for field in filter(_is_moved, fields):
        for row in rows:
            field.pre_save(row, True)
    values_of = itemgetter(*(field.attname for field in fields))
    columns = zip(*[values_of(row.__dict__) for row in rows], strict=True)
    for field, values in zip(fields, columns, strict=True):
        if _is_plain(field):
            yield values
        else:
            prepare = _preparing(field)
            yield [None if value is None else prepare(value, connection) for value in values]


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

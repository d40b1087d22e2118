"""Many rows at once: COPY in PostgreSQL, executemany in SQLite."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models


class Table:
    """
    Rows of `model` waiting to be written. A row is a tuple of `columns` (attnames); all others get
    the model's defaults.

    Values are as the database takes them: ids as hex digits, moments and amounts as text, JSON as
    text.
    """

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self.add = self.rows.append
        self._model = model
        fields = {field.attname: field for field in model._meta.concrete_fields}
        defaults = [field for name, field in fields.items() if name not in columns]
        self._constants = tuple(
            field.get_db_prep_save(field.get_default(), connection) for field in defaults
        )
        self._columns = [fields[name].column for name in columns] + [
            field.column for field in defaults
        ]

    def flush(self) -> None:
        """Writes and forgets the rows."""
        if self.rows:
            self._write(row + self._constants for row in self.rows)
            self.rows.clear()

    def _write(self, rows: Iterable[tuple[Any, ...]]) -> None:
        table = connection.ops.quote_name(self._model._meta.db_table)
        columns = ", ".join(map(connection.ops.quote_name, self._columns))
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                places = ", ".join(["%s"] * len(self._columns))
                cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", list(rows))


@contextmanager
def without_indexes(*tables: type[models.Model]) -> Iterator[None]:
    """
    In PostgreSQL, takes the tables' plain indexes and foreign keys away and makes them again at the
    end, which is how very many rows are written fast. Inside a transaction: a failure brings
    everything back. Locks the tables.
    """
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        keys = _foreign_keys(cursor, names)
        indexes = _plain_indexes(cursor, names)
        for table, name, _ in keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in keys:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _foreign_keys(cursor: Any, tables: Sequence[str]) -> list[tuple[str, str, str]]:
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) "
        "FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY 1, 2",
        [list(tables)],
    )
    return list(cursor.fetchall())


def _plain_indexes(cursor: Any, tables: Sequence[str]) -> list[tuple[str, str]]:
    """Those that no constraint stands on."""
    cursor.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "WHERE i.indrelid = ANY(%s::regclass[]) "
        "AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid "
        "AND c.contype IN ('p', 'u', 'x')) ORDER BY 1",
        [list(tables)],
    )
    return list(cursor.fetchall())

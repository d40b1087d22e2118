"""Steps of migrations that leave writers alone."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import AddConstraint, AddIndex, RemoveIndex, RunSQL
from django.db.models import UniqueConstraint


class RunPostgreSQL(RunSQL):
    """SQL that only PostgreSQL takes; in SQLite nothing is done."""

    def _run_sql(self, schema_editor: Any, sqls: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            super()._run_sql(schema_editor, sqls)  # type: ignore[misc]


class AddIndexBesideWriters(AddIndexConcurrently):
    """
    Makes an index while others write, where the database can; in SQLite one like any other. Needs a
    migration with `atomic = False`.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        step = AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else AddIndex
        step.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        step = AddIndexConcurrently if schema_editor.connection.vendor == "postgresql" else AddIndex
        step.database_backwards(self, app_label, schema_editor, from_state, to_state)


class RemoveIndexBesideWriters(RemoveIndexConcurrently):
    """Drops an index likewise."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        concurrent = schema_editor.connection.vendor == "postgresql"
        step = RemoveIndexConcurrently if concurrent else RemoveIndex
        step.database_forwards(self, app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        concurrent = schema_editor.connection.vendor == "postgresql"
        step = RemoveIndexConcurrently if concurrent else RemoveIndex
        step.database_backwards(self, app_label, schema_editor, from_state, to_state)


class AddConstraintBesideWriters(AddConstraint):
    """
    Adds a constraint that holds for new rows at once; those that are there are looked at after,
    while others write. One of unique columns takes an index that was made beside them. In SQLite
    one like any other. Needs a migration with `atomic = False`.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        table = schema_editor.quote_name(model._meta.db_table)
        name = schema_editor.quote_name(self.constraint.name)
        if isinstance(self.constraint, UniqueConstraint):
            # in PostgreSQL one with a condition is an index alone, and is made as one
            assert self.constraint.fields
            assert not self.constraint.condition
            fields = [model._meta.get_field(field) for field in self.constraint.fields]
            columns = ", ".join(schema_editor.quote_name(field.column) for field in fields)
            for statement in (
                f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns})",
                f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}",
            ):
                schema_editor.execute(statement, params=None)
            return
        added = self.constraint.create_sql(model, schema_editor)
        schema_editor.execute(f"{added} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}", params=None)

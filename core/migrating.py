"""Steps of migrations that leave writers alone."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import AddIndex, RemoveIndex


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

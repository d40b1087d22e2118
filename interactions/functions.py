"""Database functions."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, IntegerField
from django.db.models.sql.compiler import SQLCompiler


class WholeSeconds(Func):
    """The whole seconds of a duration that isn't negative."""

    arity = 1
    output_field = IntegerField()
    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        """A duration is a whole number of microseconds there."""
        return self.as_sql(compiler, connection, template="(%(expressions)s) / 1000000", **context)

"""
Django's backend for PostgreSQL without two things that each request would pay for: the question
whether a connection that has waited still stands, and moments read by a pattern, which took a list
longer than all its other columns together.
"""

import datetime as dt
import select
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader


class MomentLoader(BaseTzLoader):
    """A `timestamptz`, read by Python's own parser."""

    timezone = dt.UTC

    def load(self, data: Any) -> dt.datetime:
        try:
            return dt.datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # beyond what Python's datetime holds, which psycopg says in its words
            moment: dt.datetime = super().load(data)
            return moment


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        if self.timezone == MomentLoader.timezone:
            connection.adapters.register_loader("timestamptz", MomentLoader)
        return connection

    def is_usable(self) -> bool:
        """
        Whoever ends a connection says so: the server is asked only where it has sent something
        since, or where something went wrong.
        """
        if self.connection is None or self.connection.closed or self.errors_occurred:
            return bool(super().is_usable())
        said = select.poll()
        said.register(self.connection.fileno(), select.POLLIN)
        return not said.poll(0) or bool(super().is_usable())

"""Migrations that stop no writer: what they may do to tables that are there."""

from collections.abc import Iterator

import pytest
from django.db.migrations import AddConstraint, AddIndex, CreateModel, Migration, RemoveIndex
from django.db.migrations.loader import MigrationLoader

from core.migrating import (
    AddConstraintBesideWriters,
    AddIndexBesideWriters,
    RemoveIndexBesideWriters,
)
from core.tenancy.scoping import SameTenant

FIRST = {
    "appointments": 5,
    "audit": 3,
    "customers": 19,
    "identity": 5,
    "interactions": 8,
    "jobs": 3,
    "requests": 2,
    "tenancy": 8,
    "webhooks": 1,
}
"""How many of an app's migrations made the first tables, before anybody wrote to them."""

BESIDE_WRITERS = (AddIndexBesideWriters, RemoveIndexBesideWriters, AddConstraintBesideWriters)


LATER = [
    migration
    for (app, name), migration in sorted(MigrationLoader(None).disk_migrations.items())
    if not migration.__module__.startswith("django.") and int(name[:4]) > FIRST.get(app, 0)
]


def holding_up(migration: Migration) -> Iterator[str]:
    """What locks a table that others write to for as long as its rows take."""
    made = set()
    for step in migration.operations:
        if isinstance(step, CreateModel):
            made.add(step.name_lower)
        elif isinstance(step, BESIDE_WRITERS):
            assert not migration.atomic
        elif isinstance(step, AddIndex | RemoveIndex | AddConstraint):
            reads_every_row = not isinstance(step, AddConstraint) or isinstance(
                step.constraint, SameTenant
            )
            if reads_every_row and step.model_name_lower not in made:
                yield step.describe()


@pytest.mark.parametrize("migration", LATER, ids=str)
def test_indexes_and_references_of_tables_in_use_are_made_beside_writers(
    migration: Migration,
) -> None:
    assert not list(holding_up(migration))

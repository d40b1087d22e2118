"""
What the apps hold of a customer: each declares a `CustomerPart`, listed in
`settings.CUSTOMER_PARTS`, so that customers ask the apps above without importing them.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Aggregate, Model, QuerySet
from django.utils.module_loading import import_string

from core.database_roles import is_append_only
from core.errors import DomainError
from core.tenancy.actor import Actor
from customers.archives import ArchiveTable
from customers.models import Customer


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What the rows of one model say of their customer.

    `figures` maps a name to an aggregate over `rows` (those that count), grouped by `customer`. A
    name that is a customer's column is written there; where two facts give the same, first_… takes
    the earlier and last_… the later. Names in `activity` count as signs of life.
    """

    name: str
    rows: "Callable[[], QuerySet[Any]]"
    figures: Mapping[str, Aggregate]
    customer: str = "customer_id"
    activity: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Blocker:
    """A row that forbids the erasure of its customer: what it is, and until when it stands."""

    customer_id: UUID
    row_id: UUID
    kind: str
    at: dt.datetime
    label: str


@dataclass(frozen=True, slots=True)
class DoubleBooking:
    """Two bookings of people who are one, at the same time: which rows, from when, of what."""

    first_id: UUID
    second_id: UUID
    at: dt.datetime
    first_label: str
    second_label: str


MOVED_AT_ONCE = 50_000
"""Rows that one statement names."""

Moved = Mapping[str, Sequence[str]]
"""Model's label → the keys of the rows that merging gave to another customer."""


class CustomerList(Protocol):
    """A list of a customer's that stands in rows of another table, named in `CUSTOMER_LISTS`."""

    def keys_of(self, customer: Customer) -> list[UUID]:
        """What is in it, in order."""

    def set_keys(
        self, *, actor: Actor, customer: Customer, keys: Iterable[Any]
    ) -> tuple[Any, Any] | None:
        """
        Gives a (locked) customer those of the ids that are there still. Returns (before, after) as
        the audit keeps it; None: it was that already.
        """


class CustomerPart:
    """What one app holds of a customer."""

    facts: ClassVar[Sequence[Facts]] = ()
    """The figures that its rows give."""

    deleted: ClassVar[Sequence[type[Model]]] = ()
    """Models whose rows erasure deletes, in this order."""

    anonymized: ClassVar[Mapping[type[Model], Mapping[str, Any]]] = {}
    """Models whose rows erasure keeps in the ledger without customer, with these values instead."""

    stays: ClassVar[Collection[type[Model]]] = ()
    """
    Models whose rows merging leaves with the merged customer: sets that the service unites (of tags
    a customer has each once), and access, which ends. All others of the above move.
    """

    archived: ClassVar[Sequence[ArchiveTable]] = ()
    """What stands in a person's archive: a table of each model that holds rows of a customer."""

    refusal: ClassVar[type[DomainError] | None] = None
    """The error that blockers raise."""

    def blocking(self) -> "QuerySet[Any] | None":
        """The rows that forbid the erasure of their `customer`, of everyone; by default none do."""
        return None

    def blockers(self, customer_ids: Collection[UUID]) -> Sequence[Blocker]:
        """What forbids the erasure of these customers, the soonest first; by default nothing."""
        return ()

    def refuse_erasure(self, customer: Customer) -> None:
        """Raises `refusal` while there is a blocker."""
        if self.refusal and self.blockers([customer.pk]):
            raise self.refusal

    def row_ids(self, customer: Customer) -> set[Any]:
        """The primary keys of all rows of the customer."""
        models = [*self.deleted, *self.anonymized]
        return {
            key for model in models for key in _rows(model, customer).values_list("pk", flat=True)
        }

    def erase(self, customer: Customer) -> dict[str, int]:
        """Deletes the rows or makes them anonymous. Returns how many, by the model's name."""
        counts: dict[str, int] = {}
        for model in self.deleted:
            counts[str(model._meta.model_name)] = _delete(model, customer)
        for model, values in self.anonymized.items():
            updated = _rows(model, customer).update(customer=None, **values)
            counts[str(model._meta.model_name)] = updated
        return counts

    def moving(self) -> list[type[Model]]:
        """The models whose rows go from one customer to the other when they are merged."""
        return [model for model in (*self.deleted, *self.anonymized) if model not in self.stays]

    def count_rows(self, customer: Customer) -> dict[type[Model], int]:
        """Model → how many rows would move."""
        counts = {model: _rows(model, customer).count() for model in self.moving()}
        return {model: count for model, count in counts.items() if count}

    def move_rows(self, source: Customer, target: Customer) -> dict[str, list[str]]:
        """
        Gives the rows of the customer who is merged away to the other, in two statements for each
        model. Returns which, as `Merge` keeps it.
        """
        moved: dict[str, list[str]] = {}
        for model in self.moving():
            keys = list(_rows(model, source).order_by("pk").values_list("pk", flat=True))
            give(model, keys, source, target)
            if keys:
                moved[model._meta.label] = [str(key) for key in keys]
        return moved

    def move_back(self, moved: Moved, source: Customer, target: Customer) -> None:
        """
        Gives those of the rows that went from `target` to `source`, and are there still, back.
        Overridden for what has to follow them.
        """
        for model in self.moving():
            keys = [model._meta.pk.to_python(key) for key in moved.get(model._meta.label, ())]
            give(model, keys, source, target)

    def rows_since(self, customer: Customer, moment: UUID, moved: Moved) -> Iterator[Model]:
        """The customer's rows of what would move that were made after the id `moment`."""
        for model in self.moving():
            before = set(moved.get(model._meta.label, ()))
            for row in _rows(model, customer).filter(pk__gt=moment).order_by("pk"):
                if str(row.pk) not in before:
                    yield row

    def visits(self) -> "QuerySet[Any] | None":
        """
        When customers came: rows with `customer`, `outlet` and `start_at`. None: it knows of none.
        """
        return None

    def double_bookings(self, first: Customer, second: Customer) -> Sequence[DoubleBooking]:
        """Where both are expected at the same time, the soonest first; by default nowhere."""
        return ()


def customer_parts() -> list[CustomerPart]:
    return [import_string(path)() for path in settings.CUSTOMER_PARTS]


def _delete(model: type[Model], customer: Customer) -> int:
    """Deletes the customer's rows, and returns how many; what is append-only the owner deletes."""
    if not is_append_only(model):
        return _rows(model, customer).delete()[1].get(model._meta.label, 0)
    with connection.cursor() as cursor:
        whose = (customer.organization_id, customer.environment, customer.pk)
        cursor.execute("SELECT erase_rows(%s, %s, %s, %s)", [model._meta.db_table, *whose])
        return int(cursor.fetchone()[0])


def give(model: type[Model], keys: Sequence[Any], source: Customer, target: Customer) -> None:
    """
    Gives rows to another customer, for merging and its undoing; of what is append-only the owner
    does.
    """
    for start in range(0, len(keys), MOVED_AT_ONCE):
        some = keys[start : start + MOVED_AT_ONCE]
        if not is_append_only(model):
            _rows(model, source).filter(pk__in=some).update(customer=target)
            continue
        with connection.cursor() as cursor:
            place = (source.organization_id, source.environment, source.pk, target.pk)
            cursor.execute(
                "SELECT move_rows(%s, %s, %s, %s, %s, %s)",
                [model._meta.db_table, *place, list(some)],
            )


def _rows(model: type[Model], customer: Customer) -> "QuerySet[Any]":
    rows: QuerySet[Any] = model.objects.unscoped().filter(customer=customer)  # type: ignore[attr-defined]
    return rows

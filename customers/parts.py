"""
What the apps hold of a customer: each declares a `CustomerPart`, listed in
`settings.CUSTOMER_PARTS`, so that customers ask the apps above without importing them.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Aggregate, Model, QuerySet
from django.utils.module_loading import import_string

from core.database_roles import is_append_only
from core.errors import DomainError
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


class CustomerPart:
    """What one app holds of a customer."""

    facts: ClassVar[Sequence[Facts]] = ()
    """The figures that its rows give."""

    deleted: ClassVar[Sequence[type[Model]]] = ()
    """Models whose rows erasure deletes, in this order."""

    anonymized: ClassVar[Mapping[type[Model], Mapping[str, Any]]] = {}
    """Models whose rows erasure keeps in the ledger without customer, with these values instead."""

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


def _rows(model: type[Model], customer: Customer) -> "QuerySet[Any]":
    rows: QuerySet[Any] = model.objects.unscoped().filter(customer=customer)  # type: ignore[attr-defined]
    return rows

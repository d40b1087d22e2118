"""
Creating many customers from rows of raw values: each is cleaned and answered by itself, and written
with its batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction

from core.audit.ledger import record
from core.errors import Conflict, DomainError, Invalid
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer
from customers.selectors.lookup import customers_with_keys
from customers.services.creation import (
    Draft,
    add_customer,
    draft_customer,
    insert_customers,
)
from customers.services.erasure import suppressed

BATCH = 500


class RowOutcome(StrEnum):
    CREATED = "created"
    DUPLICATE = "duplicate"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RowCreation:
    """
    What became of one row: `customer_id` is the new customer's, or the one's that it repeats;
    `error` says why it wasn't created.

    A suppressed row's error is Invalid with the code `suppressed`.
    """

    outcome: RowOutcome
    customer_id: UUID | None = None
    error: DomainError | None = None


def create_customers(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[RowCreation]:
    """
    What became of each row of raw values (the domain's field → value), in their order; a bad row
    never blocks a good one.

    A row with an address or the external id of a living customer, or with the phone, e-mail or
    external id of an earlier row, is a duplicate; one of a person who was erased is refused. Every
    batch is a transaction of its own, so that no lock is held for long. Raises Forbidden. Emits
    `customer.created` (and `customer.converted`) for each.
    """
    actor.require(Permission.IMPORT)
    results: list[RowCreation] = []
    for start in range(0, len(rows), BATCH):
        results += create_batch(actor=actor, rows=rows[start : start + BATCH])
    counts = {
        outcome.value: (None, sum(row.outcome == outcome for row in results))
        for outcome in RowOutcome
    }
    record(actor, "customers.imported", changes={"rows": (None, len(rows)), **counts})
    return results


@writes(Permission.IMPORT)
def create_batch(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[RowCreation]:
    """
    `create_customers` for some hundred rows, in one transaction and without the record of the run.
    """
    results: dict[int, RowCreation] = {}
    drafts: dict[int, Draft] = {}
    for place, values in enumerate(rows):
        try:
            drafts[place] = draft_customer(actor=actor, values=values)
        except Invalid as invalid:
            results[place] = RowCreation(RowOutcome.FAILED, error=invalid)
    results |= _suppressed(actor, drafts)
    results |= _duplicates(
        actor, {place: item for place, item in drafts.items() if place not in results}
    )
    new = {place: item for place, item in drafts.items() if place not in results}
    try:
        with transaction.atomic():
            insert_customers(actor=actor, drafts=list(new.values()))
        results |= {
            place: RowCreation(RowOutcome.CREATED, item.customer.pk) for place, item in new.items()
        }
    # another writer came between, or one row's figures are refused: each row for itself
    except (DatabaseError, DomainError):
        results |= {place: _create_alone(actor, rows[place]) for place in new}
    _name_firsts(actor, rows, results, drafts)
    return [results[place] for place in range(len(rows))]


def _suppressed(actor: Actor, drafts: Mapping[int, Draft]) -> dict[int, RowCreation]:
    """Those of people who had themselves erased: no import brings anyone back."""
    found = suppressed(
        actor=actor, addresses={key for item in drafts.values() for key in item.addresses}
    )
    results: dict[int, RowCreation] = {}
    for place, item in drafts.items():
        if known := found & item.addresses:
            field = "email" if known == {item.customer.email_key} else "phone"
            refusal = Invalid.one(
                field, "suppressed", "Suppressed: this person's data was erased at their request."
            )
            results[place] = RowCreation(RowOutcome.FAILED, error=refusal)
    return results


def _duplicates(actor: Actor, drafts: Mapping[int, Draft]) -> dict[int, RowCreation]:
    """
    Those of living customers, with their ids; and those of earlier drafts, named by `_name_firsts`
    when these have been written.
    """
    owners: dict[tuple[str, str], UUID | None] = {}
    owners |= customers_with_keys(actor=actor, rows=[item.keys for item in drafts.values()])
    results: dict[int, RowCreation] = {}
    for place, item in drafts.items():
        taken = next((mark for mark in item.keys.items() if mark in owners), None)
        if taken:
            results[place] = RowCreation(
                RowOutcome.DUPLICATE, owners[taken], Conflict("Customer", taken[0])
            )
        else:
            owners |= dict.fromkeys(item.keys.items())
    return results


def _name_firsts(
    actor: Actor,
    rows: Sequence[Mapping[str, Any]],
    results: dict[int, RowCreation],
    drafts: Mapping[int, Draft],
) -> None:
    """
    Gives each duplicate of an earlier row that row's customer; where the earlier row has failed
    after all, its own chance.
    """
    owners: dict[tuple[str, str], UUID | None] = {}
    for place, item in drafts.items():
        result = results[place]
        if result.outcome == RowOutcome.DUPLICATE and result.customer_id is None:
            field = result.error.field if isinstance(result.error, Conflict) else ""
            owner = owners.get((field, item.keys.get(field, "")))
            results[place] = (
                RowCreation(RowOutcome.DUPLICATE, owner, result.error)
                if owner
                else _create_alone(actor, rows[place])
            )
        if results[place].outcome == RowOutcome.CREATED:
            owners |= dict.fromkeys(item.keys.items(), results[place].customer_id)


def _create_alone(actor: Actor, values: Mapping[str, Any]) -> RowCreation:
    """One row through the ordinary service, which says what is wrong with it."""
    try:
        return RowCreation(RowOutcome.CREATED, _create_one(actor=actor, values=values).pk)
    except Conflict as conflict:
        return RowCreation(RowOutcome.DUPLICATE, conflict.customer_id, conflict)
    except DomainError as error:
        return RowCreation(RowOutcome.FAILED, error=error)


@writes(Permission.IMPORT)
def _create_one(*, actor: Actor, values: Mapping[str, Any]) -> Customer:
    return add_customer(actor=actor, values=values)

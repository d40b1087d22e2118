"""
Creating many customers at once: each row is cleaned by itself, then written with its batch in a
fixed number of statements.

`draft` and `insert_customers` are the core for every door that takes many in; `create_customers`
answers row by row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction

from core.audit.ledger import announcement, entry, record
from core.audit.models import AuditEntry, OutboxEvent
from core.errors import Conflict, DomainError, Invalid
from core.inserting import insert
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.figures import recalculate
from customers.models import Consent, Customer
from customers.services.consents import CONSENT_FIELDS, consent_rows
from customers.services.customers import (
    apply_create,
    assign,
    recalculate_referrers,
    refuse_unidentified,
)
from customers.services.erasure import suppressed
from customers.services.tags import replace_tags
from customers.services.values import clean_customer

BATCH = 500

KEYS = {"phone": "phone", "email": "email_key", "external_id": "external_id"}
"""
What tells one living customer from another → the column compared, in the order in which a duplicate
is told.
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A customer to be: the unsaved row, the names of the fields that were given, and its tags."""

    customer: Customer
    given: Sequence[str]
    tags: Sequence[str]

    @property
    def keys(self) -> dict[str, str]:
        found = {name: getattr(self.customer, column) for name, column in KEYS.items()}
        return {name: key for name, key in found.items() if key}


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

    A row with the phone, e-mail or external id of a living customer, or of an earlier row, is its
    duplicate; one of a person who was erased is refused. Every batch is a transaction of its own,
    so that no lock is held for long. Raises Forbidden. Emits `customer.created` (and
    `customer.converted`) for each.
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
            drafts[place] = draft(actor=actor, values=values)
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
        results |= {place: _create_alone(actor, rows[place], item) for place, item in new.items()}
    _name_firsts(actor, rows, results, drafts)
    return [results[place] for place in range(len(rows))]


def draft(*, actor: Actor, values: Mapping[str, Any]) -> Draft:
    """The customer that raw values describe. Raises Invalid."""
    cleaned, tags = clean_customer(values, actor=actor)
    return drafted(actor=actor, cleaned=cleaned, tags=tags or [])


def drafted(*, actor: Actor, cleaned: Mapping[str, Any], tags: Sequence[str]) -> Draft:
    """The same from columns that `clean_customer` has cleaned. Raises Invalid."""
    customer = Customer.objects.new(actor, language=actor.organization.language)
    assign(customer, cleaned)
    refuse_unidentified(customer)
    customer.updated_at = customer.created_at
    if cleaned.get("customer_since") is None:
        customer.customer_since = customer.created_at
    return Draft(customer, list(cleaned), sorted(set(tags)))


def insert_customers(*, actor: Actor, drafts: Sequence[Draft]) -> None:
    """
    Saves the drafts with tags, consents, audit entries, events and computed columns, as
    `create_customer` does for one.

    Call it in a transaction (savepoint) of its own. Raises IntegrityError when one of them is there
    already, and Invalid; then none is written.
    """
    if not drafts:
        return
    # one order for all: fewer deadlocks
    rows = [item.customer for item in sorted(drafts, key=lambda item: item.customer.phone)]
    insert(rows)
    tags = {item.customer.pk: item.tags for item in drafts if item.tags}
    if tags:
        replace_tags(actor=actor, tags=tags)
    _tell(actor, drafts)
    recalculate(
        organization=actor.organization,
        environment=actor.environment,
        customers=[row.pk for row in rows],
        newborn=True,
    )
    recalculate_referrers(actor=actor, referrers=[row.referred_by_id for row in rows])


def _tell(actor: Actor, drafts: Sequence[Draft]) -> None:
    """Audit entries, events and consents, as they are recorded for one."""
    entries: list[AuditEntry] = []
    events: list[OutboxEvent] = []
    consents: list[Consent] = []
    for item in drafts:
        row, key = item.customer, item.customer.pk
        changes: dict[str, tuple[Any, Any]] = {
            name: (None, getattr(row, name)) for name in item.given
        }
        if item.tags:
            changes["tags"] = ([], list(item.tags))
        entries.append(
            entry(actor, "customer.created", subject=row, customer_id=key, changes=changes)
        )
        for event in [
            "customer.created",
            *(["customer.converted"] if row.converted_from_lead_id else []),
        ]:
            events.append(
                announcement(actor, event, subject_id=key, customer_id=key, changed=sorted(changes))
            )
        consents += consent_rows(
            actor=actor,
            customer=row,
            fields=[name for name in item.given if name in CONSENT_FIELDS],
        )
    insert(entries)
    insert(events)
    insert(consents)


def _suppressed(actor: Actor, drafts: Mapping[int, Draft]) -> dict[int, RowCreation]:
    """Those of people who had themselves erased: no import brings anyone back."""
    found = suppressed(
        actor=actor,
        emails=[item.customer.email_key for item in drafts.values()],
        phones=[item.customer.phone for item in drafts.values()],
    )
    results: dict[int, RowCreation] = {}
    for place, item in drafts.items():
        field = next((name for name in ("phone", "email") if item.keys.get(name) in found), None)
        if field:
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
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    owners: dict[tuple[str, str], UUID | None] = {}
    for name, column in KEYS.items():
        keys = [item.keys[name] for item in drafts.values() if name in item.keys]
        if keys:
            found = living.exclude(**{column: ""}).filter(**{f"{column}__in": keys})
            owners |= {(name, key): pk for pk, key in found.values_list("pk", column)}
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
                else _create_alone(actor, rows[place], item)
            )
        if results[place].outcome == RowOutcome.CREATED:
            owners |= dict.fromkeys(item.keys.items(), results[place].customer_id)


def _create_alone(actor: Actor, values: Mapping[str, Any], item: Draft) -> RowCreation:
    """One row through the ordinary service, which says what is wrong with it."""
    try:
        return RowCreation(RowOutcome.CREATED, _create_one(actor=actor, values=values).pk)
    except Conflict as conflict:
        living = Customer.objects.for_actor(actor).filter(deleted_at=None)
        owner = (
            living.filter(**{KEYS[conflict.field]: item.keys.get(conflict.field, "")})
            .values_list("pk", flat=True)
            .first()
        )
        return RowCreation(RowOutcome.DUPLICATE, owner, conflict)
    except DomainError as error:
        return RowCreation(RowOutcome.FAILED, error=error)


@writes(Permission.IMPORT)
def _create_one(*, actor: Actor, values: Mapping[str, Any]) -> Customer:
    return apply_create(actor=actor, values=values)

"""
Rows that belong to a customer (projects, payments, contacts, appointments): the one way in which
they come, change and go.

The customer is locked before the row, as everywhere; audit entry, events and the customer's figures
follow in the same transaction. What a noun demands beside that its own services say, between the
lock and the write. The rows of a deleted customer can't be found; those of an erased one are
anonymous, and belong to nobody.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from core.audit.ledger import Changes, announce_events, announcement, entry, write_entries
from core.cleaning import Known, clean
from core.errors import DomainError, Invalid, NotFound
from core.inserting import insert
from core.rows import (
    Versions,
    final_changes,
    get_row,
    initial_changes,
    refuse_stale,
    save_changes,
    set_changes,
    touch,
)
from core.tenancy.actor import Actor
from core.tenancy.scoping import TenantModel
from core.updating import update
from customers.models import Customer
from customers.selectors.customers import lock_customers, locked_customer
from customers.selectors.lookup import survivors_of
from customers.services.figures import refresh_figures

R = TypeVar("R", bound=TenantModel)


@dataclass(frozen=True, slots=True)
class NewRow:
    """An unsaved row of the locked customer, the `values` that the audit holds, and its events."""

    row: Any
    values: Mapping[str, Any]
    customer: Customer
    events: Sequence[str] = ()


Make = Callable[[Actor, dict[str, Any], Customer], NewRow]
"""How a noun makes a row of cleaned values for the locked customer. Raises what is wrong."""

Written = list[Any | DomainError]
"""What became of each of several new rows, in their order: the row, or why it wasn't written."""

Changed = list[bool | DomainError]
"""What became of each of several changes, in their order: whether it said anything new."""


def clean_new(
    model: type[TenantModel],
    values: Mapping[str, Any],
    *,
    actor: Actor,
    required: Iterable[str] = (),
) -> tuple[dict[str, Any], Customer]:
    """
    The columns of a row to be, and the customer whom `values` name, locked. Raises Invalid (also
    without a customer) and NotFound.
    """
    cleaned = clean(model, values, actor=actor, required=["customer", *required])
    customer = _locked_owner(actor, cleaned["customer"].pk)
    cleaned["customer"] = customer
    return cleaned, customer


def add_row(
    row: TenantModel,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    customer: Customer,
    events: Iterable[str] = (),
) -> None:
    """Saves a new row of the locked customer; the audit holds the `values` that made it."""
    add_rows([NewRow(row, values, customer, list(events))], actor=actor)


def add_rows(rows: Sequence[NewRow], *, actor: Actor) -> None:
    """The same for rows of one model, in a fixed number of statements."""
    insert([each.row for each in rows])
    told = [(each.row, each.customer, initial_changes(each.values), each.events) for each in rows]
    _record("created", told, actor)
    _refresh(actor, [each.customer for each in rows])


def create_rows(
    model: type[TenantModel],
    rows: Sequence[Mapping[str, Any]],
    *,
    actor: Actor,
    make: Make,
    required: Iterable[str] = (),
) -> Written:
    """
    New rows of raw values, whose `customer` is an id, in a fixed number of statements; what is
    wrong with one of them holds up no other. Where the database refuses, none is written.
    """
    results, new = make_rows(model, rows, actor=actor, make=make, required=required)
    add_rows(new, actor=actor)
    return results


def make_rows(
    model: type[TenantModel],
    rows: Sequence[Mapping[str, Any]],
    *,
    actor: Actor,
    make: Make,
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict,
    required: Iterable[str] = (),
) -> tuple[Written, list[NewRow]]:
    """
    The same, unsaved; `prepare` is done to the raw values of each before they are cleaned. The
    customers are locked.
    """
    known = Known()
    results: Written = []
    new: list[NewRow] = []
    owners = _locked_owners(actor, {key for values in rows if (key := values.get("customer"))})
    known.read(model, rows, actor)
    for values in rows:
        try:
            given = dict(prepare(values))
            key = given.pop("customer", None)
            wanted = [*required] if key else ["customer", *required]
            cleaned = clean(model, given, actor=actor, required=wanted, known=known)
            if key not in owners:
                raise NotFound("Customer", key)
            new.append(make(actor, {**cleaned, "customer": owners[key]}, owners[key]))
            results.append(new[-1].row)
        except DomainError as error:
            results.append(error)
    return results, new


def locked_row(model: type[R], *, actor: Actor, key: UUID) -> tuple[R, Customer | None]:
    """
    The row and its customer (None: the row is anonymous), both locked. Raises NotFound for the row,
    also where its customer is deleted.
    """
    row: Any = get_row(model, actor=actor, key=key)
    while True:
        owner, customer = row.customer_id, None
        if owner is not None:
            try:
                customer = _locked_owner(actor, owner)
            except NotFound as error:
                raise NotFound(str(model._meta.verbose_name).capitalize(), key) from error
        row = get_row(model, actor=actor, key=key, lock=True)
        if row.customer_id == (customer and customer.pk):
            return row, customer
        # it went to another customer meanwhile, or back: then that one is to be locked


def locked_rows(
    model: type[R], *, actor: Actor, keys: Iterable[UUID]
) -> dict[UUID, tuple[R, Customer | None]]:
    """The same for several rows, without those that can't be found."""
    rows: Any = model.objects.for_actor(actor).filter(pk__in=set(keys))
    before = dict(rows.values_list("pk", "customer_id"))
    owners = _locked_owners(actor, set(before.values()) - {None})
    found: dict[UUID, tuple[R, Customer | None]] = {}
    for row in rows.select_for_update(no_key=True).order_by("pk"):
        if row.customer_id is None or row.customer_id in owners:
            found[row.pk] = row, owners.get(row.customer_id)
    for key in before.keys() - found.keys():  # it went to another customer meanwhile
        with suppress(NotFound):
            found[key] = locked_row(model, actor=actor, key=key)
    return found


def _locked_owners(actor: Actor, keys: set[UUID]) -> dict[UUID, Customer]:
    """Those of the customers that are living, or whoever they were merged into, locked."""
    locked = lock_customers(actor=actor, customer_ids=keys, with_referrers=True) if keys else []
    found = {row.pk: row for row in locked if row.deleted_at is None}
    for key in keys - found.keys():
        with suppress(NotFound):
            owner = _locked_owner(actor, key)
            found[key] = found.get(owner.pk, owner)
    return found


def _locked_owner(actor: Actor, key: UUID) -> Customer:
    """The living customer, or whoever they were merged into meanwhile, locked. Raises NotFound."""
    try:
        return locked_customer(actor=actor, customer_id=key)
    except NotFound:
        kept = survivors_of(actor=actor, keys=[key]).get(key)
        if kept is None:
            raise
    return locked_customer(actor=actor, customer_id=kept)


def clean_change(row: TenantModel, values: Mapping[str, Any], *, actor: Actor) -> dict[str, Any]:
    """The columns to set; a row stays with its customer. Raises Invalid."""
    cleaned = clean(type(row), values, actor=actor)
    owner = row.customer_id  # type: ignore[attr-defined]
    if "customer" in cleaned and getattr(cleaned.pop("customer"), "pk", None) != owner:
        raise _immutable()
    return cleaned


def _immutable() -> Invalid:
    return Invalid.one("customer", "immutable", "The customer can't be changed.")


def change_row(
    row: TenantModel,
    cleaned: Mapping[str, Any],
    *,
    actor: Actor,
    customer: Customer | None,
    if_version: Versions = None,
    events: Iterable[str] = (),
) -> Changes:
    """
    Sets what differs on a row that `locked_row` gave, and returns it; without a difference nothing
    is written. Raises Stale.
    """
    changes = save_changes(row, cleaned, if_version=if_version)
    record_change(row, changes, actor=actor, customer=customer, events=events)
    return changes


def change_rows(
    model: type[R],
    changes: Sequence[tuple[UUID, Mapping[str, Any]]],
    *,
    actor: Actor,
    settle: Callable[[R, dict[str, Any]], Sequence[str]] = lambda row, cleaned: (),
) -> Changed:
    """
    Sets raw values on rows by their ids, in a fixed number of statements; what is wrong with one
    of them holds up no other. `settle` adds to the cleaned values what follows from them, and
    returns the events. Where the database refuses, none is written.
    """
    results, told = set_rows(model, changes, actor=actor, settle=settle)
    save_rows(told, actor=actor)
    return results


def set_rows(
    model: type[R],
    changes: Sequence[tuple[UUID, Mapping[str, Any]]],
    *,
    actor: Actor,
    settle: Callable[[R, dict[str, Any]], Sequence[str]],
    prepare: Callable[[R, Mapping[str, Any]], Mapping[str, Any]] = lambda row, values: values,
) -> tuple[Changed, list["Told"]]:
    """
    The same, unsaved; `prepare` is done to the raw values of each before they are cleaned. The
    customers and the rows are locked.
    """
    known = Known()
    results: Changed = []
    told: list[Told] = []
    locked = locked_rows(model, actor=actor, keys=[key for key, _ in changes])
    known.read(model, [values for _, values in changes], actor)
    for key, values in changes:
        try:
            if key not in locked:
                raise NotFound(str(model._meta.verbose_name).capitalize(), key)
            row, customer = locked[key]
            given = dict(prepare(row, values))
            owner = given.pop("customer", None)
            cleaned = clean(model, given, actor=actor, known=known)
            if owner not in (None, customer and customer.pk):
                raise _immutable()
            events = settle(row, cleaned)
            if made := set_changes(row, cleaned):
                told.append((row, customer, made, events))
            results.append(bool(made))
        except DomainError as error:
            results.append(error)
    return results, told


def save_rows(told: Sequence["Told"], *, actor: Actor) -> None:
    """Saves what was set on rows of one model that `locked_rows` gave; all else follows."""
    names: set[str] = set()
    for row, _, changes, _ in told:
        names |= {*touch(row), *changes}
    update(list({row.pk: row for row, *_ in told}.values()), names)
    _record("updated", told, actor)
    _refresh(actor, [customer for _, customer, _, _ in told])


def delete_row(
    row: TenantModel, *, actor: Actor, customer: Customer | None, if_version: Versions = None
) -> None:
    """Deletes a row that `locked_row` gave; the audit holds what it was. Raises Stale."""
    refuse_stale(row, if_version)
    _record("deleted", [(row, customer, final_changes(row), ())], actor)
    row.delete()
    _refresh(actor, [customer])


def delete_rows(rows: Sequence[tuple[TenantModel, Customer | None]], *, actor: Actor) -> None:
    """The same for rows of one model that `locked_rows` gave, in a fixed number of statements."""
    _record("deleted", [(*each, final_changes(each[0]), ()) for each in rows], actor)
    if rows:
        found = type(rows[0][0])._base_manager.filter(pk__in=[row.pk for row, _ in rows])
        found.delete()
    _refresh(actor, [customer for _, customer in rows])


def restore_rows(
    rows: Sequence[tuple[TenantModel, Customer]], *, actor: Actor, events: Sequence[str] = ()
) -> None:
    """
    Saves rows of one model, of locked customers, that were there before, in a fixed number of
    statements.
    """
    insert([row for row, _ in rows])
    told = []
    for row, customer in rows:
        held = {name: (after, before) for name, (before, after) in final_changes(row).items()}
        told.append((row, customer, held, events))
    _record("created", told, actor)
    _refresh(actor, [customer for _, customer in rows])


def record_change(
    row: TenantModel,
    changes: Changes,
    *,
    actor: Actor,
    customer: Customer | None,
    events: Iterable[str] = (),
) -> None:
    """What follows a change that the caller has saved on a row that `locked_row` gave."""
    if changes:
        _record("updated", [(row, customer, changes, list(events))], actor)
        _refresh(actor, [customer])


Told = tuple[TenantModel, Customer | None, Changes, Sequence[str]]
"""A row that was written, its customer, what changed and which events tell of it."""


def _record(act: str, told: Sequence[Told], actor: Actor) -> None:
    """What is kept of rows of one model that are written: audit entries and outbox events."""
    write_entries(
        actor,
        [
            entry(
                actor,
                f"{row._meta.model_name}.{act}",
                subject=row,
                customer_id=customer.pk if customer else None,
                changes=changes,
            )
            for row, customer, changes, _ in told
        ],
    )
    announce_events(
        [
            announcement(
                actor,
                event,
                subject_id=row.pk,
                customer_id=customer.pk if customer else None,
                changed=sorted(changes),
            )
            for row, customer, changes, events in told
            for event in events
        ]
    )


def _refresh(actor: Actor, customers: Iterable[Customer | None]) -> None:
    rows = {customer.pk: customer for customer in customers if customer is not None}
    if rows:
        refresh_figures(actor=actor, customers=list(rows.values()))

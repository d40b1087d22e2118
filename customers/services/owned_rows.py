"""
Rows that belong to a customer (projects, payments, contacts, appointments): the one way in which
they come, change and go.

The customer is locked before the row, as everywhere; audit entry, events and the customer's figures
follow in the same transaction. What a noun demands beside that its own services say, between the
lock and the write. The rows of a deleted customer can't be found; those of an erased one are
anonymous, and belong to nobody.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from core.audit.ledger import Changes, record
from core.cleaning import clean
from core.errors import Invalid, NotFound
from core.rows import (
    Versions,
    final_changes,
    get_row,
    initial_changes,
    refuse_stale,
    save_changes,
)
from core.tenancy.actor import Actor
from core.tenancy.scoping import TenantModel
from customers.models import Customer
from customers.selectors.customers import locked_customer
from customers.selectors.lookup import survivors_of
from customers.services.figures import refresh_figures

R = TypeVar("R", bound=TenantModel)


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
    row.save(force_insert=True)
    _record("created", row, actor, customer, initial_changes(values), events)
    refresh_figures(actor=actor, customers=[customer])


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
        raise Invalid.one("customer", "immutable", "The customer can't be changed.")
    return cleaned


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


def delete_row(
    row: TenantModel, *, actor: Actor, customer: Customer | None, if_version: Versions = None
) -> None:
    """Deletes a row that `locked_row` gave; the audit holds what it was. Raises Stale."""
    refuse_stale(row, if_version)
    _record("deleted", row, actor, customer, final_changes(row), ())
    row.delete()
    _refresh(actor, customer)


def restore_row(
    row: TenantModel, *, actor: Actor, customer: Customer, events: Iterable[str] = ()
) -> None:
    """Saves a row of the locked customer that was there before."""
    row.save(force_insert=True)
    changes = {name: (after, before) for name, (before, after) in final_changes(row).items()}
    _record("created", row, actor, customer, changes, events)
    refresh_figures(actor=actor, customers=[customer])


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
        _record("updated", row, actor, customer, changes, events)
        _refresh(actor, customer)


def _record(
    act: str,
    row: TenantModel,
    actor: Actor,
    customer: Customer | None,
    changes: Changes,
    events: Iterable[str],
) -> None:
    record(
        actor,
        f"{row._meta.model_name}.{act}",
        subject=row,
        customer_id=customer.pk if customer else None,
        changes=changes,
        events=events,
    )


def _refresh(actor: Actor, customer: Customer | None) -> None:
    if customer is not None:
        refresh_figures(actor=actor, customers=[customer])

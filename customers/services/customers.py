"""
Creating, changing, deleting and restoring customers: what each door's actor may, and which rules
hold whoever asks. How a change is written stands in `changes.py` and `creation.py`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from core.characters import normalize_line
from core.clock import now
from core.errors import Conflict, Invalid, NotFound, Stale
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.errors import LikelyDuplicates
from customers.likeness import COLUMNS, LIKELY_FROM
from customers.models import Customer
from customers.selectors.customers import lock_customers, locked_customer, tags_of
from customers.selectors.duplicates import look_alikes
from customers.selectors.lookup import (
    ids_by_external_id,
    ids_of_others,
    parse_customer_id,
)
from customers.services.changes import CustomerChange, apply_changes, change_customer
from customers.services.creation import Draft, add_customer
from customers.services.values import clean_customer


@writes(Permission.CREATE_CUSTOMERS)
def create_customer(
    *, actor: Actor, values: Mapping[str, Any], refuse_duplicates: bool = False
) -> Customer:
    """
    A new customer from raw values (the domain's field → value).

    Raises Forbidden, Invalid, Conflict (the e-mail, phone or external id is a living customer's),
    and LikelyDuplicates where that is asked for and somebody looks like them. Emits
    `customer.created`, and `customer.converted` when it comes from a lead.
    """
    refuse = partial(_refuse_duplicates, actor) if refuse_duplicates else None
    return add_customer(actor=actor, values=values, check=refuse)


def _refuse_duplicates(actor: Actor, draft: Draft) -> None:
    """Raises LikelyDuplicates."""
    seeing = replace(actor, permissions=actor.permissions | {Permission.VIEW})
    found = look_alikes(
        actor=seeing,
        columns={name: getattr(draft.customer, name) for name in COLUMNS},
        addresses=draft.addresses,
        least=LIKELY_FROM,
    )
    if found:
        told = found if actor.may(Permission.VIEW) else []
        raise LikelyDuplicates(
            [
                {"customer_id": each.customer.pk, "score": each.score, "evidence": each.evidence}
                for each in told
            ]
        )


@writes(Permission.UPDATE_CUSTOMERS)
def update_customer(
    *,
    actor: Actor,
    customer_id: UUID,
    values: Mapping[str, Any],
    if_version: Versions = None,
    required: Collection[str] = (),
) -> Customer:
    """
    Changes the given values and no others; without a real change nothing is written.

    Raises Forbidden, NotFound, Invalid (also for clearing one of the columns that are `required`),
    Stale (the row isn't at `if_version`) and Conflict. Emits `customer.updated`.
    """
    return change_customer(
        actor=actor,
        customer_id=customer_id,
        values=values,
        if_version=if_version,
        pin_unchanged=False,
        required=required,
    )


@writes(Permission.UPDATE_CUSTOMERS)
def edit_customer(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    `update_customer` for a person who sends what they chose and nothing else: a status, segment or
    engagement is pinned even when it is what the rules say now. Raises and emits as that.
    """
    return change_customer(
        actor=actor, customer_id=customer_id, values=values, if_version=if_version
    )


@writes(Permission.UPDATE_CUSTOMERS)
def upsert_customer(
    *,
    actor: Actor,
    external_id: str,
    values: Mapping[str, Any],
    if_version: Versions = None,
    may_create: bool = True,
) -> tuple[Customer, bool]:
    """
    The living customer whom another system calls `external_id`, changed to `values`, or else a new
    one called so; and whether they are new. However many ask at once, one creates and the others
    change.

    Raises Forbidden (both permissions are asked), Invalid (also for another `external_id` among the
    values), Stale (also where there is nobody, unless it `may_create`) and Conflict (the e-mail or
    phone is somebody else's). Emits as both do.
    """
    actor.require(Permission.CREATE_CUSTOMERS)
    named = {**values, "external_id": external_id}
    if not (name := normalize_line(external_id)):
        raise Invalid.one("external_id", "required", "This field is required.")
    if normalize_line(str(values.get("external_id", name))) != name:
        raise Invalid.one("external_id", "mismatch", "Must be the external id of the address.")
    for _ in range(UPSERT_ATTEMPTS):
        key = ids_by_external_id(actor=actor, texts=[external_id]).get(external_id)
        try:
            with transaction.atomic():
                if key is None:
                    if not may_create:
                        raise Stale("There is no such record to change")
                    return add_customer(actor=actor, values=named), True
                changed = change_customer(
                    actor=actor,
                    customer_id=key,
                    values=values,
                    if_version=if_version,
                    pin_unchanged=False,
                    required=("first_name", "last_name"),
                )
                return changed, False
        except NotFound:  # deleted meanwhile
            continue
        except Conflict:
            known = ids_by_external_id(actor=actor, texts=[external_id])
            if key is not None or not known:
                raise
            # another was first
    raise Conflict("Customer", "external_id")


UPSERT_ATTEMPTS = 3


@writes(Permission.DELETE_CUSTOMERS)
def delete_customer(*, actor: Actor, customer_id: UUID, if_version: Versions = None) -> Customer:
    """
    Soft deletion: the row stays, out of every normal query, and can be restored. Its e-mail and
    phone become free.

    Raises Forbidden, NotFound and Stale. Emits `customer.deleted`.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refuse_stale(customer, if_version)
    _delete(actor, [customer])
    return customer


@writes(Permission.DELETE_CUSTOMERS)
def delete_customers(*, actor: Actor, customer_ids: Iterable[UUID]) -> list[Customer]:
    """Deletes (softly) those of the customers that are living. Raises Forbidden."""
    rows = lock_customers(actor=actor, customer_ids=customer_ids, with_referrers=True)
    living = [row for row in rows if row.deleted_at is None]
    _delete(actor, living)
    return living


@writes(Permission.DELETE_CUSTOMERS)
def restore_customer(*, actor: Actor, customer_id: UUID, if_version: Versions = None) -> Customer:
    """
    Brings a deleted customer back.

    Raises Forbidden, NotFound (no such deleted customer), Stale and Conflict (the e-mail, phone or
    external id is a living one's by now).
    """
    customer = locked_customer(actor=actor, customer_id=customer_id, deleted=True)
    refuse_stale(customer, if_version)
    _restore(actor, [customer])
    return customer


@writes(Permission.DELETE_CUSTOMERS)
def restore_customers(*, actor: Actor, customer_ids: Iterable[UUID]) -> list[Customer]:
    """
    Brings back those of the customers that are deleted.

    Raises Forbidden, and Conflict when the e-mail, phone or external id of one is a living
    customer's by now; then none comes back.
    """
    rows = lock_customers(actor=actor, customer_ids=customer_ids, with_referrers=True)
    deleted = [row for row in rows if row.deleted_at is not None]
    _restore(actor, deleted)
    return deleted


def clean_bulk(
    *, actor: Actor, values: Mapping[str, Any], add_tags: Sequence[str] = ()
) -> tuple[dict[str, Any], list[str] | None, list[str]]:
    """
    The columns, the tags instead of those that are there (None: they stay) and the tags beside
    them. Raises Invalid.
    """
    cleaned, tags = clean_customer(values, actor=actor)
    _, added = clean_customer({"tags": list(add_tags)}, actor=actor)
    return cleaned, tags, added or []


@writes(Permission.BULK_UPDATE)
def bulk_update_customers(
    *,
    actor: Actor,
    customer_ids: Sequence[UUID | str],
    values: Mapping[str, Any],
    add_tags: Sequence[str] = (),
) -> dict[UUID | str, UUID]:
    """
    Sets the same values on up to 1000 customers (and gives them `add_tags` beside their own), all
    or (on any fault) none. Each is named by our id, or by another system's.

    Returns the ids found, as given, and whose they are. Raises Forbidden and Invalid. Emits
    `customer.updated` for every customer that changed.
    """
    cleaned, tags, added = clean_bulk(actor=actor, values=values, add_tags=add_tags)
    ours = {given: key for given in customer_ids if (key := parse_customer_id(given)) is not None}
    rows = _locked_living(actor, ours.values())
    living = {row.pk for row in rows}
    found = {given: key for given, key in ours.items() if key in living}
    others = ids_of_others(
        actor=actor, texts=[str(given) for given in customer_ids if given not in found]
    )
    if others:
        rows += [row for row in _locked_living(actor, others.values()) if row.pk not in living]
        present = {row.pk for row in rows}
        found |= {
            given: others[str(given)] for given in customer_ids if others.get(str(given)) in present
        }
    wanted: dict[UUID, list[str]] = {}
    if tags is not None:
        wanted = {row.pk: [*tags, *added] for row in rows}
    elif added:
        wanted = {key: [*names, *added] for key, names in tags_of(row.pk for row in rows).items()}
    apply_changes(
        actor=actor,
        changes=[CustomerChange(row, cleaned, wanted.get(row.pk)) for row in rows],
    )
    return found


def _locked_living(actor: Actor, customer_ids: Iterable[UUID]) -> list[Customer]:
    rows = lock_customers(actor=actor, customer_ids=customer_ids)
    return [row for row in rows if row.deleted_at is None]


def _delete(actor: Actor, living: Sequence[Customer]) -> None:
    columns = {"deleted_at": now()}
    changes = [CustomerChange(row, columns) for row in living]
    apply_changes(actor=actor, changes=changes, event="customer.deleted")


def _restore(actor: Actor, deleted: Sequence[Customer]) -> None:
    changes = [CustomerChange(row, {"deleted_at": None}) for row in deleted]
    apply_changes(actor=actor, changes=changes, action="customer.restored")

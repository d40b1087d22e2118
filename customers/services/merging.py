"""
Two customers who are one person are made one (`unmerging.py`: two again).

The survivor gets the loser's rows (all models that `CustomerPart`s declare), the better of both
columns (`combining.py`), all tags and addresses. The loser's row stays, deleted and `merged_into`
the survivor, so that old ids lead there; it and what it has only once (tags, addresses) aren't
touched, so that undoing gives them back as they were.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings

from core.audit.ledger import Changes, announce_events, announcement, record
from core.clock import now
from core.errors import Invalid, NotFound
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import MergeSide
from customers.errors import MergedAlready, MergedWithItself, MergingDeleted
from customers.models import Customer, Identity, Merge
from customers.parts import DoubleBooking, customer_parts
from customers.selectors.consents import consent_states
from customers.selectors.customers import tags_of
from customers.selectors.lookup import ids_of_others, parse_customer_id
from customers.selectors.merges import double_bookings
from customers.sensitive import reveal
from customers.services.changes import CustomerChange, apply_changes
from customers.services.combining import check_fields, combined_columns, strictest
from customers.services.figures import refresh_figures
from customers.services.identities import FURTHER, identities_of
from customers.services.uniting import copy_addresses, loosen_addresses, renew_consents, unite_lists

RECORDED_BY_NAME = [
    *(field.name for field in Customer._meta.concrete_fields),
    *("tags", FURTHER, *settings.CUSTOMER_LISTS),
]
"""
The survivor's audit names what became other; the values stand in the merge's row, encrypted, where
erasure finds them: once it is undone they may be another person's.
"""

MERGED, UNMERGED = "customer.merged", "customer.unmerged"


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a merge: its record, the survivor, and where both are expected at once."""

    merge: Merge
    survivor: Customer
    double_bookings: Sequence[DoubleBooking]


@writes(Permission.MERGE)
def merge_customers(
    *,
    actor: Actor,
    customer_id: UUID,
    loser: Any,
    fields: Mapping[str, Any] | None = None,
    if_version: Versions = None,
) -> Merged:
    """
    Makes `loser` (by our id or another system's) a part of the customer, who survives. `fields` are
    chosen columns: column → whose value stays (`MergeSide`).

    Raises Forbidden, NotFound (either), Invalid, Stale (the survivor isn't at `if_version`) and
    CannotMerge. Emits `customer.merged`, `customer.updated` for the survivor and whom the loser
    referred, and `customer.deleted` for the loser.
    """
    chosen = check_fields(fields or {})
    other = _loser_id(actor, loser)
    if other == customer_id:
        raise MergedWithItself
    locked = lock_people(actor, [customer_id, other])
    for key in (customer_id, other):
        if key not in locked:
            raise NotFound("Customer", key)
    survivor, losing = locked[customer_id], locked[other]
    refuse_stale(survivor, if_version)
    refuse_impossible(survivor, losing)
    row = Merge.objects.new(actor, customer=survivor, loser=losing)
    bookings = merge_rows(actor, row, survivor, losing, referred_by(locked, losing), chosen)
    return Merged(row, survivor, bookings)


def _loser_id(actor: Actor, raw: Any) -> UUID:
    """Whom a raw id means. Raises Invalid and NotFound."""
    if raw is None or raw == "":
        raise Invalid.one("loser", "required", "This field is required.")
    if not isinstance(raw, str | UUID):
        raise Invalid.one("loser", "invalid_type", "Must be a string.", type="string")
    key = parse_customer_id(raw)
    if key is not None and Customer.objects.for_actor(actor).filter(pk=key).exists():
        return key
    found = ids_of_others(actor=actor, texts=[str(raw)]).get(str(raw))
    if found is None:
        raise NotFound("Customer", raw)
    return found


def lock_people(actor: Actor, keys: Collection[UUID]) -> dict[UUID, Customer]:
    """
    The customers, merged ones too, those who referred them and whom they referred, locked in the
    order of their ids.
    """
    rows = Customer.objects.for_actor(actor)
    referrers = rows.filter(pk__in=keys, referred_by__isnull=False).values_list("referred_by")
    referred = rows.filter(referred_by__in=keys).values_list("pk")
    near = {key for (key,) in [*referrers, *referred]}
    locked = rows.filter(pk__in={*keys, *near}).select_for_update(no_key=True).order_by("pk")
    return {row.pk: row for row in locked}


def referred_by(locked: Mapping[UUID, Customer], by: Customer) -> list[Customer]:
    return [row for row in locked.values() if row.referred_by_id == by.pk]


def refuse_impossible(survivor: Customer, loser: Customer) -> None:
    """Raises NotFound for a survivor who is none, and CannotMerge."""
    if survivor.deleted_at is not None:
        raise NotFound("Customer", survivor.pk)
    if loser.merged_into_id is not None:
        raise MergedAlready
    if loser.deleted_at is not None:
        raise MergingDeleted


def merge_rows(
    actor: Actor,
    row: Merge,
    survivor: Customer,
    loser: Customer,
    referred: Sequence[Customer],
    chosen: Mapping[str, MergeSide],
) -> Sequence[DoubleBooking]:
    """Makes two locked customers one, and notes it in `row`, unsaved or one that was undone."""
    reader = replace(actor, permissions=actor.permissions | {Permission.VIEW})
    bookings = double_bookings(actor=reader, first=survivor, second=loser)
    columns = combined_columns(survivor, loser, chosen)
    states = [consent_states(actor=reader, customer=each) for each in (survivor, loser)]
    wanted = strictest(*states)
    addresses = identities_of([survivor.pk, loser.pk])
    tags = tags_of([survivor.pk, loser.pk])
    names = (survivor.external_id, loser.external_id)
    fields_before = all_custom_fields(survivor)

    _put_away(actor, loser, survivor, frees_external_id="external_id" in columns)
    moved = _move_rows(actor, loser, survivor, referred)
    loosened = loosen_addresses(survivor, columns, addresses[survivor.pk])
    lists, added = unite_lists(actor, survivor, loser)
    change = CustomerChange(
        survivor,
        {**columns, **wanted},
        [*tags[survivor.pk], *tags[loser.pk]],
        lists,
        learned=copy_addresses(actor, addresses[loser.pk]),
    )
    made = apply_changes(
        actor=actor, changes=[change], action=MERGED, conceal=RECORDED_BY_NAME, keeps_ledger=False
    ).get(survivor.pk, {})
    if "external_id" in columns and names[0]:
        # stays taken
        Customer.objects.for_actor(actor).filter(pk=loser.pk).update(external_id=names[0])
    renew_consents(actor, survivor, method="merge")
    refresh_figures(actor=actor, customers=[survivor])

    row.fields, row.moved = dict(chosen), _with_earlier(row, moved)
    row.values = {
        **_columns_made(survivor, made, lists, fields_before),
        "tags": [name for name in tags[loser.pk] if name not in tags[survivor.pk]],
        "lists": added,
        "addresses": sorted(_values(addresses[loser.pk]) - _values(addresses[survivor.pk])),
        "loosened": loosened,
        "referred": [str(each.pk) for each in referred],
        "external_id": names[1],
    }
    _note(actor, row, survivor)
    return bookings


def _move_rows(
    actor: Actor, loser: Customer, survivor: Customer, referred: Sequence[Customer]
) -> dict[str, list[str]]:
    """What belongs to the loser becomes the survivor's. Returns model → ids of its rows."""
    moved: dict[str, list[str]] = {}
    for part in customer_parts():
        moved |= part.move_rows(loser, survivor)
    others = [each for each in referred if each.pk != survivor.pk]
    changes = [CustomerChange(each, {"referred_by": survivor}) for each in others]
    apply_changes(actor=actor, changes=changes)
    return moved


def _with_earlier(row: Merge, moved: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """A merge made anew remembers rows that were deleted when it was undone."""
    earlier: Mapping[str, Sequence[str]] = row.moved
    return {
        **moved,
        **{label: sorted({*keys, *moved.get(label, ())}) for label, keys in earlier.items()},
    }


def _values(addresses: Iterable[Identity]) -> set[str]:
    return {each.value for each in addresses}


def _columns_made(
    survivor: Customer, made: Changes, lists: Collection[str], fields_before: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The columns that merging has changed, `before` and `after`; custom fields whole."""
    columned = made.keys() - {"tags", "sensitive_values", FURTHER, *lists}
    before, after = ({name: made[name][side] for name in columned} for side in (0, 1))
    if {"custom_fields", "sensitive_values"} & made.keys():
        before["custom_fields"] = fields_before
        after["custom_fields"] = all_custom_fields(survivor)
    return {"before": before, "after": after}


def _put_away(
    actor: Actor, loser: Customer, survivor: Customer, *, frees_external_id: bool
) -> None:
    """Deletes the merged customer, whom the survivor's name finds since."""
    away: dict[str, Any] = {"deleted_at": now(), "merged_into": survivor}
    if frees_external_id:
        away["external_id"] = ""
    changes = [CustomerChange(loser, away)]
    apply_changes(actor=actor, changes=changes, event="customer.deleted", action=MERGED)


def _note(actor: Actor, row: Merge, survivor: Customer) -> None:
    """Saves the merge, whose fields, rows and values are known, and tells of it."""
    row.at, row.merged_by, row.change_set_id = now(), actor.label, actor.change_set
    undone_at, row.undone_at, row.undone_by = row.undone_at, None, ""
    told = sorted(row.values["before"])
    if row._state.adding:
        row.save(force_insert=True)
        pair = {"customer": (None, survivor.pk), "loser": (None, row.loser_id)}
        record_merge(actor, row, "created", pair, told)
    else:
        row.save()
        record_merge(actor, row, "redone", {"undone_at": (undone_at, None)}, told)


def record_merge(
    actor: Actor, row: Merge, act: str, told: Mapping[str, Any], changed: list[str]
) -> None:
    """The audit's entry that stands for the whole change set, and the event."""
    record(actor, f"merge.{act}", subject=row, customer_id=row.customer_id, changes=told)
    event = announcement(
        actor,
        UNMERGED if act == "undone" else MERGED,
        subject_id=row.customer_id,
        customer_id=row.customer_id,
        changed=changed,
        merge_id=str(row.pk),
        loser=str(row.loser_id),
    )
    announce_events([event])


def all_custom_fields(row: Customer) -> dict[str, Any]:
    return reveal(row.custom_fields, row.sensitive_values)

"""
Two customers who are one person are made one, and two again.

The survivor gets the loser's rows (all models that `CustomerPart`s declare), the better of both
columns (`combining.py`), all tags and addresses. The loser's row stays, deleted and `merged_into`
the survivor, so that old ids lead there; it and what it has only once (tags, addresses) aren't
touched, so that undoing gives them back as they were.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from core.audit.ledger import Changes, announce_events, announcement, record
from core.changes.restoring import CREATED, UPDATED, Kept, Left, Restorer, RowChange, values_of
from core.changes.selectors import kept_since
from core.changes.services import Undone, undo_change_set
from core.clock import now
from core.errors import Invalid, NotFound
from core.ids import first_id_at
from core.inserting import insert
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import email_key
from core.writing import writes
from customers.choices import CONSENT_FIELDS, IdentityKind, IdentitySource, MergeSide
from customers.errors import (
    CannotUnmerge,
    MergedAlready,
    MergedFurther,
    MergedWithItself,
    MergeTooOld,
    MergingDeleted,
    SurvivorDeleted,
    UnmergedAlready,
)
from customers.models import Consent, Customer, Identity, Merge
from customers.parts import CustomerList, DoubleBooking, customer_parts
from customers.selectors.consents import consent_states
from customers.selectors.customers import tags_of
from customers.selectors.lookup import ids_of_others, parse_customer_id
from customers.selectors.merges import double_bookings
from customers.sensitive import reveal
from customers.services.changes import CustomerChange, apply_changes
from customers.services.combining import check_fields, combined_columns, strictest
from customers.services.figures import refresh_figures
from customers.services.identities import FURTHER, addresses_in, identities_of
from customers.services.values import PINNED

_TOLD_BY_NAME = [
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
    locked = _lock(actor, [customer_id, other])
    for key in (customer_id, other):
        if key not in locked:
            raise NotFound("Customer", key)
    survivor, losing = locked[customer_id], locked[other]
    refuse_stale(survivor, if_version)
    _refuse_impossible(survivor, losing)
    row = Merge.objects.new(actor, customer=survivor, loser=losing)
    bookings = _merge(actor, row, survivor, losing, _referred(locked, losing), chosen)
    return Merged(row, survivor, bookings)


@writes(Permission.MERGE)
def undo_merge(*, actor: Actor, merge_id: UUID) -> Undone:
    """
    Makes two customers of one again: rows that moved and columns that nobody changed since go back;
    what came since stays with the survivor and is listed. It is the undoing of the merge's change
    set.

    Raises Forbidden, NotFound and CannotUnmerge.
    """
    row = Merge.objects.for_actor(actor).filter(pk=merge_id).first()
    if row is None:
        raise NotFound("Merge", merge_id)
    if row.undone_at is not None:
        raise UnmergedAlready
    try:
        result = undo_change_set(actor=actor, set_id=row.change_set_id)
    except NotFound as error:
        if row.at >= kept_since():  # a key that reads nothing takes back its own alone
            raise NotFound("Merge", merge_id) from error
        raise MergeTooOld from error
    assert isinstance(result, Undone), "one row is no job's work"
    if not result.restored:
        raise CannotUnmerge(result.kept[0]["message"] if result.kept else "")
    return result


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


def _lock(actor: Actor, keys: Collection[UUID]) -> dict[UUID, Customer]:
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


def _referred(locked: Mapping[UUID, Customer], by: Customer) -> list[Customer]:
    return [row for row in locked.values() if row.referred_by_id == by.pk]


def _refuse_impossible(survivor: Customer, loser: Customer) -> None:
    """Raises NotFound for a survivor who is none, and CannotMerge."""
    if survivor.deleted_at is not None:
        raise NotFound("Customer", survivor.pk)
    if loser.merged_into_id is not None:
        raise MergedAlready
    if loser.deleted_at is not None:
        raise MergingDeleted


def _merge(
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
    fields_before = _all_custom_fields(survivor)

    _put_away(actor, loser, survivor, frees_external_id="external_id" in columns)
    moved = _move_rows(actor, loser, survivor, referred)
    loosened = _loosen(survivor, columns, addresses[survivor.pk])
    lists, added = _unite_lists(actor, survivor, loser)
    change = CustomerChange(
        survivor,
        {**columns, **wanted},
        [*tags[survivor.pk], *tags[loser.pk]],
        lists,
        learned=_copies(actor, addresses[loser.pk]),
    )
    made = apply_changes(
        actor=actor, changes=[change], action=MERGED, conceal=_TOLD_BY_NAME, keeps_ledger=False
    ).get(survivor.pk, {})
    if "external_id" in columns and names[0]:
        # stays taken
        Customer.objects.for_actor(actor).filter(pk=loser.pk).update(external_id=names[0])
    _say_again(actor, survivor, method="merge")
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
        after["custom_fields"] = _all_custom_fields(survivor)
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
        _tell(actor, row, "created", pair, told)
    else:
        row.save()
        _tell(actor, row, "redone", {"undone_at": (undone_at, None)}, told)


def _unmerge(actor: Actor, row: Merge, locked: Mapping[UUID, Customer]) -> list[Left]:
    """Makes two of the locked survivor again. Returns what stays. Raises CannotUnmerge, Kept."""
    survivor, loser = locked[row.customer_id], locked[row.loser_id]
    _refuse_to_unmerge(row, survivor, loser)
    values: dict[str, Any] = row.values
    columns, left = _columns_back(row, survivor)
    if loser.external_id:
        # for a moment nobody's: one of the two is to be the survivor's
        Customer.objects.for_actor(actor).filter(pk=loser.pk).update(external_id="")
        loser.external_id = ""
    forgotten = _part_addresses(survivor, columns, values)
    tags = [name for name in tags_of([survivor.pk])[survivor.pk] if name not in values["tags"]]
    change = CustomerChange(
        survivor,
        columns,
        tags,
        _part_lists(actor, survivor, values["lists"]),
        forgotten=forgotten,
    )
    apply_changes(
        actor=actor, changes=[change], action=UNMERGED, conceal=_TOLD_BY_NAME, keeps_ledger=False
    )
    for part in customer_parts():
        part.move_back(row.moved, survivor, loser)
    back = {"deleted_at": None, "merged_into": None, "external_id": values["external_id"]}
    apply_changes(actor=actor, changes=[CustomerChange(loser, back)], action=UNMERGED)
    referred = [
        each
        for each in locked.values()
        if str(each.pk) in values["referred"] and each.referred_by_id == survivor.pk
    ]
    if referred:
        changes = [CustomerChange(each, {"referred_by": loser}) for each in referred]
        apply_changes(actor=actor, changes=changes)
    _say_again(actor, survivor, method="unmerge")
    refresh_figures(actor=actor, customers=[survivor, loser])
    _correct_later(actor, row)
    row.undone_at, row.undone_by = now(), actor.label
    row.save(update_fields=["undone_at", "undone_by"])
    _tell(actor, row, "undone", {"undone_at": (None, row.undone_at)}, [])
    return [*left, *_rows_since(row, survivor)]


def _refuse_to_unmerge(row: Merge, survivor: Customer, loser: Customer) -> None:
    """Raises CannotUnmerge."""
    if row.undone_at is not None or loser.merged_into_id != survivor.pk:
        raise UnmergedAlready
    if survivor.merged_into_id is not None:
        raise MergedFurther
    if survivor.deleted_at is not None:
        raise SurvivorDeleted


def _rows_since(row: Merge, survivor: Customer) -> list[Left]:
    """What the survivor got since, but for what went with rows that went back."""
    reason = Kept("since", "This came since and stays with the customer who was kept.")
    return [
        (_change(each, survivor, CREATED), reason)
        for part in customer_parts()
        for each in part.rows_since(survivor, first_id_at(row.at), row.moved)
        if not (isinstance(each, Consent) and each.method in ("merge", "unmerge"))
    ]


def _change(each: Any, survivor: Customer, act: str) -> RowChange:
    kind = str(each._meta.model_name)
    return RowChange(kind, each.pk, survivor.pk, act, {}, {}, each.pk)


def _columns_back(row: Merge, survivor: Customer) -> tuple[dict[str, Any], list[Left]]:
    """
    What the survivor's columns were before, of those that are still as the merge left them; and the
    others, which somebody has changed since.
    """
    before, after = row.values["before"], row.values["after"]
    later = Merge.objects.unscoped().filter(customer=survivor, undone_at=None, at__gt=row.at)
    overtaken = {name for each in later for name in each.values["before"]}
    columns: dict[str, Any] = {}
    left: list[Left] = []
    for name in after:
        try:
            if _is_as_left(survivor, name, after):
                columns[name] = _value_of(name, before[name])
            elif name not in overtaken:
                raise Kept("changed", f"{name}: somebody has changed this since.")
        except Kept as kept:
            left.append((_change(survivor, survivor, UPDATED), kept))
    return columns, left


def _is_as_left(survivor: Customer, name: str, after: Mapping[str, Any]) -> bool:
    """Whether a column is what the merge made it; a label that nobody pins follows the rules."""
    if name == "custom_fields":
        return bool(_all_custom_fields(survivor) == after[name])
    (value,) = values_of(Customer, {name: after[name]}).values()
    attribute = Customer._meta.get_field(name).attname  # type: ignore[union-attr]
    pin = PINNED.get(name)
    follows = pin is not None and not getattr(survivor, pin) and after.get(pin) is False
    return follows or bool(getattr(survivor, attribute) == value)


def _value_of(name: str, recorded: Any) -> Any:
    """As a change takes it: a relation's is the row. Raises Kept (it is gone)."""
    (value,) = values_of(Customer, {name: recorded}).values()
    field: Any = Customer._meta.get_field(name)
    if field.is_relation and value is not None:
        return field.related_model._base_manager.get(pk=value)
    return value


def _all_custom_fields(row: Customer) -> dict[str, Any]:
    return reveal(row.custom_fields, row.sensitive_values)


def _correct_later(actor: Actor, row: Merge) -> None:
    """
    A later merge into the same survivor found values there that are gone now: it is to give back
    what was before them, and whose addresses those were.
    """
    before, after = row.values["before"], row.values["after"]
    later = Merge.objects.for_actor(actor).filter(customer=row.customer_id, undone_at=None)
    for each in later.filter(at__gt=row.at).order_by("at"):
        held = each.values["before"]
        shared = held.keys() & after.keys()
        changed = {name: before[name] for name in shared if held[name] == after[name]}
        loosened = [*each.values["loosened"], *row.values["loosened"]]
        each.values = {**each.values, "before": held | changed, "loosened": loosened}
        each.save(update_fields=["values"])


def _tell(actor: Actor, row: Merge, act: str, told: Mapping[str, Any], changed: list[str]) -> None:
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


# what the customers have once: addresses, tags, lists, consents


def _loosen(survivor: Customer, columns: Mapping[str, Any], known: Sequence[Identity]) -> list[str]:
    """The survivor's own addresses that leave its columns stay known. Returns their keys."""
    held = set(addresses_in(_with_columns(survivor, columns)))
    keys = [
        row.pk
        for row in known
        if row.source == IdentitySource.RECORD and (IdentityKind(row.kind), row.value) not in held
    ]
    rows = Identity.objects.unscoped().filter(pk__in=keys)
    rows.update(source=IdentitySource.MERGE, is_primary=False)
    return [str(key) for key in keys]


def _part_addresses(
    survivor: Customer, columns: Mapping[str, Any], values: Mapping[str, Any]
) -> list[str]:
    """
    What stands in the survivor's columns, as they are to be, is the columns' again. Returns the
    values of those addresses that were the loser's alone.
    """
    held = set(addresses_in(_with_columns(survivor, columns)))
    own: list[UUID] = []
    forgotten: set[str] = set()
    for row in identities_of([survivor.pk])[survivor.pk]:
        if row.source != IdentitySource.MERGE:
            continue
        was_theirs = row.value in values["addresses"]
        if (IdentityKind(row.kind), row.value) in held:
            if was_theirs or str(row.pk) in values["loosened"]:
                own.append(row.pk)
        elif was_theirs:
            forgotten.add(row.value)
    Identity.objects.unscoped().filter(pk__in=own).update(source=IdentitySource.RECORD)
    return sorted(forgotten - {value for _kind, value in held})


def _with_columns(survivor: Customer, columns: Mapping[str, Any]) -> Customer:
    """The customer as it is to be, to look at."""
    row = copy(survivor)
    for name, value in columns.items():
        setattr(row, name, value)
    if "email" in columns:
        row.email_key = email_key(row.email)
    return row


def _copies(actor: Actor, rows: Iterable[Identity]) -> list[Identity]:
    """Unsaved addresses of the survivor's, as the loser is reached by."""
    return [
        Identity.objects.new(
            actor,
            kind=row.kind,
            value=row.value,
            source=IdentitySource.MERGE,
            verified_at=row.verified_at,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
        )
        for row in rows
    ]


def _unite_lists(
    actor: Actor, survivor: Customer, loser: Customer
) -> tuple[dict[str, tuple[Any, Any]], dict[str, list[str]]]:
    """What became of the survivor's lists: name → (before, after); and what was added to which."""
    made: dict[str, tuple[Any, Any]] = {}
    added: dict[str, list[str]] = {}
    for name, path in settings.CUSTOMER_LISTS.items():
        both: CustomerList = import_string(path)
        mine = both.keys_of(survivor)
        new = [key for key in both.keys_of(loser) if key not in mine]
        if new and (pair := both.set_keys(actor=actor, customer=survivor, keys=[*mine, *new])):
            made[name], added[name] = pair, [str(key) for key in new]
    return made, added


def _part_lists(
    actor: Actor, survivor: Customer, added: Mapping[str, Collection[str]]
) -> dict[str, tuple[Any, Any]]:
    """Takes out of the survivor's lists what was added; name → (before, after)."""
    made: dict[str, tuple[Any, Any]] = {}
    for name, keys in added.items():
        both: CustomerList = import_string(settings.CUSTOMER_LISTS[name])
        rest = [key for key in both.keys_of(survivor) if str(key) not in keys]
        if pair := both.set_keys(actor=actor, customer=survivor, keys=rest):
            made[name] = pair
    return made


def _say_again(actor: Actor, customer: Customer, *, method: str) -> None:
    """
    Where the latest word of the ledger isn't what the customer's preferences say, says it again: a
    grant as it was given, with what proves it.
    """
    rows = Consent.objects.for_actor(actor).filter(customer=customer).order_by("at", "id")
    said: dict[tuple[str, str], Consent] = {}
    granted: dict[tuple[str, str], Consent] = {}
    moment = now()
    for each in rows:
        pair = (each.channel, each.purpose)
        said[pair] = each
        if each.granted and (each.expires_at is None or each.expires_at > moment):
            granted[pair] = each
    new = []
    for name, pair in CONSENT_FIELDS.items():
        latest, wanted = said.get(pair), getattr(customer, name)
        if latest is None or (latest is granted.get(pair)) == wanted:
            continue
        given = granted.get(pair) if wanted else None
        new.append(
            Consent.objects.new(
                actor,
                customer=customer,
                channel=pair[0],
                purpose=pair[1],
                granted=wanted,
                method=method,
                wording=given.wording if given else "",
                shown_id=given.shown_id if given else None,
                proof=given.proof if given else "",
                expires_at=given.expires_at if given else None,
                recorded_by=actor.label,
            )
        )
    insert(new)


def owner_after_merges(
    *, actor: Actor, owner: UUID, model: type[Model], row_id: UUID, since: dt.datetime
) -> UUID:
    """
    Whose a row, deleted at the moment `since` as the `owner`'s, would be if it had been there: it
    goes with its customer when that one is merged, and back when that is undone. A merge that it
    goes with remembers it.
    """
    label, used = model._meta.label, set[UUID]()
    merges = Merge.objects.for_actor(actor)
    while True:
        into = merges.filter(loser=owner, undone_at=None).exclude(pk__in=used).first()
        out_of = merges.filter(customer=owner, undone_at__gt=since).exclude(pk__in=used)
        parted = [
            row for row in out_of.order_by("undone_at") if str(row_id) in row.moved.get(label, ())
        ]
        if into is not None:
            into.moved = {**into.moved, label: [*into.moved.get(label, ()), str(row_id)]}
            into.save(update_fields=["moved"])
            owner = into.customer_id
            used.add(into.pk)
        elif parted:
            owner = parted[0].loser_id
            used.add(parted[0].pk)
        else:
            return owner


class MergeRestorer(Restorer):
    """A merge's record stands for all that it changed; who made it may make it undone."""

    model = Merge
    is_whole = True
    permissions = {CREATED: Permission.MERGE, UPDATED: Permission.MERGE}

    def lock(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        self._locked(actor, changes)

    def restore(self, actor: Actor, changes: Sequence[RowChange]) -> list[Left]:
        left: list[Left] = []
        for row, locked in self._locked(actor, changes):
            (change,) = (each for each in changes if each.id == row.pk)
            if change.act == UPDATED and change.after["undone_at"] is not None:
                _redo(actor, row, locked)
            else:
                left += _unmerge(actor, row, locked)
        return left

    def _locked(
        self, actor: Actor, changes: Sequence[RowChange]
    ) -> list[tuple[Merge, dict[UUID, Customer]]]:
        """The merges, the latest first, with their customers, those before the merges."""
        ids = [change.id for change in changes]
        rows = Merge.objects.for_actor(actor).filter(pk__in=ids).order_by("-at", "-pk")
        people = {key for pair in rows.values_list("customer", "loser") for key in pair}
        locked = _lock(actor, people)
        return [(row, locked) for row in rows.select_for_update(no_key=True)]


def _redo(actor: Actor, row: Merge, locked: Mapping[UUID, Customer]) -> None:
    """Makes them one anew, as was chosen before. Raises NotFound, Invalid and CannotMerge."""
    survivor, loser = locked[row.customer_id], locked[row.loser_id]
    _refuse_impossible(survivor, loser)
    chosen = check_fields(row.fields)
    _merge(actor, row, survivor, loser, _referred(locked, loser), chosen)

"""
Two customers who were made one (`merging.py`) are two again: by undoing the merge's change set.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model

from core.changes.restoring import CREATED, UPDATED, Kept, Left, Restorer, RowChange, values_of
from core.changes.selectors import kept_since
from core.changes.services import Undone, undo_change_set
from core.clock import now
from core.errors import NotFound
from core.ids import first_id_at
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.errors import (
    CannotUnmerge,
    MergedFurther,
    MergeTooOld,
    SurvivorDeleted,
    UnmergedAlready,
)
from customers.models import Consent, Customer, Merge
from customers.parts import customer_parts
from customers.selectors.customers import tags_of
from customers.services.changes import CustomerChange, apply_changes
from customers.services.combining import check_fields
from customers.services.figures import refresh_figures
from customers.services.merging import (
    RECORDED_BY_NAME,
    UNMERGED,
    all_custom_fields,
    lock_people,
    merge_rows,
    record_merge,
    referred_by,
    refuse_impossible,
)
from customers.services.uniting import part_addresses, part_lists, renew_consents
from customers.services.values import PINNED


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
        locked = lock_people(actor, people)
        return [(row, locked) for row in rows.select_for_update(no_key=True)]


def _redo(actor: Actor, row: Merge, locked: Mapping[UUID, Customer]) -> None:
    """Makes them one anew, as was chosen before. Raises NotFound, Invalid and CannotMerge."""
    survivor, loser = locked[row.customer_id], locked[row.loser_id]
    refuse_impossible(survivor, loser)
    chosen = check_fields(row.fields)
    merge_rows(actor, row, survivor, loser, referred_by(locked, loser), chosen)


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
    forgotten = part_addresses(survivor, columns, values)
    tags = [name for name in tags_of([survivor.pk])[survivor.pk] if name not in values["tags"]]
    change = CustomerChange(
        survivor,
        columns,
        tags,
        part_lists(actor, survivor, values["lists"]),
        forgotten=forgotten,
    )
    apply_changes(
        actor=actor, changes=[change], action=UNMERGED, conceal=RECORDED_BY_NAME, keeps_ledger=False
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
    renew_consents(actor, survivor, method="unmerge")
    refresh_figures(actor=actor, customers=[survivor, loser])
    _correct_later(actor, row)
    row.undone_at, row.undone_by = now(), actor.label
    row.save(update_fields=["undone_at", "undone_by"])
    record_merge(actor, row, "undone", {"undone_at": (None, row.undone_at)}, [])
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
        return bool(all_custom_fields(survivor) == after[name])
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

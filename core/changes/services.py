"""
Taking a change set back: every row that nobody has touched since gets back what it was, in the
audit, the outbox and the figures too; what somebody touched, and what has left, is kept and listed.
The undo is a change set itself, and can be taken back.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.audit.models import AuditEntry
from core.changes.errors import StillChanging
from core.changes.models import ChangeSet
from core.changes.restoring import (
    CREATED,
    DELETED,
    UPDATED,
    Kept,
    Left,
    Restorer,
    RowChange,
    restorers,
)
from core.changes.selectors import change_set, change_sets
from core.errors import DomainError, NotFound
from core.jobs.models import ACTIVE, Job
from core.jobs.services import start
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes

AT_ONCE = 200
"""Rows that a request takes back itself; more are a job's."""

BATCH = 500

TOLD = 1000
"""Kept rows that a report names; of more it says how many."""


@dataclass(slots=True)
class Undone:
    """
    What became of an undo: how many rows are as they were, and those that were `kept` (the first
    thousand by name), each with a code, a sentence, and who touched it since and when.
    """

    change_set: UUID
    restored: int = 0
    kept_count: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)

    def keep(
        self, change: RowChange, reason: Kept, by: str | None = None, at: dt.datetime | None = None
    ) -> None:
        self.kept_count += 1
        if len(self.kept) < TOLD:
            self.kept.append(
                {
                    "type": change.type,
                    "id": str(change.id),
                    "customer_id": str(change.customer_id) if change.customer_id else None,
                    "code": reason.code,
                    "message": str(reason),
                    "by": by,
                    "at": at.isoformat() if at else None,
                }
            )


def _named(entry: AuditEntry, actor: Actor) -> str:
    """Who made it: by kind alone for a key that may not read, and where erasure doesn't look."""
    if entry.actor_kind == "customer" or not actor.may(Permission.VIEW):
        return entry.actor_kind
    return entry.actor_label


@writes(Permission.UNDO)
def undo_change_set(*, actor: Actor, set_id: UUID) -> Undone | Job:
    """
    Takes the set back, at once or, when it changed many rows, by a job whose result says what
    became of it.

    Raises Forbidden (the actor may not do what the set did), NotFound (also when it's too long ago)
    and StillChanging.
    """
    row = _locked(actor, set_id)
    subjects = _subjects(row.pk)
    for permission in sorted(_required(row.pk)):
        actor.require(permission)
    if len(subjects) <= AT_ONCE:
        result = _undo(actor, row, subjects)
        _note_undone(actor, row, result)
        return result
    job = start(
        actor=actor,
        kind="undo",
        task="core.changes.tasks.undo",
        permission=Permission.BULK_UPDATE,
        parameters={"change_set": str(row.pk)},
    )
    job.total = len(subjects)
    job.save(update_fields=["total"])
    return job


def undo_in_batches(*, actor: Actor, set_id: UUID, progress: Callable[[int, int], None]) -> Undone:
    """
    The job's part, a batch a transaction. Begun again it goes on: rows that are back already count
    as restored. Raises NotFound.
    """
    row = change_set(actor=actor, set_id=set_id)
    subjects = _subjects(row.pk)
    result = Undone(actor.change_set)
    progress(0, len(subjects))
    for start_at in range(0, len(subjects), BATCH):
        some = subjects[start_at : start_at + BATCH]
        retry_on_deadlock(lambda some=some: _in_transaction(actor, row, some, result))  # type: ignore[misc]
        progress(start_at + len(some), len(subjects))
    with transaction.atomic():
        _note_undone(actor, row, result)
    return result


def _in_transaction(actor: Actor, row: ChangeSet, some: Sequence[UUID], result: Undone) -> None:
    with transaction.atomic():
        found = _undo(actor, _locked(actor, row.pk), some)
    result.restored += found.restored
    result.kept_count += found.kept_count
    result.kept = [*result.kept, *found.kept][:TOLD]


def _locked(actor: Actor, set_id: UUID) -> ChangeSet:
    """The set, locked: it's taken back once. Raises Forbidden, NotFound and StillChanging."""
    row = change_set(actor=actor, set_id=set_id)
    ChangeSet.objects.for_actor(actor).select_for_update(no_key=True).get(pk=row.pk)
    if Job.objects.for_actor(actor).filter(pk=row.pk, state__in=ACTIVE).exists():
        raise StillChanging
    return row


def _entries(set_id: UUID) -> QuerySet[AuditEntry]:
    """
    Of what a set changed; where rows account for everything in it (`Restorer.is_whole`), of these
    alone.
    """
    entries = AuditEntry.objects.unscoped().filter(change_set_id=set_id, subject_id__isnull=False)
    whole = [kind for kind, restorer in restorers().items() if restorer.is_whole]
    accounting = entries.filter(subject_type__in=whole)
    return accounting if accounting.exists() else entries


def _subjects(set_id: UUID) -> list[UUID]:
    """The rows to take back, those of the set's latest changes first."""
    keys = _entries(set_id).order_by("-id").values_list("subject_id", flat=True)
    return [key for key in dict.fromkeys(keys.iterator()) if key]


def _required(set_id: UUID) -> set[Permission]:
    """
    What taking the set back needs. That is decided by acts and names of fields, never by values, so
    of rows that were changed alike one is asked for all: an import changes many.
    """
    told = _entries(set_id).only("action", "subject_type", "subject_id", "customer_id", "changes")
    asked: set[Any] = set()
    required: set[Permission] = set()
    for _, some in groupby(
        told.order_by("subject_id", "id").iterator(), key=attrgetter("subject_id")
    ):
        entries = list(some)
        alike = tuple(
            (each.subject_type, each.action, *each.changes, _is_erased([each])) for each in entries
        )
        if alike in asked or _is_erased(entries):
            continue
        asked.add(alike)
        change = _change(entries)
        restorer = restorers().get(change.type)
        required |= set(restorer.needed(change) if restorer else ())
    return required


def forget_change_sets_of(*, actor: Actor, customer_id: UUID) -> None:
    """For erasure: what the customer changed, and could be named by, is no set any more."""
    ChangeSet.objects.for_actor(actor).filter(actor_id=customer_id).delete()


def is_undoable(*, actor: Actor, set_id: UUID) -> bool:
    """Whether the actor can take something of the set back: judged by its latest changes."""
    if not actor.may(Permission.UNDO):
        return False
    row = change_sets(actor=actor).filter(pk=set_id).first()
    if row is None or row.undone_by is not None:
        return False
    changes = _changes(set_id, _subjects(set_id)[:BATCH]).values()
    needed = [
        permissions
        for change in changes
        if not change.unrecorded
        and (restorer := restorers().get(change.type))
        and (permissions := restorer.needed(change))
    ]
    return bool(needed) and all(map(actor.may, {each for some in needed for each in some}))


def _undo(actor: Actor, row: ChangeSet, subjects: Sequence[UUID]) -> Undone:
    result = Undone(actor.change_set)
    _announce(actor, row)
    changes = _changes(row.pk, subjects)
    _lock(actor, changes.values())
    later = _later(actor, row, changes)
    waiting: list[RowChange] = []
    for key in filter(changes.__contains__, subjects):
        change, since = changes[key], later[key]
        if since.undone_by == actor.change_set:
            result.restored += 1
        elif since.undone_by:
            result.keep(change, Kept("undone", "This is as it was already."))
        elif since.touched:
            reason = Kept("changed", "Somebody has changed this since.")
            result.keep(change, reason, _named(since.touched, actor), since.touched.at)
        else:
            waiting.append(change)
    for restorer, some in _grouped(waiting):
        _restore(actor, restorer, some, result)
    return result


def _lock(actor: Actor, changes: Iterable[RowChange]) -> None:
    """From now on nobody touches the rows unseen."""
    by_type = _by_type(changes)
    for kind in sorted(by_type):
        if restorer := restorers().get(kind):
            restorer.lock(actor, by_type[kind])


def _by_type(changes: Iterable[RowChange]) -> dict[str, list[RowChange]]:
    found: dict[str, list[RowChange]] = defaultdict(list)
    for change in changes:
        found[change.type].append(change)
    return found


def _announce(actor: Actor, row: ChangeSet) -> None:
    """The set that the undo is, before its first entry makes an ordinary one of it."""
    ChangeSet.objects.unscoped().bulk_create(
        [
            ChangeSet.objects.new(
                actor,
                id=actor.change_set,
                actor_kind=actor.kind,
                actor_id=actor.id,
                actor_label=actor.label,
                via=actor.via,
                action=row.action,
                undoes=row.pk,
            )
        ],
        ignore_conflicts=True,
    )


def _note_undone(actor: Actor, row: ChangeSet, result: Undone) -> None:
    """The set says by which it was taken back; an undo that changed nothing leaves no set."""
    sets = ChangeSet.objects.for_actor(actor)
    if not result.restored:
        sets.filter(pk=actor.change_set).delete()
        return
    sets.filter(pk=row.pk).update(undone_by=actor.change_set)
    if row.undoes is not None:
        sets.filter(pk=row.undoes, undone_by=row.pk).update(undone_by=None)


def _grouped(changes: Iterable[RowChange]) -> Iterator[tuple[Restorer | None, list[RowChange]]]:
    """Neighbours of one kind together; the order stays."""
    some: list[RowChange] = []
    for change in changes:
        if some and some[-1].type != change.type:
            yield restorers().get(some[-1].type), some
            some = []
        some.append(change)
    if some:
        yield restorers().get(some[-1].type), some


def _restore(
    actor: Actor, restorer: Restorer | None, changes: Sequence[RowChange], result: Undone
) -> None:
    """All in one savepoint; where one is refused, each in its own."""
    possible = []
    for change in changes:
        if restorer is None or not restorer.needed(change):
            result.keep(change, Kept("final", "This can't be taken back."))
        else:
            possible.append(change)
    if restorer is None or not possible:
        return
    try:
        for left, reason in _refusing(restorer, actor, possible):
            result.keep(left, reason)
        result.restored += len(possible)
    except Kept as kept:
        if len(possible) == 1:
            result.keep(possible[0], kept)
            return
        for change in possible:
            _restore(actor, restorer, [change], result)


@writes(Permission.UNDO)
def _restore_rows(
    *, actor: Actor, restorer: Restorer, changes: Sequence[RowChange]
) -> Sequence[Left]:
    return restorer.restore(actor, changes) or ()


def _refusing(restorer: Restorer, actor: Actor, changes: Sequence[RowChange]) -> Sequence[Left]:
    """What a service or the database refuses is a reason to keep the row. Raises Kept."""
    try:
        return _restore_rows(actor=actor, restorer=restorer, changes=changes)
    except NotFound as error:
        raise Kept("gone", "This isn't there any more.") from error
    except DomainError as error:
        raise Kept("refused", error.message) from error


def _changes(set_id: UUID, subjects: Sequence[UUID]) -> dict[UUID, RowChange]:
    """What the set did to each row, first to last; erased people are in no set."""
    rows = AuditEntry.objects.unscoped().filter(change_set_id=set_id, subject_id__in=subjects)
    entries: dict[UUID, list[AuditEntry]] = defaultdict(list)
    for entry in rows.order_by("id"):
        entries[entry.subject_id].append(entry)  # type: ignore[index]
    return {key: _change(found) for key, found in entries.items() if not _is_erased(found)}


def _is_erased(entries: Sequence[AuditEntry]) -> bool:
    """Erasure has taken the values."""
    return any(not isinstance(pair, list) for each in entries for pair in each.changes.values())


def _change(entries: Sequence[AuditEntry]) -> RowChange:
    first, last = entries[0], entries[-1]
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    unrecorded = set()
    for entry in entries:
        for name, pair in entry.changes.items():
            if pair[0] == pair[1]:
                unrecorded.add(name)
            else:
                before.setdefault(name, pair[0])
                after[name] = pair[1]
    act = UPDATED
    if first.action.endswith(".created"):
        act = CREATED
    elif last.action.endswith(".deleted"):
        act = DELETED
    return RowChange(
        first.subject_type,
        first.subject_id,  # type: ignore[arg-type]
        first.customer_id,
        act,
        before,
        after,
        last.pk,
        # who takes back that a row was made needs nothing of what it held
        set() if act == CREATED else unrecorded - after.keys(),
        first.change_set_id,
    )


@dataclass(slots=True)
class _Since:
    """What befell a row after a set: who touched it last, or which set took the set back there."""

    touched: AuditEntry | None = None
    undone_by: UUID | None = None


def _later(actor: Actor, row: ChangeSet, changes: Mapping[UUID, RowChange]) -> dict[UUID, _Since]:
    """
    Row → what came since. What was done since and taken back again leaves no trace; taking back
    what was done before is a change like others. A customer that the set created is touched by
    whatever came to belong to it.
    """
    found = {key: _Since() for key in changes}
    created = {key: key for key, change in changes.items() if change.act == CREATED}
    customers: set[UUID] = set()
    for kind, some in _by_type(changes.values()).items():
        if restorer := restorers().get(kind):
            customers |= restorer.customers_of(actor, some)
    entries = AuditEntry.objects.for_actor(actor).filter(id__gt=row.pk, change_set_id__isnull=False)
    rows = entries.exclude(change_set_id=row.pk)
    near = [rows.filter(customer_id__in=customers)] if customers else []
    if any(change.customer_id is None for change in changes.values()):
        near.append(rows.filter(customer_id=None, subject_id__in=list(changes)))
    told = [entry for query in near for entry in query.defer("changes").order_by("-id")]
    undoes = dict(
        ChangeSet.objects.for_actor(actor)
        .filter(pk__in={entry.change_set_id for entry in told}, undoes__isnull=False)
        .values_list("id", "undoes")
    )
    cancelled: dict[UUID, dict[tuple[UUID, UUID], AuditEntry | None]] = defaultdict(dict)
    for entry in told:
        assert entry.change_set_id is not None
        assert entry.subject_id is not None
        this = (entry.change_set_id, entry.subject_id)
        for key in found.keys() & {entry.subject_id, created.get(entry.customer_id)}:  # type: ignore[arg-type]
            since, gone = found[key], cancelled[key]
            if since.undone_by or entry.pk < changes[key].last:
                continue
            undone = undoes.get(entry.change_set_id)
            if this in gone:
                gone[this] = None
            elif undone == row.pk:
                since.undone_by = entry.change_set_id
            elif undone is not None:
                gone.setdefault((undone, entry.subject_id), entry)
            elif since.touched is None:
                since.touched = entry
    for key, since in found.items():
        since.touched = since.touched or next(filter(None, cancelled[key].values()), None)
    return found

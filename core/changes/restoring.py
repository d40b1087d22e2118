"""
Giving rows back what they were: what each app says of its own (`settings.CHANGE_RESTORERS`), and
what is the same for all.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import ForeignKey
from django.utils.module_loading import import_string

from core.audit.ledger import Changes, plain, record
from core.rows import final_changes, get_row, touch
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission

ACTS = CREATED, UPDATED, DELETED = "created", "updated", "deleted"


@dataclass(frozen=True, slots=True)
class RowChange:
    """
    What one change set did to one row: `act` is created, updated or deleted; `before` and `after`
    are field → the value as the audit keeps it, of those that changed.
    """

    type: str
    id: UUID
    customer_id: UUID | None
    act: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    last: UUID
    """The audit entry that tells of it last."""
    unrecorded: Collection[str] = ()
    """Fields that changed, whose values the audit doesn't hold (any more)."""
    change_set: UUID | None = None


class Kept(Exception):
    """A row that is left as it is: `code` says why in a word, `str()` in a sentence."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


Left = tuple[RowChange, Kept]
"""A row that is left as it is, and why."""


class Restorer:
    """How rows of one model get back what they were. Called inside a transaction."""

    model: type[models.Model]
    is_whole = False
    """Whether what is done to such a row accounts for everything in its change set."""
    permissions: Mapping[str, Permission] = {}
    """What the act needed; taking it back needs the same. An act without isn't taken back."""

    def needed(self, change: RowChange) -> Collection[Permission]:
        """
        Who may take the change back: who might have made it. None: it can't be taken back. The act
        and the names of the fields decide, never their values.
        """
        return [self.permissions[change.act]] if change.act in self.permissions else []

    def customers_of(self, actor: Actor, changes: Sequence[RowChange]) -> set[UUID]:
        """The customers under whom the audit tells of the rows, now or at another time."""
        return {change.customer_id for change in changes if change.customer_id}

    def lock(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        """Whoever would change the rows waits until the undo has ended."""
        rows = self.model._base_manager.filter(pk__in=[change.id for change in changes])
        list(rows.order_by("pk").select_for_update(no_key=True))

    def restore(self, actor: Actor, changes: Sequence[RowChange]) -> "Sequence[Left] | None":
        """
        Takes changes of several rows back, all or none of them; audit, events and figures follow.
        Returns which others were left as they are nevertheless. Raises Kept, and what services
        raise.
        """
        for change in changes:
            refuse_unrecorded(change)
            getattr(self, f"undo_{change.act}")(actor, change)
        return None

    def undo_created(self, actor: Actor, change: RowChange) -> None:
        row = get_row(self.model, actor=actor, key=change.id, lock=True)
        refuse_used(row)
        record(actor, f"{change.type}.deleted", subject=row, changes=final_changes(row))
        row.delete()

    def undo_updated(self, actor: Actor, change: RowChange) -> None:
        row = get_row(self.model, actor=actor, key=change.id, lock=True)
        changes = set_back(row, change.before)
        if changes:
            record(actor, f"{change.type}.updated", subject=row, changes=changes)

    def undo_deleted(self, actor: Actor, change: RowChange) -> None:
        row = brought_back(self.model, actor, change)
        row.save(force_insert=True)
        held = {name: (after, before) for name, (before, after) in final_changes(row).items()}
        record(actor, f"{change.type}.created", subject=row, changes=held)


@cache
def restorers() -> Mapping[str, Restorer]:
    """By the kind of record, as the audit calls it."""
    found: dict[str, Restorer] = {}
    for path in settings.CHANGE_RESTORERS:
        for restorer in import_string(path):
            found[str(restorer.model._meta.model_name)] = restorer
    return found


def refuse_unrecorded(change: RowChange) -> None:
    """Raises Kept."""
    if change.unrecorded:
        names = ", ".join(sorted(change.unrecorded))
        raise Kept("not_recorded", f"The audit doesn't hold what these were: {names}.")


def refuse_used(*rows: models.Model) -> None:
    """Raises Kept when others refer to one of these rows, whatever would become of them."""
    for field in rows[0]._meta.get_fields(include_hidden=True):
        relation: Any = field
        if not relation.auto_created or relation.concrete:
            continue
        referring: Any = relation.related_model
        keys = [row.pk for row in rows]
        if referring._base_manager.filter(**{f"{relation.field.name}__in": keys}).exists():
            raise Kept("used", "Other records refer to this by now.")


def set_back(row: models.Model, before: Mapping[str, Any]) -> Changes:
    """
    Sets and saves what the row was; version and `updated_at` move on. Returns field → (before,
    after) as `record` takes it. Raises Kept.
    """
    changes = put_back(row, before)
    if changes:
        row.save(update_fields=[*changes, *touch(row)])
    return changes


def put_back(
    row: models.Model, before: Mapping[str, Any], references: "References | None" = None
) -> Changes:
    """The same, unsaved and untouched."""
    changes: dict[str, tuple[Any, Any]] = {}
    for name, value in values_of(type(row), before, references).items():
        field = row._meta.get_field(name)
        present = getattr(row, field.attname)  # type: ignore[union-attr]
        if present != value:
            changes[name] = (plain(present), plain(value))
            setattr(row, field.attname, value)  # type: ignore[union-attr]
    return changes


def brought_back(
    model: type[models.Model],
    actor: Actor,
    change: RowChange,
    references: "References | None" = None,
) -> Any:
    """The deleted row again, unsaved, a version later. Raises Kept."""
    if not change.before:
        raise Kept("not_recorded", "What it held wasn't recorded.")
    row = model.objects.new(actor, id=change.id)  # type: ignore[attr-defined]
    for name, value in values_of(model, change.before, references).items():
        setattr(row, model._meta.get_field(name).attname, value)  # type: ignore[union-attr]
    touch(row)
    return row


class References:
    """The rows that recorded values of some rows of `model` refer to, each table's read at once."""

    def __init__(self, model: type[models.Model], recorded: Sequence[Mapping[str, Any]]) -> None:
        self.found: dict[str, dict[Any, Any]] = {}
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey):
                target: Any = field.related_model
                keys = {values.get(field.name) for values in recorded} - {None}
                self.found[field.name] = target._base_manager.in_bulk(keys) if keys else {}

    def find(self, name: str, key: Any) -> Any:
        """What the field of this name refers to; None where that is gone."""
        return self.found.get(name, {}).get(key)


def values_of(
    model: type[models.Model],
    recorded: Mapping[str, Any],
    references: References | None = None,
) -> dict[str, Any]:
    """
    Field → the recorded value as the column takes it; a relation's is the key. Who asks for many
    rows passes `references` on. Raises Kept (what it refers to is gone, or the audit doesn't hold
    the value).
    """
    references = references or References(model, [recorded])
    values: dict[str, Any] = {}
    for name, value in recorded.items():
        try:
            field: Any = model._meta.get_field(name)
        except FieldDoesNotExist:
            raise Kept("not_recorded", f"What {name} was isn't recorded.") from None
        if isinstance(field, ForeignKey):
            target = field.related_model
            values[name] = key = target._meta.pk.to_python(value)
            if key is not None and references.find(name, key) is None:
                raise Kept("gone", f"What {name} referred to is gone.")
        else:
            values[name] = field.to_python(value)
    return values

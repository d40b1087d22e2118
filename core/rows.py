"""
The plain life of a row that belongs to a tenant: find, set what differs, save, record. For nouns
without rules of their own; nouns with rules call the pieces.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db import models

from core.audit.ledger import Changes, plain
from core.cleaning import is_equal, is_normalized_to
from core.clock import now
from core.errors import NotFound, Stale
from core.tenancy.actor import Actor

M = TypeVar("M", bound=models.Model)

Versions = int | Collection[int] | None
"""The version, or versions, that a row must be at; None demands nothing."""


def get_row(model: type[M], *, actor: Actor, key: UUID, lock: bool = False) -> M:
    """The actor's row, locked when a change will follow. Raises NotFound."""
    rows = model.objects.for_actor(actor)  # type: ignore[attr-defined]
    row: M | None = (rows.select_for_update(no_key=True) if lock else rows).filter(pk=key).first()
    if row is None:
        raise NotFound(str(model._meta.verbose_name).capitalize(), key)
    return row


def refuse_stale(row: Any, versions: Versions) -> None:
    """Raises Stale unless the row is at one of `versions`."""
    if versions is not None and row.version not in (
        [versions] if isinstance(versions, int) else versions
    ):
        raise Stale("" if versions else "The record is there, and the precondition rules it out")


def save_changes(
    row: models.Model, cleaned: Mapping[str, Any], *, if_version: Versions = None
) -> Changes:
    """
    Sets and saves what differs; then `version` and `updated_at` move on, where the model has them.
    Returns field → (before, after). Raises Stale (the row isn't at `if_version`).
    """
    refuse_stale(row, if_version)
    changes = set_changes(row, cleaned)
    if changes:
        row.save(update_fields=[*changes, *touch(row)])
    return changes


def set_changes(row: models.Model, cleaned: Mapping[str, Any]) -> Changes:
    """Sets what differs, unsaved. Returns field → (before, after)."""
    changes: dict[str, tuple[Any, Any]] = {}
    for name, value in cleaned.items():
        field = row._meta.get_field(name)
        before = getattr(row, field.attname)  # type: ignore[union-attr]
        after = value.pk if isinstance(value, models.Model) else value
        if not is_same(field, before, after):
            changes[name] = (plain(before), plain(after))
            setattr(row, name, value)
    return changes


def touch(row: models.Model) -> list[str]:
    """Moves `version` and `updated_at` on, unsaved. Returns those that the model has."""
    names = {field.name for field in row._meta.concrete_fields} & {"version", "updated_at"}
    if "version" in names:
        row.version += 1  # type: ignore[attr-defined]
    if "updated_at" in names:
        row.updated_at = now()  # type: ignore[attr-defined]
    return sorted(names)


def is_same(field: Any, before: Any, after: Any) -> bool:
    """
    Whether `after` says nothing new in the column: a moment that clients saw without its fraction
    of a second, and sent back, is the same moment; a text that was stored before its characters
    were normalized is the same text.
    """
    if before == "":  # most columns of somebody new
        return bool(after == "")
    if isinstance(before, dt.datetime) and isinstance(after, dt.datetime):
        step = 1_000_000 if after.microsecond == 0 else 1000 if after.microsecond % 1000 == 0 else 1
        return before.replace(microsecond=before.microsecond // step * step) == after
    return is_equal(before, after) or (
        isinstance(before, str | list | dict)
        and bool(before)  # nothing is normalized to something
        and is_normalized_to(field, before, after)
    )


def initial_changes(cleaned: Mapping[str, Any]) -> Changes:
    """The changes that creating a row with these values made."""
    return {name: (None, plain(value)) for name, value in cleaned.items()}


def final_changes(row: models.Model) -> Changes:
    """The changes that deleting the row makes: all that it held, so that it can be brought back."""
    return {
        field.name: (plain(value), None)
        for field in row._meta.concrete_fields
        if field.name not in ("id", "organization", "environment")
        and (value := getattr(row, field.attname)) not in (None, "", [], {})
    }

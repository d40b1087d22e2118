"""Giving out API keys and ending them, with an audit entry."""

import datetime as dt
from uuid import UUID

from django.db.models import QuerySet

from core.audit.ledger import record
from core.cleaning import clean
from core.clock import now
from core.errors import Invalid, NotFound
from core.rows import get_row
from core.tenancy import keys
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment, Scope
from core.tenancy.models import ApiKey
from core.tenancy.policy import Permission
from core.writing import writes


def api_keys(*, actor: Actor) -> "QuerySet[ApiKey]":
    """The organization's keys of both environments, those that have ended too. Raises Forbidden."""
    actor.require(Permission.MANAGE_KEYS)
    return ApiKey.objects.for_actor(actor)


@writes(Permission.MANAGE_KEYS)
def create_key(
    *,
    actor: Actor,
    name: str,
    environment: str,
    scopes: list[str],
    expires_at: dt.datetime | None = None,
) -> tuple[ApiKey, str]:
    """
    A new key, and its text, which is shown this once and kept nowhere. Raises Forbidden and
    Invalid.
    """
    clean(
        ApiKey,
        {"name": name, "environment": environment},
        actor=actor,
        required=["name", "environment"],
    )
    if not scopes or not set(scopes) <= set(Scope.values):
        raise Invalid.one("scopes", "invalid_choice", f"Choose from: {', '.join(Scope.values)}.")
    if environment not in Environment.values:
        raise Invalid.one(
            "environment", "invalid_choice", f"Must be one of: {', '.join(Environment.values)}."
        )
    if expires_at is not None and expires_at <= now():
        raise Invalid.one("expires_at", "past", "Must lie in the future.")
    row, text = keys.store_key(
        actor=actor, name=name, environment=environment, scopes=sorted(scopes)
    )
    if expires_at is not None:
        row.expires_at = expires_at
        row.save(update_fields=["expires_at"])
    record(
        actor,
        "api_key.created",
        subject=row,
        changes={"name": (None, name), "scopes": (None, row.scopes), "prefix": (None, row.prefix)},
    )
    return row, text


@writes(Permission.MANAGE_KEYS)
def revoke_key(*, actor: Actor, key_id: UUID) -> None:
    """Ends a key at once. Raises Forbidden and NotFound (no such key, or ended before)."""
    row = get_row(ApiKey, actor=actor, key=key_id, lock=True)
    if row.revoked_at is not None:
        raise NotFound("API key", key_id)
    keys.revoke_key(actor=actor, key_id=key_id)
    record(actor, "api_key.revoked", subject=row, changes={"revoked_at": (None, now())})

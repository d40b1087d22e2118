"""Giving out API keys and ending them."""

import datetime as dt
from uuid import UUID

from core.audit.ledger import record
from core.cleaning import clean
from core.clock import now
from core.errors import Invalid, NotFound
from core.rows import get_row, save_changes
from core.tenancy.actor import Actor
from core.tenancy.choices import Scope
from core.tenancy.keys import store_key
from core.tenancy.models import ApiKey
from core.tenancy.policy import Permission
from core.writing import writes


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
    if expires_at is not None and expires_at <= now():
        raise Invalid.one("expires_at", "past", "Must lie in the future.")
    row, text = store_key(
        actor=actor,
        name=name,
        environment=environment,
        scopes=sorted(scopes),
        expires_at=expires_at,
    )
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
    record(actor, "api_key.revoked", subject=row, changes=save_changes(row, {"revoked_at": now()}))

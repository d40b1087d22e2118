"""Making and checking API keys."""

import datetime as dt
import hashlib
import secrets

from django.db.models import CharField, DateTimeField, Q, QuerySet

from core.clock import now
from core.reading import blank, read_related
from core.tenancy.actor import Actor
from core.tenancy.models import ApiKey

MARK = "crm_"
"""What every key begins with, and no other credential."""
PREFIX_LENGTH = 16


def digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def is_key(text: str) -> bool:
    """Whether a credential is a key in form."""
    return text.startswith(MARK)


def store_key(
    *,
    actor: Actor,
    name: str,
    environment: str,
    scopes: list[str],
    expires_at: dt.datetime | None = None,
    key: str = "",
) -> tuple[ApiKey, str]:
    """A new key, and its text, which is shown this once and kept nowhere."""
    text = key or f"{MARK}{environment}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.add(
        actor,
        name=name,
        environment=environment,
        prefix=text[:PREFIX_LENGTH],
        digest=digest(text),
        scopes=scopes,
        expires_at=expires_at,
    )
    return row, text


def living_key(*, key: str) -> ApiKey | None:
    """The key with this text, neither revoked nor expired nor of a closed organization."""
    moment = now()
    given = {"digest": digest(key), "moment": moment}
    row = next(iter(read_related(_living, "organization", given)), None)
    if row and (row.last_used_at is None or (moment - row.last_used_at).total_seconds() > 60):
        ApiKey.objects.unscoped().filter(pk=row.pk).update(last_used_at=moment)
    return row


def _living() -> "QuerySet[ApiKey]":
    living = Q(expires_at=None) | Q(expires_at__gt=blank("moment", DateTimeField()))
    return ApiKey.objects.unscoped().filter(
        living,
        digest=blank("digest", CharField()),
        revoked_at=None,
        organization__is_active=True,
    )

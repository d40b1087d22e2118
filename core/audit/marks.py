"""
What an entry of the audit trail is recognised by.

An entry has a part that stays as long as the trail, and a personal one, which erasure takes back:
who it was, from where, with which values. The digest of an entry holds the personal part only by a
commitment, a hash with a salt that is kept beside it. Erasure deletes salt and values; what is left
of them can be neither read nor guessed, and the digest still holds.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import Any

from django.conf import settings

from core.audit.models import AuditEntry


def mark_of(entry: AuditEntry) -> str:
    """
    What shows that the product wrote the entry: a keyed hash of what no erasure changes, made when
    it is written.
    """
    return keyed(_list_of(_origin(entry)))[:32]


def digest_of(entry: AuditEntry, commitment: str) -> str:
    """The hash by which a seal holds the entry: what it did, to which fields, and `commitment`."""
    return _hash(_text([*_origin(entry), sorted(entry.changes), commitment]))


def commitment_to(entry: AuditEntry, salt: str) -> str:
    """The hash of the personal part."""
    return _hash(salt + _text([entry.actor_label, entry.address, entry.changes]))


def keyed(text: str) -> str:
    """HMAC-SHA-256 under a key that stands outside the database."""
    return hmac.digest(_key(settings.AUDIT_KEY), text.encode(), "sha256").hex()


@cache
def _key(secret: str) -> bytes:
    return hashlib.sha256(f"audit:{secret}".encode()).digest()


def _origin(entry: AuditEntry) -> list[str]:
    parts = (
        entry.pk,
        entry.organization_id,
        entry.environment,
        entry.at.isoformat(),
        entry.actor_kind,
        entry.actor_id,
        entry.request_id,
        entry.via,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.customer_id,
    )
    return [str(part) for part in parts]


def _text(value: Any) -> str:
    """One spelling of a JSON value, whatever database kept it."""
    return _encode(value)


def _list_of(texts: Iterable[str]) -> str:
    """The same of nothing but texts, for which no encoder is made: every entry is marked."""
    return f"[{','.join(map(encode_basestring_ascii, texts))}]"


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

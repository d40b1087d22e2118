"""Identifiers."""

import datetime as dt
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """
    A UUIDv7 (RFC 9562): its first bits are the time, so that new rows land at the end of every
    index.
    """
    return uuid7()


def first_id_at(moment: dt.datetime) -> UUID:
    """The lowest UUIDv7 (RFC 9562) of that millisecond: rows made since then have higher ids."""
    milliseconds = max(0, int(moment.timestamp() * 1000))  # nothing was made before 1970
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (0b10 << 62))


def moment_of(key: UUID) -> dt.datetime:
    """The millisecond in which a UUIDv7 (RFC 9562) was made."""
    return dt.datetime.fromtimestamp((key.int >> 80) / 1000, dt.UTC)


def parse_id(text: object, prefix: str = "") -> UUID | None:
    """
    The UUID that `text` spells, or None. Takes the canonical form, 32 hex digits, and those behind
    the `prefix` under which the noun's ids are handed out (`cust_…`); nothing looser.
    """
    if isinstance(text, UUID):
        return text
    if not isinstance(text, str) or not text.isascii():
        return None
    if prefix and text.startswith(prefix) and len(text) == len(prefix) + 32:
        text = text.removeprefix(prefix)
    if len(text) not in (32, 36):
        return None
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value if text.lower() in (str(value), value.hex) else None

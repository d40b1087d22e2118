"""The customer in the support desk's words."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.errors import Fault
from crm.api.kernel.words import Computed, Row, Unreadable, Word, Words
from crm.api.messaging.base import MomentWord
from customers.choices import Engagement, Status
from customers.models import Customer
from customers.selectors.customers import with_tags

STATUSES = ("active", "inactive", "blocked", "vip")
SEGMENTS = ("vip", "regular", "new", "inactive")
SOURCES = ("whatsapp", "referral", "website", "social_media", "other")

_BARE = re.compile(r"^[1-9][\d\s]*$", re.ASCII)


def shown_status(row: Row) -> str:
    """`blocked`, else the status; churned is inactive here."""
    if row["is_blocked"]:
        return "blocked"
    return "inactive" if row["status"] == Status.CHURNED else str(row["status"])


def shown_segment(engagement: str) -> str:
    """The engagement; who is at risk is regular here."""
    return "regular" if engagement == Engagement.AT_RISK else engagement


def international(raw: Any) -> Any:
    """A phone number whose bare digits carry the country's code, as the domain reads it."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    return f"+{raw.strip()}" if isinstance(raw, str) and _BARE.match(raw.strip()) else raw


class PhoneWord(Word):
    """Digits with the country's code, without `+`."""

    def read(self, raw: Any) -> Mapping[str, Any]:
        return {self.name: international(raw)}

    def show(self, row: Row) -> Any:
        return row[self.column].removeprefix("+") or None


class PhonesWord(Word):
    """Several of them."""

    def read(self, raw: Any) -> Mapping[str, Any]:
        return {self.name: [international(item) for item in raw] if isinstance(raw, list) else raw}

    def show(self, row: Row) -> Any:
        return [number.removeprefix("+") for number in row[self.column]]


class EmailWord(Word):
    """Shown in lower case."""

    def show(self, row: Row) -> Any:
        return row[self.column].lower() or None


class TagsWord(Word):
    """A list that is kept beside the customer's columns."""

    @property
    def columns(self) -> tuple[str, ...]:
        return ("id",)


class OneOfWord(Word):
    """A value of a documented list. Null is nothing."""

    def __init__(self, name: str, permitted: Sequence[str]) -> None:
        super().__init__(name, schema={"type": ["string", "null"], "enum": [*permitted, None]})
        self.permitted = permitted

    def read(self, raw: Any) -> Mapping[str, Any]:
        if raw is not None and raw not in self.permitted:
            message = f"“{raw}” is not one of: {', '.join(self.permitted)}."
            raise Unreadable(
                {"": [Fault("invalid_choice", message, {"permitted": list(self.permitted)})]}
            )
        return {self.name: raw}


class SegmentWord(OneOfWord):
    def show(self, row: Row) -> Any:
        return shown_segment(row[self.column])


class SourceWord(OneOfWord):
    def show(self, row: Row) -> Any:
        source = row[self.column]
        return source if source in self.permitted else "other" if source else None


class StatusWord(OneOfWord):
    """Writing `blocked` blocks; writing another unblocks and pins it."""

    @property
    def columns(self) -> tuple[str, ...]:
        return ("status", "is_blocked")

    def read(self, raw: Any) -> Mapping[str, Any]:
        super().read(raw)
        if raw == "blocked":
            return {"is_blocked": True}
        return {"status": raw} if raw is None else {"status": raw, "is_blocked": False}

    def show(self, row: Row) -> Any:
        return shown_status(row)


class ClockWord(Word):
    """A time of day, `09:00`."""

    def show(self, row: Row) -> Any:
        value: dt.time | None = row[self.column]
        return None if value is None else value.strftime("%H:%M:%S" if value.second else "%H:%M")


_CLOCK = {"type": ["string", "null"], "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"}
_PHONE = {"type": ["string", "null"], "description": "7 to 15 digits, the country's code first"}


class MessagingCoordinatesWords(Words):
    """Degrees, WGS 84."""

    latitude = Word()
    longitude = Word()

    class Meta:
        model = Customer


class MessagingAddressWords(Words):
    """Where the customer lives; written key by key."""

    street = Word()
    city = Word()
    state = Word()
    country = Word()
    postalCode = Word("postal_code")
    coordinates = MessagingCoordinatesWords(required=False)

    class Meta:
        model = Customer


class MessagingHoursWords(Words):
    """When the customer may be reached."""

    start = ClockWord("contact_hours_start", schema=_CLOCK)
    end = ClockWord("contact_hours_end", schema=_CLOCK)

    class Meta:
        model = Customer


class MessagingPreferencesWords(Words):
    """How the customer wishes to be treated; written key by key."""

    language = Word()
    communicationHours = MessagingHoursWords(required=False)
    preferredAgent = Word("preferred_agent")

    class Meta:
        model = Customer


def _statistics(row: Row) -> dict[str, Any]:
    return {
        "totalConversations": row["conversation_count"],
        "totalMessages": row["message_count"],
        "totalTickets": row["ticket_count"],
        "averageResponseTime": row["average_response_seconds"],
        "satisfactionScore": row["satisfaction_rating"],
    }


_COUNT = {"type": "integer"}
_STATISTICS = {
    "type": "object",
    "required": [
        "totalConversations",
        "totalMessages",
        "totalTickets",
        "averageResponseTime",
        "satisfactionScore",
    ],
    "properties": {
        "totalConversations": _COUNT,
        "totalMessages": _COUNT,
        "totalTickets": _COUNT,
        "averageResponseTime": {
            "type": ["integer", "null"],
            "description": "Seconds from an inbound message to the next outbound one",
        },
        "satisfactionScore": {"type": ["number", "null"]},
    },
}


class MessagingCustomerWords(Words):
    """A customer of the support desk."""

    _id = Word("id", read_only=True)
    phoneNumber = PhoneWord("phone", schema=_PHONE)
    firstName = Word("first_name")
    lastName = Word("last_name")
    email = EmailWord()
    avatar = Word("avatar_url")
    alternativePhones = PhonesWord(
        "alternative_phones", schema={"type": ["array", "null"], "items": {"type": "string"}}
    )
    address = MessagingAddressWords(required=False)
    tags = TagsWord(schema={"type": ["array", "null"], "items": {"type": "string"}})
    segment = SegmentWord("engagement", SEGMENTS)
    source = SourceWord("source", SOURCES)
    customFields = Word(
        "custom_fields", schema={"type": ["object", "null"], "additionalProperties": True}
    )
    preferences = MessagingPreferencesWords(required=False)
    status = StatusWord("status", STATUSES)
    isBlocked = Word("is_blocked")
    blockReason = Word("block_reason")
    notes = Word()
    statistics = Computed(
        _statistics,
        "conversation_count",
        "message_count",
        "ticket_count",
        "average_response_seconds",
        "satisfaction_rating",
        schema=_STATISTICS,
    )
    firstContact = MomentWord("first_contact_at")
    lastInteraction = MomentWord("last_interaction_at")
    lastMessageAt = MomentWord("last_message_at")
    createdAt = MomentWord("created_at")
    updatedAt = MomentWord("updated_at")

    class Meta:
        model = Customer

    @classmethod
    def read(cls, data: Mapping[str, Any], *, refuse_read_only: bool = False) -> dict[str, Any]:
        """As ever; where `isBlocked` is there, it decides about blocking, not `status`."""
        values = super().read(data, refuse_read_only=refuse_read_only)
        if "isBlocked" in data:
            values["is_blocked"] = data["isBlocked"]
        return values


LOSSY = ("email", "segment", "source", "status")
"""Keys that show less than is stored."""


def without_echoes(data: Any, row: Row) -> Any:
    """
    The body without those lossy keys whose value is the one shown: sent back with the rest, they
    don't mean a change.
    """
    if not isinstance(data, dict):
        return data
    plan = MessagingCustomerWords.plan()
    return {key: raw for key, raw in data.items() if key not in LOSSY or raw != plan[key].show(row)}


def show_customers(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documented objects of rows."""
    return MessagingCustomerWords.show_all(with_tags(list(rows)))

"""The support desk's customer."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import Fault
from core.text import not_one_of
from crm.api.kernel.custom_fields import CustomFieldsField, for_reader
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    InvalidInput,
    Row,
    as_row,
    is_missing,
)
from customers.choices import Engagement, Status
from customers.models import Customer
from customers.selectors.customers import TAGS, with_tags

STATUSES = ("active", "inactive", "blocked", "vip")
SEGMENTS = ("vip", "regular", "new", "inactive")
SOURCES = ("whatsapp", "referral", "website", "social_media", "other")

_BARE = re.compile(r"[1-9][\d\s]*(?:\.0+)?(?:[\s(,-]*(?:;ext=|[^\W\d_]|#).*)?", re.ASCII)
"""Digits in no groups but by spaces; words and an extension may follow."""


def documented_status(row: Row) -> str:
    """`blocked`, else the status; churned is inactive here."""
    if row["is_blocked"]:
        return "blocked"
    return "inactive" if row["status"] == Status.CHURNED else str(row["status"])


def documented_segment(engagement: str) -> str:
    """The engagement; who is at risk is regular here."""
    return "regular" if engagement == Engagement.AT_RISK else engagement


def international(raw: Any) -> Any:
    """A phone number whose bare digits carry the country's code, as the domain reads it."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    return f"+{raw.strip()}" if isinstance(raw, str) and _BARE.fullmatch(raw.strip()) else raw


class PhoneField(DomainField):
    """Digits with the country's code, without `+`."""

    def to_internal_value(self, data: Any) -> Any:
        return international(data)

    def to_representation(self, value: str) -> str | None:
        return value.removeprefix("+") or None


class PhonesField(DomainField):
    """Several of them."""

    def to_internal_value(self, data: Any) -> Any:
        return [international(item) for item in data] if isinstance(data, list) else data

    def to_representation(self, value: Sequence[str]) -> list[str]:
        return [number.removeprefix("+") for number in value]


class EmailField(DomainField):
    """Shown in lower case."""

    def to_representation(self, value: str) -> str | None:
        return value.lower() or None


class TagsField(DomainField):
    """A list that is kept in a table of its own."""

    columns = ("id",)


class MomentField(DomainField):
    """ISO 8601 in UTC with milliseconds and Z; clients only read it, unless it says otherwise."""

    def __init__(self, *, source: str, read_only: bool = True) -> None:
        super().__init__(source=source, read_only=read_only)

    def to_representation(self, value: dt.datetime | None) -> str | None:
        if value is None:
            return None
        text = value.astimezone(dt.UTC).isoformat(timespec="milliseconds")
        return f"{text.removesuffix('+00:00')}Z"


class EnumField(DomainField):
    """A value of a documented list. Null, or an empty text, is nothing."""

    def __init__(self, *, permitted: Sequence[str], source: str | None = None) -> None:
        schema = {"type": ["string", "null"], "enum": [*permitted, None]}
        super().__init__(source=source, schema=schema)
        self.permitted = permitted

    def to_internal_value(self, data: Any) -> Any:
        if data is None or data == "":
            return None
        if data not in self.permitted:
            message = not_one_of(data, self.permitted)
            fault = Fault("invalid_choice", message, {"permitted": list(self.permitted)})
            raise InvalidInput({"": [fault]})
        return data


class SegmentField(EnumField):
    def to_representation(self, value: str) -> str:
        return documented_segment(value)


class SourceField(EnumField):
    def to_representation(self, value: str) -> str | None:
        return value if value in self.permitted else "other" if value else None


class StatusField(EnumField):
    """Writing `blocked` blocks; writing another unblocks and pins it."""

    columns = ("status", "is_blocked")
    sources = ("status",)

    def to_internal_value(self, data: Any) -> Mapping[str, Any]:
        status = super().to_internal_value(data)
        if status == "blocked":
            return {"is_blocked": True}
        return {"status": status} if status is None else {"status": status, "is_blocked": False}

    def to_representation(self, row: Row) -> str:
        return documented_status(row)


class ClockField(DomainField):
    """A time of day, `09:00`."""

    def to_representation(self, value: dt.time | None) -> str | None:
        return None if value is None else value.strftime("%H:%M:%S" if value.second else "%H:%M")


_CLOCK = {"type": ["string", "null"], "pattern": "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"}
_PHONE = {"type": ["string", "null"], "description": "7 to 15 digits, the country's code first"}


class MessagingCoordinatesSerializer(DomainSerializer):
    """Degrees, WGS 84."""

    latitude = DomainField()
    longitude = DomainField()

    class Meta:
        model = Customer


class MessagingAddressSerializer(DomainSerializer):
    """Where the customer lives; written key by key."""

    street = DomainField()
    city = DomainField()
    state = DomainField()
    country = DomainField()
    postalCode = DomainField(source="postal_code")
    coordinates = MessagingCoordinatesSerializer(source="*")

    class Meta:
        model = Customer


class MessagingHoursSerializer(DomainSerializer):
    """When the customer may be reached."""

    start = ClockField(source="contact_hours_start", schema=_CLOCK)
    end = ClockField(source="contact_hours_end", schema=_CLOCK)

    class Meta:
        model = Customer


class MessagingPreferencesSerializer(DomainSerializer):
    """How the customer wishes to be treated; written key by key."""

    language = DomainField()
    communicationHours = MessagingHoursSerializer(source="*")
    preferredAgent = DomainField(source="preferred_agent")

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


class MessagingCustomerSerializer(DomainSerializer):
    """A customer of the support desk."""

    _id = DomainField(source="id", read_only=True)
    externalId = DomainField(source="external_id")
    phoneNumber = PhoneField(source="phone", schema=_PHONE)
    firstName = DomainField(source="first_name")
    lastName = DomainField(source="last_name")
    email = EmailField()
    avatar = DomainField(source="avatar_url")
    alternativePhones = PhonesField(
        source="alternative_phones", schema={"type": ["array", "null"], "items": {"type": "string"}}
    )
    address = MessagingAddressSerializer(source="*")
    tags = TagsField(schema={"type": ["array", "null"], "items": {"type": "string"}})
    segment = SegmentField(source="engagement", permitted=SEGMENTS)
    source = SourceField(permitted=SOURCES)
    customFields = CustomFieldsField(source="custom_fields")
    preferences = MessagingPreferencesSerializer(source="*")
    status = StatusField(source="*", permitted=STATUSES)
    isBlocked = DomainField(source="is_blocked")
    blockReason = DomainField(source="block_reason")
    notes = DomainField()
    statistics = ComputedField(
        _statistics,
        "conversation_count",
        "message_count",
        "ticket_count",
        "average_response_seconds",
        "satisfaction_rating",
        schema=_STATISTICS,
    )
    firstContact = MomentField(source="first_contact_at")
    lastInteraction = MomentField(source="last_interaction_at")
    lastMessageAt = MomentField(source="last_message_at")
    createdAt = MomentField(source="created_at")
    updatedAt = MomentField(source="updated_at")

    computed = {"tags": TAGS}

    class Meta:
        model = Customer

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        return with_tags([dict(row) for row in for_reader(rows, self.context["request"])])

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Where `isBlocked` is there, it decides about blocking, not `status`."""
        values = super().to_internal_value(data)
        return values | ({"is_blocked": data["isBlocked"]} if "isBlocked" in data else {})


class MessagingCustomerCreateSerializer(MessagingCustomerSerializer):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The phone number is this API's primary identifier."""
        if is_missing(attrs.get("phone")):
            raise InvalidInput({"phoneNumber": [Fault("required", "This field is required.")]})
        return attrs


class MessagingCustomerImportSerializer(MessagingCustomerCreateSerializer):
    """Who brings customers along may say since when they have been there."""

    createdAt = MomentField(source="created_at", read_only=False)


LOSSY = ("email", "segment", "source", "status")
"""Keys that show less than is stored."""


class MessagingCustomerUpdateSerializer(MessagingCustomerSerializer):
    """Made of the customer that is to change, too."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """
        Lossy keys whose value is the one shown, sent back with the rest, don't mean a change.
        """
        fields, row = self.plan().fields, as_row(self.instance)
        shown = {
            key: fields[key].to_representation(fields[key].get_attribute(row)) for key in LOSSY
        }
        changed = {key: raw for key, raw in data.items() if key not in LOSSY or raw != shown[key]}
        return super().to_internal_value(changed)


class MessagingTagsSerializer(DomainSerializer):
    """The tags to set, add or remove."""

    tags = DomainField(schema={"type": "array", "items": {"type": "string"}})
    action = DomainField(
        schema={"type": "string", "enum": ["set", "add", "remove"], "default": "set"}
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("tags") is None:
            raise InvalidInput({"tags": [Fault("required", "This field is required.")]})
        return {"action": "set"} | attrs


class MessagingBlockSerializer(DomainSerializer):
    """Whether the customer is blocked, and why."""

    isBlocked = DomainField(source="is_blocked")
    blockReason = DomainField(source="block_reason")

    class Meta:
        model = Customer


class MessagingConversationCountsSerializer(DomainSerializer):
    """How many conversations there are with the customer."""

    totalConversations = DomainField(source="conversation_count", schema=_COUNT)
    openConversations = DomainField(source="open_conversation_count", schema=_COUNT)
    resolvedConversations = ComputedField(
        lambda row: row["conversation_count"] - row["open_conversation_count"],
        "conversation_count",
        "open_conversation_count",
        schema=_COUNT,
    )

    class Meta:
        model = Customer

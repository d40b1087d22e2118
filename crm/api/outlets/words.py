"""The customer and their preferences in the salon chain's words."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_serializer

from appointments.preferences import with_preferred
from crm.api.kernel.words import Computed, Row, Word, Words
from customers.choices import Status
from customers.models import Customer
from customers.selectors.customers import with_tags

_IDS = {"type": "array", "items": {"type": "string", "format": "uuid"}}
_TEXTS = {"type": "array", "items": {"type": "string"}}


class ListWord(Word):
    """A list that is always there, kept beside the customer's columns."""

    @property
    def columns(self) -> tuple[str, ...]:
        return ("id",)


class StandingWords(Words):
    """An object that always stands: null in its place says nothing."""

    @classmethod
    def read_nested(cls, raw: Any) -> dict[str, Any]:
        return {} if raw is None else super().read_nested(raw)


@extend_schema_serializer(component_name="OutletsCommunication")
class CommunicationWords(StandingWords):
    """The channels on which a customer may be notified."""

    email = Word("notify_email")
    sms = Word("notify_sms")
    push_notifications = Word("notify_push")
    whatsapp = Word("notify_whatsapp")

    class Meta:
        model = Customer


@extend_schema_serializer(component_name="OutletsPreferences")
class PreferenceWords(StandingWords):
    """What a customer prefers; lists are replaced whole."""

    communication_preferences = CommunicationWords(required=False)
    language = Word()
    marketing_consent = Word()
    notes = Word("preference_note")
    accessibility_needs = Word()
    preferred_outlet_id = Word("preferred_outlet")
    preferred_categories = Word(schema=_TEXTS)
    preferred_services = ListWord(schema=_IDS)
    preferred_staff_ids = ListWord("preferred_staff", schema=_IDS)

    class Meta:
        model = Customer


@extend_schema_serializer(component_name="OutletsAddress")
class AddressWords(Words):
    """A customer's address; null clears it."""

    street = Word()
    city = Word()
    state = Word()
    postal_code = Word()
    country = Word()
    latitude = Word()
    longitude = Word()

    class Meta:
        model = Customer


def is_active(row: Row) -> bool:
    """Active or VIP, and not blocked."""
    return row["status"] in (Status.ACTIVE, Status.VIP) and not row["is_blocked"]


@extend_schema_serializer(component_name="OutletsCustomer")
class CustomerWords(Words):
    """A customer."""

    id = Word(read_only=True)
    first_name = Word()
    last_name = Word()
    email = Word()
    email_verified = Word(read_only=True)
    phone = Word()
    gender = Word()
    date_of_birth = Word()
    address = AddressWords(required=False)
    source = Word()
    tags = ListWord(schema=_TEXTS)
    preferences = PreferenceWords(required=False)
    is_active = Computed(is_active, "status", "is_blocked", schema={"type": "boolean"})
    loyalty_points = Word(read_only=True)
    total_appointments = Word(read_only=True)
    created_at = Word(read_only=True)
    updated_at = Word(read_only=True)

    class Meta:
        model = Customer


@extend_schema_serializer(component_name="OutletsCustomerUpdate")
class SentWords(CustomerWords):
    """What updating takes: the tenant may be named, and stays."""

    tenant_id = Word(
        "organization", schema={"type": ["string", "null"], "format": "uuid"}, write_only=True
    )

    class Meta(CustomerWords.Meta):
        pass


@extend_schema_serializer(component_name="OutletsCustomerCreate")
class NewWords(SentWords):
    """What creating takes: a password makes a customer of the portal."""

    password = Word(schema={"type": ["string", "null"], "maxLength": 128}, write_only=True)

    class Meta(CustomerWords.Meta):
        pass


def show_customers(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The documented objects of rows."""
    return CustomerWords.show_all(with_preferred(with_tags(rows)))

"""The booking API's customer, and what its two operations are asked by."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers

from core.characters import normalize_line
from core.errors import Malformed
from crm.api.kernel.custom_fields import CustomFieldsField, for_reader
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    Row,
    is_missing,
)
from customers.choices import Status
from customers.models import Customer

ID = {"type": "string", "pattern": f"^{Customer.ID_PREFIX}[0-9a-f]{{32}}$"}
_COUNTED_AS_ACTIVE = (Status.ACTIVE, Status.VIP)


def documented_id(key: UUID) -> str:
    return f"{Customer.ID_PREFIX}{key.hex}"


class IdentifierField(DomainField):
    """A text. Raises Malformed for anything else; empty is none."""

    def to_internal_value(self, data: Any) -> str:
        if data is None or isinstance(data, str):
            return normalize_line(data or "")
        raise Malformed(f"{self.field_name}: Must be a string.")


class AddressField(IdentifierField):
    """An e-mail or a phone, which careless clients make a number."""

    def to_internal_value(self, data: Any) -> str:
        is_number = isinstance(data, int) and not isinstance(data, bool)
        return super().to_internal_value(str(data) if is_number else data)


class BookingLookupSerializer(DomainSerializer):
    """The first of these that is given decides alone."""

    customer_id = IdentifierField(source="id", schema={"type": ["string", "null"]})
    email = AddressField(schema={"type": ["string", "null"]})
    phone = AddressField(schema={"type": ["string", "null"]})

    class Meta:
        model = Customer

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.values()):
            raise Malformed("Must provide customer_id, email, or phone")
        return attrs


class BookingErasureRequestSerializer(DomainSerializer):
    customer_id = IdentifierField(source="id", schema={"type": "string"}, required=True)

    class Meta:
        model = Customer

    def check_required(self, data: Mapping[str, Any]) -> None:
        if is_missing(data.get("customer_id")):
            raise Malformed("Must provide customer_id")


class BookingErasureSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What erasing answers."""

    success = serializers.BooleanField()
    customer_id = DomainField(schema=ID)
    deleted_at = serializers.DateTimeField()


class BookingAddressSerializer(DomainSerializer):
    street = DomainField()
    city = DomainField()
    state = DomainField()
    postal_code = DomainField()
    country = DomainField()

    class Meta:
        model = Customer


class BookingPreferencesSerializer(DomainSerializer):
    email_notifications = DomainField(source="notify_email")
    sms_notifications = DomainField(source="notify_sms")
    marketing_emails = DomainField(source="marketing_consent")

    class Meta:
        model = Customer


def _status(row: Row) -> str:
    if row["is_blocked"]:
        return "blocked"
    return "active" if row["status"] in _COUNTED_AS_ACTIVE else "inactive"


class BookingCustomerSerializer(DomainSerializer):
    customer_id = ComputedField(lambda row: documented_id(row["id"]), "id", schema=ID)
    first_name = DomainField()
    last_name = DomainField()
    email = DomainField()
    phone = DomainField()
    date_of_birth = DomainField()
    address = BookingAddressSerializer(source="*")
    created_at = DomainField()
    last_visit = DomainField(source="last_visit_at")
    total_appointments = DomainField()
    preferences = BookingPreferencesSerializer(source="*")
    notes = DomainField()
    custom_fields = CustomFieldsField(schema={"type": "object", "additionalProperties": True})
    status = ComputedField(
        _status,
        "is_blocked",
        "status",
        schema={"type": "string", "enum": ["active", "inactive", "blocked"]},
    )

    class Meta:
        model = Customer

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        return for_reader(rows, self.context["request"])

"""Customers, their preferences and appointments, and the company's figures."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from rest_framework import serializers

from appointments.preferences import with_preferred
from core.errors import Fault
from core.ids import parse_id
from crm.api.kernel.authentication import working_in
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    InvalidInput,
    Row,
    as_row,
)
from customers.choices import Status
from customers.models import Customer
from customers.selectors.customers import TAGS, with_tags

_IDS = {"type": "array", "items": {"type": "string", "format": "uuid"}}
_TEXTS = {"type": "array", "items": {"type": "string"}}


class LinkedListField(DomainField):
    """A list that is always there, kept in a table of its own."""

    columns = ("id",)


class LastingSerializer(DomainSerializer):
    """An object that always stands: null in its place says nothing."""

    def null_data(self) -> dict[str, Any]:
        return {}


class OutletsCommunicationSerializer(LastingSerializer):
    """The channels on which a customer may be notified."""

    email = DomainField(source="notify_email")
    sms = DomainField(source="notify_sms")
    push_notifications = DomainField(source="notify_push")
    whatsapp = DomainField(source="notify_whatsapp")

    class Meta:
        model = Customer


class OutletsPreferencesSerializer(LastingSerializer):
    """What a customer prefers; lists are replaced whole."""

    communication_preferences = OutletsCommunicationSerializer(source="*")
    language = DomainField()
    marketing_consent = DomainField()
    notes = DomainField(source="preference_note")
    accessibility_needs = DomainField()
    preferred_outlet_id = DomainField(source="preferred_outlet")
    preferred_categories = DomainField(schema=_TEXTS)
    preferred_services = LinkedListField(schema=_IDS)
    preferred_staff_ids = LinkedListField(source="preferred_staff", schema=_IDS)

    class Meta:
        model = Customer

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        return with_preferred([dict(row) for row in rows])


class OutletsAddressSerializer(DomainSerializer):
    """A customer's address; null clears it."""

    street = DomainField()
    city = DomainField()
    state = DomainField()
    postal_code = DomainField()
    country = DomainField()
    latitude = DomainField()
    longitude = DomainField()

    class Meta:
        model = Customer


def is_active(row: Row) -> bool:
    """Active or VIP, and not blocked."""
    return row["status"] in (Status.ACTIVE, Status.VIP) and not row["is_blocked"]


class ActiveField(DomainField):
    """
    Whether the customer is active. Writing it sets the status (and unblocks who is to be active);
    null says nothing.
    """

    columns = ("status", "is_blocked")
    sources = ("status",)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if data is None:
            return {}
        if not isinstance(data, bool):
            raise InvalidInput({"": [Fault("invalid_boolean", "Must be true or false.")]})
        return (
            {"status": Status.ACTIVE.value, "is_blocked": False}
            if data
            else {"status": Status.INACTIVE.value}
        )

    def to_representation(self, row: Row) -> bool:
        return is_active(row)


class OutletsCustomerSerializer(DomainSerializer):
    """A customer."""

    id = DomainField(read_only=True)
    external_id = DomainField()
    first_name = DomainField()
    last_name = DomainField()
    email = DomainField()
    email_verified = DomainField(read_only=True)
    phone = DomainField()
    gender = DomainField()
    date_of_birth = DomainField()
    address = OutletsAddressSerializer(source="*")
    source = DomainField()
    tags = LinkedListField(schema=_TEXTS)
    has_password = ComputedField(
        lambda row: bool(row["password"]), "password", schema={"type": "boolean"}
    )
    preferences = OutletsPreferencesSerializer(source="*")
    is_active = ActiveField(source="*", schema={"type": ["boolean", "null"]})
    loyalty_points = DomainField(read_only=True)
    total_appointments = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    computed = {"tags": TAGS}

    class Meta:
        model = Customer

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        return with_preferred(with_tags([dict(row) for row in rows]))


class TenantField(DomainField):
    """An organization's id. Null is nothing."""

    def __init__(self) -> None:
        schema = {"type": ["string", "null"], "format": "uuid"}
        super().__init__(source="organization", write_only=True, schema=schema)

    def to_internal_value(self, data: Any) -> str:
        key = None if data is None else parse_id(data)
        if key is None and data is not None:
            raise InvalidInput({"": [Fault("invalid_id", "Input should be a valid UUID.")]})
        return str(key or "")


class OutletsCustomerUpdateSerializer(OutletsCustomerSerializer):
    """
    What updating takes: the tenant may be named, and stays. Made of the customer that is to change
    where the body says whether they are active.
    """

    tenant_id = TenantField()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Being as active as before, sent back with the rest, doesn't mean a change."""
        if self.instance is not None and data.get("is_active") is is_active(as_row(self.instance)):
            data = {key: value for key, value in data.items() if key != "is_active"}
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        actor = self.context["request"].auth
        if working_in(actor, attrs.pop("organization", "")) is not actor:
            fault = Fault("immutable", "The tenant assignment can't be changed.")
            raise InvalidInput({"tenant_id": [fault]})
        return attrs


class OutletsCustomerCreateSerializer(OutletsCustomerSerializer):
    """What creating takes: a password makes a customer of the portal. Who is new is active."""

    tenant_id = TenantField()
    password = DomainField(schema={"type": ["string", "null"], "maxLength": 128}, write_only=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, dict) and data.get("is_active") is True:
            data = {key: value for key, value in data.items() if key != "is_active"}
        return super().to_internal_value(data)


class OutletsPasswordSerializer(DomainSerializer):
    """What setting a password takes."""

    password = DomainField(schema={"type": ["string", "null"], "maxLength": 128}, required=True)

    class Meta:
        model = Customer


class OutletsMessageSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What deleting answers."""

    message = serializers.CharField()


class AmountField(serializers.FloatField):
    def to_representation(self, value: Any) -> Any:
        """As it is: an amount is written exactly."""
        return value


class RoundedField(AmountField):
    """A quotient, as the documented figures round it: to tenths, half up."""

    step, rounding = Decimal("0.1"), ROUND_HALF_UP

    def to_representation(self, value: Decimal) -> Decimal:
        return value.quantize(self.step, self.rounding)


class WholeField(RoundedField):
    """To whole units, the rest dropped."""

    step, rounding = Decimal(1), ROUND_DOWN


class NullableTextField(serializers.CharField):
    def to_representation(self, value: str) -> str | None:
        """Unknown is null."""
        return value or None


class OutletsTopCustomerSerializer(serializers.Serializer):  # type: ignore[type-arg]
    customer_id = serializers.UUIDField()
    full_name = serializers.CharField()
    email = NullableTextField(allow_null=True)
    total_appointments = serializers.IntegerField()
    total_spent = AmountField()


class OutletsSegmentsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    vip = serializers.IntegerField()
    regular = serializers.IntegerField()
    new = serializers.IntegerField()
    at_risk = serializers.IntegerField()


class OutletsStatisticsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    total_customers = serializers.IntegerField()
    active_customers = serializers.IntegerField()
    inactive_customers = serializers.IntegerField()
    deleted_customers = serializers.IntegerField()
    verified_emails = serializers.IntegerField()
    customers_with_password = serializers.IntegerField()
    walk_in_customers = serializers.IntegerField()
    new_customers_in_period = serializers.IntegerField()
    total_appointments = serializers.IntegerField()
    total_loyalty_points = serializers.IntegerField()
    total_revenue = AmountField()
    avg_appointments_per_customer = RoundedField()
    avg_spent_per_customer = WholeField()
    retention_rate = RoundedField()
    churn_rate = RoundedField()
    top_customers_by_appointments = OutletsTopCustomerSerializer(
        many=True, source="top_by_appointments"
    )
    top_customers_by_revenue = OutletsTopCustomerSerializer(many=True, source="top_by_revenue")
    customer_segments = OutletsSegmentsSerializer(source="segments")


class OutletsPeriodSerializer(serializers.Serializer):  # type: ignore[type-arg]
    def get_fields(self) -> dict[str, Any]:
        """`from` is no name in Python."""
        return {name: serializers.DateField(allow_null=True) for name in ("from", "to")}


class OutletsSummarySerializer(serializers.Serializer):  # type: ignore[type-arg]
    statistics = OutletsStatisticsSerializer()
    period = OutletsPeriodSerializer()
    generated_at = serializers.DateTimeField(format=None)

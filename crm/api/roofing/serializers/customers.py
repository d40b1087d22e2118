"""The customer in the native API's words, and what is asked and told about customers."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from analytics.insights import Insight
from core.amounts import whole_average
from core.errors import Fault
from core.phones import national_digits
from crm.api.kernel.custom_fields import CustomFieldsField, for_reader
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    InvalidInput,
    RequestSerializer,
    Row,
    is_missing,
)
from crm.api.roofing.serializers.resources import InteractionSerializer, ProjectSerializer
from customers.models import Customer
from customers.selectors.customers import TAGS, with_tags
from customers.tables import CUSTOMERS

MOST_IN_BULK = 1000


class TagsField(DomainField):
    """Tags as one text, separated by commas; a list is taken too."""

    columns = ("id",)

    def get_attribute(self, row: Row) -> Any:
        return row["tags"]

    def to_representation(self, value: Any) -> str | None:
        return ",".join(value) or None

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            return [part.strip() for part in data.split(",") if part.strip()]
        return data


def average(row: Row) -> int:
    """Lifetime value a project, in whole units."""
    return whole_average(row["lifetime_value"], row["project_count"])


_INTEGER = {"type": "integer"}


class CustomerSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    first_name = DomainField()
    last_name = DomainField()
    company_name = DomainField()
    is_business = DomainField()
    email = DomainField()
    phone = DomainField()
    phone_extension = DomainField()
    whatsapp_number = DomainField()
    alternative_phones = DomainField(
        schema={"type": ["array", "null"], "items": {"type": "string"}}
    )
    avatar_url = DomainField()
    gender = DomainField()
    date_of_birth = DomainField()
    street_address = DomainField(source="street")
    city = DomainField()
    state = DomainField()
    zip_code = DomainField(source="postal_code")
    country = DomainField()
    latitude = DomainField()
    longitude = DomainField()
    property_value = DomainField()
    property_type = DomainField()
    roof_age = DomainField()
    roof_type = DomainField()
    original_source = DomainField(source="source")
    converted_from_lead_id = DomainField()
    external_id = DomainField()
    campaign = DomainField()
    referred_by = DomainField()
    is_referral_partner = DomainField()
    status = DomainField(
        schema={"type": ["string", "null"], "enum": ["active", "inactive", "vip", "churned", None]}
    )
    segment = DomainField(
        schema={
            "type": ["string", "null"],
            "enum": ["premium", "standard", "repeat", "referral_source", None],
        }
    )
    assigned_to = DomainField()
    tags = TagsField(
        schema={
            "type": ["string", "array", "null"],
            "items": {"type": "string"},
            "description": "Separated by commas",
        }
    )
    notes = DomainField()
    custom_fields = CustomFieldsField()
    is_blocked = DomainField()
    block_reason = DomainField()
    nps_score = DomainField()
    satisfaction_rating = DomainField()
    preferred_contact_method = DomainField()
    best_call_time = DomainField()
    email_opt_in = DomainField(source="notify_email")
    sms_opt_in = DomainField(source="notify_sms")
    marketing_opt_in = DomainField(source="marketing_consent")
    language = DomainField()
    customer_since = DomainField()
    lifetime_value = DomainField(read_only=True)
    total_value = DomainField(source="lifetime_value", read_only=True)
    project_count = DomainField(read_only=True)
    avg_project_value = ComputedField(average, "lifetime_value", "project_count", schema=_INTEGER)
    last_interaction = DomainField(source="last_interaction_at", read_only=True)
    interaction_count = DomainField(read_only=True)
    referral_count = DomainField(read_only=True)
    referral_value = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    computed = {"tags": TAGS}

    class Meta:
        model = Customer

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        request = self.context["request"]
        region = request.auth.organization.default_region
        return with_tags([in_region(row, region) for row in for_reader(rows, request)])

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Creating takes both names and a way to reach the customer."""
        if not self.partial:
            refuse_incomplete(attrs)
        return attrs


def in_region(row: Row, region: str) -> dict[str, Any]:
    """The row with phones of `region` as national digits."""
    phones = {name: national_digits(row[name], region) for name in ("phone", "whatsapp_number")}
    others = [national_digits(number, region) for number in row["alternative_phones"]]
    return {**row, **phones, "alternative_phones": others}


def refuse_incomplete(values: dict[str, Any]) -> None:
    """Raises InvalidInput naming what is missing or blank."""

    needed = [name for name in ("first_name", "last_name") if is_missing(values.get(name))]
    if is_missing(values.get("email")) and is_missing(values.get("phone")):
        needed.append("email")
    messages = {"email": "An e-mail or a phone number is required."}
    if needed:
        raise InvalidInput(
            {
                name: [Fault("required", messages.get(name, "This field is required."))]
                for name in needed
            }
        )


CUSTOMER_COLUMNS = {
    key: CUSTOMERS.names[key]
    for key in (*CustomerSerializer._declared_fields, "sensitive_custom_fields")
}
"""The documented keys → the columns that an export takes them from; and what `custom_fields` mask,
for whoever may see it and asks."""


INSIGHTS: Mapping[Insight, str] = {
    Insight.REFERRAL_CANDIDATE: "Candidate for referral program",
    Insight.UPSELL: "High engagement - potential upsell opportunity",
    Insight.PARTNER_WITHOUT_REFERRALS: "Referral partner without referrals yet",
    Insight.BIRTHDAY: "Birthday within two weeks",
    Insight.CHECK_IN: "Schedule quarterly check-in",
    Insight.ROOF_INSPECTION: "Good time for roof inspection outreach",
    Insight.WIN_BACK: "At risk of leaving - reach out personally",
    Insight.DETRACTOR: "Detractor - ask what went wrong",
    Insight.CONTACT_DATA: "Complete the contact data",
    Insight.CONSENT: "Ask for consent to be contacted",
}
"""The documented sentences."""


class InsightField(serializers.CharField):
    def to_representation(self, value: Insight) -> str:
        return INSIGHTS[value]


class InsightsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    health_score = serializers.IntegerField(min_value=0, max_value=100)
    nps_category = serializers.CharField(allow_null=True)
    is_at_risk = serializers.BooleanField()
    opportunities = serializers.ListField(child=InsightField())
    recommendations = serializers.ListField(child=InsightField())


class CustomerDetailSerializer(serializers.Serializer):  # type: ignore[type-arg]
    data = CustomerSerializer(required=True)  # type: ignore[assignment]
    insights = InsightsSerializer()
    interaction_history = InteractionSerializer(many=True, required=False)
    projects = ProjectSerializer(many=True, required=False)


class CustomerProjectsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    data = ProjectSerializer(many=True)  # type: ignore[assignment]
    count = serializers.IntegerField()
    total_value = serializers.FloatField()


class CustomerInteractionsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    data = InteractionSerializer(many=True)  # type: ignore[assignment]
    count = serializers.IntegerField()


class LifetimeValueSerializer(DomainSerializer):
    customer_id = DomainField(source="id", schema={"type": "string", "format": "uuid"})
    lifetime_value = DomainField(schema={"type": "number", "format": "double"})
    projects_count = DomainField(source="project_count", schema=_INTEGER)
    average_project_value = ComputedField(
        average, "lifetime_value", "project_count", schema=_INTEGER
    )

    class Meta:
        model = Customer


class AmountField(serializers.FloatField):
    def to_representation(self, value: Any) -> Any:
        """As it is: an amount is written exactly."""
        return value


class CountsField(serializers.DictField):
    """How many, by name."""

    child = serializers.IntegerField()


class NpsField(CountsField):
    def get_attribute(self, instance: Any) -> dict[str, int]:
        names = ("promoters", "passives", "detractors")
        return {name: getattr(instance, name) for name in names} | {"nps_score": instance.nps}


class CustomerStatisticsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    total_customers = serializers.IntegerField(source="total")
    total_revenue = AmountField(source="revenue")
    avg_lifetime_value = serializers.IntegerField(source="average_value")
    by_status = CountsField()
    by_segment = CountsField()
    by_location = CountsField(source="by_city")
    by_source = CountsField()
    nps_breakdown = NpsField()


class CustomerIdsField(serializers.ListField):
    """Our ids or other systems', as the client writes them."""

    child = serializers.CharField()

    def run_validation(self, data: Any = empty) -> list[str]:
        if not isinstance(data, list) or not 0 < len(data) <= MOST_IN_BULK:
            raise serializers.ValidationError(
                f"Must be a list of 1 to {MOST_IN_BULK} customer IDs.", code="invalid_list"
            )
        if not all(isinstance(item, str) for item in data):
            raise serializers.ValidationError("Customer IDs are strings.", code="invalid_id")
        return data


class CustomerUpdatesSerializer(DomainSerializer):
    """What bulk update may set."""

    refuses_read_only = True

    status = DomainField()
    segment = DomainField()
    campaign = DomainField()
    tags = TagsField(schema={"type": ["string", "array", "null"], "items": {"type": "string"}})
    assigned_to = DomainField()
    notes = DomainField()
    original_source = DomainField(source="source")
    is_referral_partner = DomainField()
    nps_score = DomainField()

    class Meta:
        model = Customer

    def run_validation(self, data: Any = empty) -> dict[str, Any]:
        if not isinstance(data, dict) or not data:
            fault = Fault("invalid_object", "Must be an object with at least one field.")
            raise InvalidInput({"": [fault]})
        return super().run_validation(data)


class BulkUpdateSerializer(RequestSerializer):
    customer_ids = CustomerIdsField()
    updates = CustomerUpdatesSerializer(required=True)

    def key_of(self, name: str) -> str:
        return f"updates.{CustomerUpdatesSerializer().key_of(name)}"


class BulkUpdateAnswerSerializer(serializers.Serializer):  # type: ignore[type-arg]
    message = serializers.CharField()
    updated = serializers.IntegerField()
    requested = serializers.IntegerField()
    failed = serializers.ListField(child=serializers.CharField())

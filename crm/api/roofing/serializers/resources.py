"""The plain nouns: what belongs to customers, and what an organization has."""

from collections.abc import Mapping, Sequence
from typing import Any

from appointments.models import Service
from core.tenancy.models import Outlet
from crm.api.kernel.serializers import ComputedField, DomainField, DomainSerializer, Row
from customers.models import LoyaltyEntry, Project, Tag, Transaction
from customers.selectors.work import tag_counts
from interactions.models import Conversation, Interaction, Message


class ProjectSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer")
    name = DomainField()
    project_type = DomainField()
    total_amount = DomainField()
    status = DomainField()
    start_date = DomainField()
    completion_date = DomainField(source="completed_at")
    completed_at = DomainField()
    notes = DomainField()
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = Project

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """
        `completion_date` and `completed_at` are one moment; where both are sent, the first decides.
        """
        if isinstance(data, Mapping) and "completion_date" in data:
            data = {key: value for key, value in data.items() if key != "completed_at"}
        return super().to_internal_value(data)


class TransactionSerializer(DomainSerializer):
    transaction_id = DomainField(source="id", read_only=True)
    customer_id = DomainField(source="customer")
    description = DomainField()
    gross_amount = DomainField()
    currency_code = DomainField()
    status = DomainField()
    created_at = DomainField()
    updated_at = DomainField(read_only=True)

    class Meta:
        model = Transaction


class InteractionSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer")
    type = DomainField()
    date = DomainField(source="occurred_at")
    notes = DomainField()
    outcome = DomainField()
    created_by = DomainField(read_only=True)
    created_by_email = DomainField(
        source="created_by__email", read_only=True, schema={"type": ["string", "null"]}
    )
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = Interaction


class ConversationSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer")
    channel = DomainField()
    subject = DomainField()
    status = DomainField()
    is_ticket = DomainField()
    opened_at = DomainField()
    resolved_at = DomainField(read_only=True)
    message_count = DomainField(read_only=True)
    last_message_at = DomainField(read_only=True)

    class Meta:
        model = Conversation


class ConversationMessageSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    conversation_id = DomainField(source="conversation", read_only=True)
    direction = DomainField()
    body = DomainField()
    sent_at = DomainField()
    sent_by = DomainField(read_only=True)

    class Meta:
        model = Message


class LoyaltySerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer", read_only=True)
    points = DomainField()
    reason = DomainField()
    appointment_id = DomainField(source="source_id", read_only=True)
    date = DomainField(source="at", read_only=True)

    class Meta:
        model = LoyaltyEntry


class ServiceSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    name = DomainField()
    category = DomainField()
    description = DomainField()
    duration_minutes = DomainField()
    price = DomainField()
    is_active = DomainField()
    created_at = DomainField(read_only=True)

    class Meta:
        model = Service


class OutletSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    name = DomainField()
    time_zone = DomainField()
    phone = DomainField()
    street_address = DomainField(source="street")
    city = DomainField()
    state = DomainField()
    zip_code = DomainField(source="postal_code")
    country = DomainField()
    is_active = DomainField()
    created_at = DomainField(read_only=True)

    class Meta:
        model = Outlet


class TagSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    name = DomainField()
    customer_count = ComputedField(lambda row: row["count"], "id", schema={"type": "integer"})

    class Meta:
        model = Tag

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        counts = tag_counts(actor=self.context["request"].auth)
        return [{**row, "count": counts.get(row["id"], 0)} for row in rows]

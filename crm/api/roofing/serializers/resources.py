"""The plain nouns: what belongs to customers, and what an organization has."""

from collections.abc import Mapping, Sequence
from typing import Any

from appointments.choices import RepeatUnit
from appointments.models import ScheduleException, Service
from appointments.series import MOST
from core.hours import WEEKLY_HOURS
from core.tenancy.models import Outlet
from crm.api.kernel.appointments import AppointmentSerializer
from crm.api.kernel.serializers import ComputedField, DomainField, DomainSerializer, Row
from customers.models import LoyaltyEntry, Project, Tag, Transaction
from customers.selectors.work import tag_counts
from interactions.choices import REPORTED, Channel, DeliveryStatus, Direction, Refusal
from interactions.models import (
    Conversation,
    ConversationNote,
    FollowUp,
    Gateway,
    Interaction,
    Message,
    ReplyTemplate,
    ScheduledMessage,
)
from interactions.selectors import channels_of

_MOMENT = {"type": ["string", "null"], "format": "date-time"}


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
    project_id = DomainField(source="project", help_text="One of the customer's projects.")
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


class FollowUpSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer")
    reason = DomainField()
    notes = DomainField()
    due_date = DomainField()
    due_time = DomainField()
    owner_id = DomainField(source="owner")
    owner_email = DomainField(
        source="owner__email", read_only=True, schema={"type": ["string", "null"]}
    )
    done_at = DomainField(read_only=True)
    done_by = DomainField(read_only=True)
    created_by = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = FollowUp


class ConversationSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer")
    channel = DomainField()
    subject = DomainField()
    status = DomainField()
    is_ticket = DomainField()
    opened_at = DomainField()
    resolved_at = DomainField(read_only=True)
    assigned_to = DomainField()
    snoozed_until = DomainField(
        help_text="Until then, or until the customer writes, it waits for nobody."
    )
    message_count = DomainField(read_only=True)
    last_message_at = DomainField(read_only=True)

    class Meta:
        model = Conversation


def delivery_status(row: Row) -> str | None:
    """Of what was sent; null for what was received."""
    return row["delivery_status"] if row["direction"] == Direction.OUTBOUND else None


class ConversationMessageSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    conversation_id = DomainField(source="conversation", read_only=True)
    customer_id = DomainField(source="customer", read_only=True)
    channel = ComputedField(
        lambda row: row["channel"],
        "conversation_id",
        schema={"type": "string", "enum": Channel.values},
    )
    direction = DomainField()
    address = DomainField(
        read_only=True, help_text="Where it goes to or came from, where that is known."
    )
    body = DomainField()
    sent_at = DomainField()
    sent_by = DomainField(read_only=True)
    delivery_status = ComputedField(
        delivery_status,
        "delivery_status",
        "direction",
        schema={"type": ["string", "null"], "enum": [*DeliveryStatus.values, None]},
        help_text="`noted`: the channel has no gateway. Null of what was received.",
    )
    failure_reason = DomainField(read_only=True)
    status_at = DomainField(read_only=True, schema=_MOMENT)
    provider_id = DomainField(read_only=True)

    class Meta:
        model = Message

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        channels = channels_of({row["conversation_id"] for row in rows})
        return [{**row, "channel": channels[row["conversation_id"]]} for row in rows]


class DeliveryReportSerializer(DomainSerializer):
    """What a gateway says of a message."""

    status = DomainField(
        source="delivery_status",
        required=True,
        schema={"type": "string", "enum": [status.value for status in REPORTED]},
    )
    reason = DomainField(source="failure_reason", help_text="Why it failed.")
    provider_id = DomainField()
    at = DomainField(source="status_at", schema=_MOMENT)

    class Meta:
        model = Message


class JoinSerializer(DomainSerializer):
    """The conversation that is joined into the one of the address."""

    conversation_id = DomainField(
        source="other", required=True, schema={"type": "string", "format": "uuid"}
    )


class ScheduledMessageSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    conversation_id = DomainField(source="conversation", read_only=True)
    customer_id = DomainField(source="customer", read_only=True)
    body = DomainField()
    send_at = DomainField()
    status = DomainField(read_only=True)
    refusal = DomainField(
        read_only=True,
        schema={"type": ["string", "null"], "enum": [*Refusal.values, None]},
        help_text="Why it was not sent when its moment came.",
    )
    written_by = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = ScheduledMessage


class ConversationNoteSerializer(DomainSerializer):
    """Never sent, and never shown to the customer."""

    id = DomainField(read_only=True)
    conversation_id = DomainField(source="conversation", read_only=True)
    customer_id = DomainField(source="customer", read_only=True)
    body = DomainField()
    written_by = DomainField(read_only=True)
    created_at = DomainField(read_only=True)

    class Meta:
        model = ConversationNote


class InboundMessageSerializer(DomainSerializer):
    """A message that a gateway received. Its address is `from`, a name that Python keeps."""

    channel = DomainField(required=True, schema={"type": "string", "enum": Channel.values})
    sender = DomainField(
        source="address",
        required=True,
        schema={"type": "string", "maxLength": 254},
        help_text="A number with its country code, an e-mail, or a WhatsApp user id.",
    )
    provider_id = DomainField(help_text="A message comes once for each.")
    body = DomainField(required=True)
    sent_at = DomainField()

    class Meta:
        model = Message

    def get_fields(self) -> dict[str, Any]:
        return {
            "from" if key == "sender" else key: field for key, field in super().get_fields().items()
        }


class GatewaySerializer(DomainSerializer):
    id = DomainField(read_only=True)
    channel = DomainField()
    webhook_id = DomainField(source="endpoint")
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = Gateway


class LoyaltySerializer(DomainSerializer):
    id = DomainField(read_only=True)
    customer_id = DomainField(source="customer", read_only=True)
    points = DomainField()
    reason = DomainField()
    appointment_id = DomainField(source="source_id", read_only=True)
    date = DomainField(source="at", read_only=True)

    class Meta:
        model = LoyaltyEntry


class NativeAppointmentSerializer(AppointmentSerializer):
    """With what the salon chain's documentation doesn't have."""

    arrived_at = DomainField(schema=_MOMENT, help_text="When the customer came.")
    series_id = DomainField(
        read_only=True,
        schema={"type": ["string", "null"], "format": "uuid"},
        help_text="The same for all appointments that were booked as one series.",
    )


class BookingSerializer(NativeAppointmentSerializer):
    """With `repeat_unit` it repeats: the answer shows the first of the series."""

    repeat_unit = DomainField(write_only=True, schema={"type": "string", "enum": RepeatUnit.values})
    repeat_every = DomainField(
        write_only=True,
        schema={"type": "integer", "minimum": 1, "maximum": 99},
        help_text="Every so many units; 1 unless given.",
    )
    repeat_times = DomainField(
        write_only=True, schema={"type": "integer", "minimum": 1, "maximum": MOST}
    )
    repeat_until = DomainField(
        write_only=True,
        schema={"type": "string", "format": "date"},
        help_text="Not after this day of the outlet's calendar.",
    )
    repeat_skip_busy = DomainField(
        write_only=True,
        schema={"type": "boolean"},
        help_text="Leaves out when the staff member is taken, instead of refusing all.",
    )


class ServiceSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    name = DomainField()
    category = DomainField()
    description = DomainField()
    duration_minutes = DomainField()
    buffer_before_minutes = DomainField()
    buffer_after_minutes = DomainField()
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
    opening_hours = DomainField(schema=WEEKLY_HOURS, help_text="Null: the usual hours, 8 to 18.")
    is_active = DomainField()
    created_at = DomainField(read_only=True)

    class Meta:
        model = Outlet


class ScheduleExceptionSerializer(DomainSerializer):
    """Of an outlet, one of the staff, or (of neither) the whole organization."""

    id = DomainField(read_only=True)
    outlet_id = DomainField(source="outlet")
    staff_id = DomainField(source="staff")
    kind = DomainField(help_text="`hours` stand in place of the week's; all others close.")
    name = DomainField()
    first_day = DomainField()
    last_day = DomainField(help_text="The first day unless given.")
    start_time = DomainField(help_text="On each of the days. Null: the whole day.")
    end_time = DomainField()
    created_at = DomainField(read_only=True)

    class Meta:
        model = ScheduleException


class TagSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    name = DomainField()
    customer_count = ComputedField(lambda row: row["count"], "id", schema={"type": "integer"})

    class Meta:
        model = Tag

    def prepare(self, rows: Sequence[Row]) -> Sequence[Row]:
        counts = tag_counts(actor=self.context["request"].auth)
        return [{**row, "count": counts.get(row["id"], 0)} for row in rows]


class ReplyTemplateSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    name = DomainField()
    text = DomainField()
    is_active = DomainField()
    version = DomainField(read_only=True)
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = ReplyTemplate

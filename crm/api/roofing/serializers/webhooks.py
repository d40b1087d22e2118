"""Webhooks and what they were told."""

from typing import Any

from rest_framework import serializers

from core.webhooks.choices import EventType
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core.webhooks.payloads import message_id
from crm.api.kernel.serializers import (
    ComputedField,
    DomainField,
    DomainSerializer,
    RequestSerializer,
)

_EVENT_TYPES = {"type": "array", "items": {"type": "string", "enum": EventType.values}}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}


class WebhookSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    url = DomainField()
    description = DomainField()
    event_types = DomainField(schema=_EVENT_TYPES, help_text="None of them means all.")
    payload = DomainField()
    signing = DomainField()
    state = DomainField(help_text="People set `active` and `switched_off`.")
    public_key = DomainField(read_only=True)
    previous_secret_until = DomainField(read_only=True, schema=_MOMENT)
    failing_since = DomainField(read_only=True, schema=_MOMENT)
    created_at = DomainField(read_only=True)
    updated_at = DomainField(read_only=True)

    class Meta:
        model = WebhookEndpoint


class WebhookSecretSerializer(WebhookSerializer):
    """What creating and changing the secret answer: the one time that it is shown."""

    secret = ComputedField(
        lambda row: None if row["public_key"] else row["secret"],
        "secret",
        "public_key",
        schema={"type": ["string", "null"]},
        help_text="Null for a key pair: the receiver needs `public_key` alone.",
    )


class DeliverySerializer(DomainSerializer):
    id = DomainField(read_only=True)
    message_id = ComputedField(
        lambda row: message_id(row["event_id"]), "event_id", schema={"type": "string"}
    )
    type = DomainField(read_only=True)
    customer_id = DomainField(read_only=True)
    state = DomainField(read_only=True)
    attempts = DomainField(read_only=True)
    next_attempt_at = DomainField(read_only=True, schema=_MOMENT)
    created_at = DomainField(read_only=True)
    finished_at = DomainField(read_only=True, schema=_MOMENT)
    body = DomainField(read_only=True)

    class Meta:
        model = WebhookDelivery


class AttemptSerializer(DomainSerializer):
    id = DomainField(read_only=True)
    at = DomainField(read_only=True)
    status = DomainField(read_only=True, schema={"type": ["integer", "null"]})
    answer = DomainField(read_only=True)
    error = DomainField(read_only=True)
    milliseconds = DomainField(read_only=True)

    class Meta:
        model = WebhookAttempt


class ReplaySerializer(RequestSerializer):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    failed_only = serializers.BooleanField(required=False, default=True)


class ReplayedSerializer(serializers.Serializer[Any]):
    deliveries = serializers.IntegerField(min_value=0)

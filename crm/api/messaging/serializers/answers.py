"""`{"success": true, …}`: what surrounds objects, and what isn't one of them."""

from functools import cache
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.fields import empty

from crm.api.kernel.serializers import RequestSerializer
from crm.api.messaging.serializers.conversations import MessagingConversationSerializer
from crm.api.messaging.serializers.customers import (
    MessagingConversationCountsSerializer,
    MessagingCustomerCreateSerializer,
    MessagingCustomerSerializer,
)

MOST_IN_IMPORT = 10_000


@cache
def in_success(key: str, serializer_class: type[Any]) -> Any:
    """`{"success": true, key: object}`."""
    name = f"{serializer_class.__name__.removesuffix('Serializer')}Answer"
    parts = {"success": serializers.BooleanField(), key: serializer_class(required=True)}
    return inline_serializer(name, parts)


class MessagingAnswerSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = serializers.BooleanField()


class MessagingDeletionSerializer(MessagingAnswerSerializer):
    message = serializers.CharField()


class MessagingCustomerDetailSerializer(MessagingAnswerSerializer):
    customer = MessagingCustomerSerializer(required=True)
    statistics = MessagingConversationCountsSerializer(required=True)
    recentConversations = MessagingConversationSerializer(many=True)


class MessagingExportSerializer(MessagingAnswerSerializer):
    customers = MessagingCustomerSerializer(many=True)


class MessagingSummarySerializer(serializers.Serializer):  # type: ignore[type-arg]
    totalCustomers = serializers.IntegerField(source="total")
    activeCustomers = serializers.IntegerField(source="unblocked_by_status.active")
    vipCustomers = serializers.IntegerField(source="unblocked_by_status.vip")
    blockedCustomers = serializers.IntegerField(source="blocked")
    newThisMonth = serializers.IntegerField(source="new_this_month")


class MessagingSegmentSerializer(serializers.Serializer):  # type: ignore[type-arg]
    _id = serializers.CharField()
    count = serializers.IntegerField()


class MessagingStatisticsSerializer(MessagingAnswerSerializer):
    summary = MessagingSummarySerializer()
    segments = MessagingSegmentSerializer(many=True)


class CustomerRowsField(serializers.ListField):
    """Customers, each of which is read, and refused, by itself."""

    child = MessagingCustomerCreateSerializer()

    def run_validation(self, data: Any = empty) -> list[Any]:
        if not isinstance(data, list) or not 0 < len(data) <= MOST_IN_IMPORT:
            message = f"Must be a list of 1 to {MOST_IN_IMPORT} customers."
            raise serializers.ValidationError(message, code="invalid_list")
        return data


class MessagingImportSerializer(RequestSerializer):
    customers = CustomerRowsField()


class MessagingImportResultsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    imported = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    failed = serializers.IntegerField()


class MessagingRowSerializer(serializers.Serializer):  # type: ignore[type-arg]
    index = serializers.IntegerField()
    phoneNumber = serializers.CharField(allow_null=True)


class MessagingImportedRowSerializer(MessagingRowSerializer):
    _id = serializers.CharField(allow_null=True)


class MessagingDuplicateRowSerializer(MessagingImportedRowSerializer):
    reason = serializers.CharField()


class MessagingFailedRowSerializer(MessagingRowSerializer):
    reason = serializers.CharField()
    details = serializers.DictField()


class MessagingImportDetailsSerializer(serializers.Serializer):  # type: ignore[type-arg]
    success = MessagingImportedRowSerializer(many=True)
    duplicates = MessagingDuplicateRowSerializer(many=True)
    failed = MessagingFailedRowSerializer(many=True)


class MessagingImportAnswerSerializer(MessagingAnswerSerializer):
    results = MessagingImportResultsSerializer()
    details = MessagingImportDetailsSerializer()

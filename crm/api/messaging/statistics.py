"""The desk's figures over all customers."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from analytics.engagement import engagement_statistics
from core.tenancy.policy import Permission
from crm.api.messaging import examples
from crm.api.messaging.base import MessagingView, answer, success
from crm.api.messaging.words import SEGMENTS, shown_segment
from customers.choices import Status

_FIGURES = ("totalCustomers", "activeCustomers", "vipCustomers", "blockedCustomers", "newThisMonth")
_SEGMENT = inline_serializer(
    "MessagingSegmentCount",
    {"_id": serializers.CharField(), "count": serializers.IntegerField()},
    many=True,
)


class CustomerStatistics(MessagingView):
    @extend_schema(
        operation_id="messaging_customer_statistics",
        responses=answer(
            "Statistics",
            summary=inline_serializer(
                "MessagingSummary", {name: serializers.IntegerField() for name in _FIGURES}
            ),
            segments=_SEGMENT,
        ),
        examples=examples.STATISTICS,
    )
    def get(self, request: Any) -> Response:
        self.actor.require(Permission.VIEW_STATISTICS)
        self.nothing_asked()
        figures = engagement_statistics(actor=self.actor)
        segments = dict.fromkeys(SEGMENTS, 0)
        for engagement, count in figures.by_engagement.items():
            segments[shown_segment(engagement)] += count
        return success(
            summary={
                "totalCustomers": figures.total,
                "activeCustomers": figures.unblocked_by_status[Status.ACTIVE],
                "vipCustomers": figures.unblocked_by_status[Status.VIP],
                "blockedCustomers": figures.blocked,
                "newThisMonth": figures.new_this_month,
            },
            segments=[{"_id": segment, "count": count} for segment, count in segments.items()],
        )

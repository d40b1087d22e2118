"""Figures over all customers of the company."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from analytics.company import TopCustomer, company_statistics
from core.clock import now
from core.tenancy.policy import Permission
from crm.api.outlets import examples
from crm.api.outlets.base import OutletsView
from crm.api.outlets.queries import StatisticsQuery

_COUNTS = (
    "total_customers",
    "active_customers",
    "inactive_customers",
    "deleted_customers",
    "verified_emails",
    "customers_with_password",
    "walk_in_customers",
    "new_customers_in_period",
    "total_appointments",
    "total_loyalty_points",
)
_AMOUNTS = (
    "total_revenue",
    "avg_appointments_per_customer",
    "avg_spent_per_customer",
    "retention_rate",
    "churn_rate",
)
_TOP = inline_serializer(
    "OutletsTopCustomer",
    {
        "customer_id": serializers.UUIDField(),
        "full_name": serializers.CharField(),
        "email": serializers.CharField(allow_null=True),
        "total_appointments": serializers.IntegerField(),
        "total_spent": serializers.FloatField(),
    },
    many=True,
)
_SEGMENTS = ("vip", "regular", "new", "at_risk")


class CustomerStatistics(OutletsView):
    @extend_schema(
        operation_id="outlets_customer_statistics",
        parameters=[StatisticsQuery],
        responses=inline_serializer(
            "OutletsSummary",
            {
                "statistics": inline_serializer(
                    "OutletsStatistics",
                    {
                        **{name: serializers.IntegerField() for name in _COUNTS},
                        **{name: serializers.FloatField() for name in _AMOUNTS},
                        "top_customers_by_appointments": _TOP,
                        "top_customers_by_revenue": _TOP,
                        "customer_segments": inline_serializer(
                            "OutletsSegments",
                            {name: serializers.IntegerField() for name in _SEGMENTS},
                        ),
                    },
                ),
                "period": inline_serializer(
                    "OutletsPeriod",
                    {
                        "from": serializers.DateField(allow_null=True),
                        "to": serializers.DateField(allow_null=True),
                    },
                ),
                "generated_at": serializers.DateTimeField(),
            },
        ),
        examples=examples.STATISTICS,
    )
    def get(self, request: Any) -> Response:
        """
        With a period (inclusive days of the company's time zone; one that is open towards the
        present ends today), new customers, appointments, revenue, averages, top lists, retention
        and churn are those of the period. The other figures are of the present.
        """
        self.actor.require(Permission.VIEW_COMPANY_STATISTICS)
        query = self.query(StatisticsQuery)
        first, last = query.get("from_date"), query.get("to_date")
        figures = company_statistics(actor=self.actor, from_date=first, to_date=last)
        return Response(
            {
                "statistics": {
                    **{name: getattr(figures, name) for name in (*_COUNTS, *_AMOUNTS)},
                    "top_customers_by_appointments": [
                        _top(row) for row in figures.top_by_appointments
                    ],
                    "top_customers_by_revenue": [_top(row) for row in figures.top_by_revenue],
                    "customer_segments": figures.segments,
                },
                "period": {"from": first, "to": last},
                "generated_at": now(),
            }
        )


def _top(row: TopCustomer) -> dict[str, Any]:
    return {
        "customer_id": row.customer_id,
        "full_name": row.full_name,
        "email": row.email or None,
        "total_appointments": row.total_appointments,
        "total_spent": row.total_spent,
    }

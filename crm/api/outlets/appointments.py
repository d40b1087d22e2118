"""A customer's appointments, with counts over all of them."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from appointments.filters import AppointmentConditions
from appointments.selectors import appointment_counts, appointments, on_days
from crm.api.kernel.appointments import AppointmentWords, in_zone
from crm.api.kernel.paging import page_of
from crm.api.outlets import examples
from crm.api.outlets.base import OutletsPageNumbers, OutletsView, numbers
from crm.api.outlets.queries import AppointmentsQuery
from customers.selectors.customers import customer

COUNTS = {
    "total_appointments": "total",
    "completed": "completed",
    "cancelled": "cancelled",
    "no_show": "no_show",
    "upcoming": "upcoming",
}


class CustomerAppointments(OutletsView):
    @extend_schema(
        operation_id="outlets_list_customer_appointments",
        parameters=[AppointmentsQuery],
        responses=inline_serializer(
            "OutletsAppointments",
            {
                "appointments": AppointmentWords(many=True),
                "statistics": inline_serializer(
                    "OutletsAppointmentCounts", {key: serializers.IntegerField() for key in COUNTS}
                ),
                "pagination": OutletsPageNumbers(),
            },
        ),
        examples=examples.APPOINTMENTS,
    )
    def get(self, request: Any, customer_id: str) -> Response:
        """
        Newest first. Days are those of each appointment's outlet; the statistics count all of the
        customer's, whatever the filter.
        """
        key = self.id(customer_id)
        query = self.query(AppointmentsQuery)
        row = customer(actor=self.actor, customer_id=key)
        rows = appointments(actor=self.actor, conditions=AppointmentConditions(customer_id=row.pk))
        chosen = on_days(
            rows, actor=self.actor, first=query.get("from_date"), last=query.get("to_date")
        )
        if "status" in query:
            chosen = chosen.filter(status=query["status"])
        page = page_of(
            chosen,
            order=("-start_at", "-id"),
            columns=AppointmentWords.columns(),
            number=query["page"],
            size=query["size"],
        )
        counts = appointment_counts(actor=self.actor, customer_id=row.pk)
        return Response(
            {
                "appointments": AppointmentWords.show_all(in_zone(page.rows, self.actor)),
                "statistics": {key: counts[name] for key, name in COUNTS.items()},
                "pagination": numbers(page),
            }
        )

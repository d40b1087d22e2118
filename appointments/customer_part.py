"""What this app holds of a customer."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.errors import UpcomingAppointments
from appointments.models import Appointment, PreferredService, PreferredStaff
from core.clock import now
from customers.archives import archive_table
from customers.models import Customer
from customers.parts import Blocker, CustomerPart, DoubleBooking, Facts

_COMPLETED = Q(status=AppointmentStatus.COMPLETED)


class AppointmentsPart(CustomerPart):
    deleted = (PreferredService, PreferredStaff)
    stays = (PreferredService, PreferredStaff)
    anonymized = {Appointment: {"notes": ""}}
    archived = (
        archive_table(
            Appointment,
            "appointments",
            _("Appointments"),
            paths={
                "outlet": "outlet__name",
                "service": "service__name",
                "staff": "staff__first_name",
            },
            order=("start_at", "pk"),
        ),
        archive_table(
            PreferredService,
            "preferred_services",
            _("Preferred services"),
            paths={"service": "service__name"},
        ),
        archive_table(
            PreferredStaff,
            "preferred_staff",
            _("Preferred staff"),
            paths={"staff": "staff__first_name"},
        ),
    )
    refusal = UpcomingAppointments

    facts = (
        Facts(
            "appointments",
            Appointment.objects.unscoped,
            {
                "total_appointments": Count("*"),
                "last_visit_at": Max("start_at", filter=_COMPLETED),
                "total_spent": Sum("price", filter=_COMPLETED),
            },
            activity=("last_visit_at",),
        ),
    )

    def visits(self) -> "QuerySet[Appointment]":
        return Appointment.objects.unscoped().filter(_COMPLETED)

    def blocking(self) -> "QuerySet[Appointment]":
        """Appointments that are pending or confirmed in the future."""
        return Appointment.objects.unscoped().filter(
            customer__isnull=False, status__in=UPCOMING, start_at__gt=now()
        )

    def blockers(self, customer_ids: Collection[UUID]) -> Sequence[Blocker]:
        rows = self.blocking().filter(customer__in=customer_ids).order_by("start_at", "pk")
        return [
            Blocker(customer_id, key, "appointment", at, service or "")
            for key, customer_id, at, service in rows.values_list(
                "pk", "customer_id", "start_at", "service__name"
            )
        ]

    def double_bookings(self, first: Customer, second: Customer) -> Sequence[DoubleBooking]:
        rows = self.blocking().filter(customer__in=[first.pk, second.pk])
        named = rows.select_related("service").order_by("start_at", "pk")
        found = []
        mine, theirs = (
            [row for row in named if row.customer_id == one.pk] for one in (first, second)
        )
        for one in mine:
            for other in theirs:
                if one.start_at < other.end_at and other.start_at < one.end_at:
                    labels = [str(row.service or "") for row in (one, other)]
                    at = max(one.start_at, other.start_at)
                    found.append(DoubleBooking(one.pk, other.pk, at, *labels))
        return sorted(found, key=lambda each: each.at)

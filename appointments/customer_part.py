"""What this app holds of a customer."""

from django.db.models import Count, Max, Q, Sum

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.errors import UpcomingAppointments
from appointments.models import Appointment, PreferredService, PreferredStaff
from core.clock import now
from customers.models import Customer
from customers.parts import CustomerPart, Facts

_COMPLETED = Q(status=AppointmentStatus.COMPLETED)


class AppointmentsPart(CustomerPart):
    deleted = (PreferredService, PreferredStaff)
    anonymized = {Appointment: {"notes": ""}}

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

    def refuse_erasure(self, customer: Customer) -> None:
        """Raises UpcomingAppointments while one is pending or confirmed in the future."""
        rows = Appointment.objects.unscoped().filter(
            customer=customer, status__in=UPCOMING, start_at__gt=now()
        )
        if rows.exists():
            raise UpcomingAppointments

"""What this app holds of a customer."""

from django.db.models import Count, Max, Q, Sum

from appointments.choices import AppointmentStatus
from appointments.models import Appointment
from customers.figures import Facts

_COMPLETED = Q(status=AppointmentStatus.COMPLETED)

FACTS = [
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
]

"""Appointments as a table to be taken out."""

from appointments.filters import AppointmentConditions
from appointments.models import Appointment
from appointments.selectors import appointments
from core.exports.tables import Table, columns
from customers.tables import OF_CUSTOMER

_BOOKED = (
    "outlet_id",
    "outlet=outlet__name",
    "service_id",
    "service=service__name",
    "staff_id",
    "staff=staff__email",
)
_SLOT = ("start_at", "end_at", "status", "price", "notes")

APPOINTMENTS = Table(
    "appointments",
    appointments,
    AppointmentConditions,
    columns(Appointment, "id", *OF_CUSTOMER, *_BOOKED, *_SLOT, "created_at", "updated_at"),
    order=("-start_at", "-id"),
)

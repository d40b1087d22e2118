"""Appointments as a table to be taken out."""

from django.utils.translation import gettext_lazy as _

from appointments.filters import AppointmentFilterSet
from appointments.models import Appointment
from appointments.selectors import appointments
from core.exports.tables import ExportTable, columns, named
from customers.tables import OF_CUSTOMER, OF_CUSTOMER_LABELS

_BOOKED = (
    "outlet_id",
    "outlet=outlet__name",
    "service_id",
    "service=service__name",
    "staff_id",
    "staff=staff__email",
)
_SLOT = ("start_at", "end_at", "status", "price", "notes")

_COLUMNS = columns(
    Appointment,
    "id",
    *OF_CUSTOMER,
    *_BOOKED,
    *_SLOT,
    "created_at",
    "updated_at",
    labels=OF_CUSTOMER_LABELS,
)

APPOINTMENTS = ExportTable(
    "appointments",
    _("Appointments"),
    appointments,
    AppointmentFilterSet,
    _COLUMNS,
    order=("-start_at", "-id"),
    names=named(_COLUMNS, price="total_price"),
    preselected=("customer_email", "outlet", "service", "staff", *_SLOT),
)

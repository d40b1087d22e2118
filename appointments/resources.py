"""The columns in which appointments leave as tables, and come back."""

from appointments.models import Appointment
from core.ui.admin.resources import DomainResource
from customers.resources import column

_SLOT = ("outlet", "service", "staff", "start_at", "end_at", "status", "price", "notes")


class AppointmentResource(DomainResource):
    id = column("id")
    customer_id = column("customer_id")
    customer_external_id = column("customer__external_id", "customer_external_id")
    customer_email = column("customer__email", "customer_email")
    outlet = column("outlet__name", "outlet")
    service = column("service__name", "service")
    staff = column("staff__email", "staff")
    start_at = column("start_at")
    end_at = column("end_at")
    status = column("status")
    price = column("price")
    notes = column("notes")

    class Meta:
        model = Appointment
        fields = ("id", "customer_id", "customer_external_id", "customer_email", *_SLOT)
        export_order = fields

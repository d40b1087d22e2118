"""What booking can be refused for, or be in the way of."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict


class StaffBusy(StateConflict):
    """
    The staff member already has an appointment in that time: `appointment_id`, where it is known.
    """

    message = "The staff member already has an appointment at that time"
    label = _("This person already has an appointment at that time.")
    field = "staff"

    def __init__(self, appointment_id: UUID | None = None) -> None:
        self.appointment_id = appointment_id
        super().__init__()


class UpcomingAppointments(StateConflict):
    """The customer has an appointment to come, so can't be erased."""

    message = "Cannot delete customer with upcoming appointments"
    label = _("There is an upcoming appointment. Cancel it first.")

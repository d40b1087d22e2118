"""What booking can be refused for, or be in the way of."""

import datetime as dt
from collections.abc import Sequence
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


class SeriesBusy(StateConflict):
    """The staff member is taken at some times of a series: `starts`."""

    label = _("This person already has appointments at some of these times.")
    field = "staff"

    def __init__(self, starts: Sequence[dt.datetime] = ()) -> None:
        self.starts = list(starts)
        super().__init__()
        times = ", ".join(start.astimezone(dt.UTC).isoformat() for start in self.starts)
        self.message = f"The staff member already has appointments at: {times}"


class NoSeries(StateConflict):
    """The appointment is none of a series."""

    message = "This appointment does not repeat"
    label = _("This appointment doesn't repeat.")


class NoFeed(StateConflict):
    """There is no address of one's calendar."""

    message = "There is no calendar feed"
    label = _("There is no address.")


class UpcomingAppointments(StateConflict):
    """The customer has an appointment to come, so can't be erased."""

    message = "Cannot delete customer with upcoming appointments"
    label = _("There is an upcoming appointment. Cancel it first.")


class TooLateToChange(StateConflict):
    """A customer may not move or cancel the appointment any more; the staff may."""

    message = "It is too late to change this appointment"
    label = _("It is too late to change this appointment here. Please call us.")


class NotToBeChanged(StateConflict):
    """The appointment is over, or was called off."""

    message = "This appointment is over or was cancelled"
    label = _("This appointment is over or was cancelled.")


class TimeNotFree(StateConflict):
    """The time isn't one that customers are offered (any more)."""

    message = "This time is not free"
    label = _("This time isn't free any more. Choose another one.")
    field = "start_at"


class BookingClosed(StateConflict):
    """The organization doesn't let customers book."""

    message = "Customers can't book online"
    label = _("Appointments can't be booked here. Please call us.")


class TooManyAppointments(StateConflict):
    """The customer has as many appointments to come as may be booked online."""

    message = "There are too many upcoming appointments"
    label = _("You have many upcoming appointments already. Please call us for more.")

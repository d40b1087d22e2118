"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORK: Mapping[str, Promise] = {
    "appointment.created": _("Appointment booked"),
    "appointment.updated": _("Appointment changed"),
    "appointment.deleted": _("Appointment deleted"),
    "appointments.imported": _("Appointments imported"),
    "appointments.exported": _("Appointments exported"),
}

SETTINGS: Mapping[str, Promise] = {
    "scheduleexception.created": _("Closure or absence added"),
    "scheduleexception.updated": _("Closure or absence changed"),
    "scheduleexception.deleted": _("Closure or absence deleted"),
    "calendarfeed.created": _("Calendar address made"),
    "calendarfeed.revoked": _("Calendar address ended"),
    "service.created": _("Service added"),
    "service.updated": _("Service changed"),
    "service.deleted": _("Service deleted"),
}

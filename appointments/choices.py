"""What can become of appointments."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.choices import TonedChoices


class AppointmentStatus(TonedChoices):
    PENDING = "pending", "warn", "clock", _("Pending")
    CONFIRMED = "confirmed", "info", "check", _("Confirmed")
    COMPLETED = "completed", "good", "check-circle", _("Done")
    CANCELLED = "cancelled", "", "x", pgettext_lazy("an appointment", "Cancelled")
    NO_SHOW = "no_show", "bad", "x-circle", _("No-show")


UPCOMING = (AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED)
"""
What still stands: blocks a staff member's time, and the customer's erasure while it lies in the
future.
"""


class ExceptionKind(TextChoices):
    """Why the usual hours don't hold. All but `hours` close; `hours` are those of the day."""

    CLOSED = "closed", _("Closed")
    HOLIDAY = "holiday", _("Holiday")
    ABSENCE = "absence", _("Absence")
    HOURS = "hours", _("Other hours")


class RepeatUnit(TextChoices):
    DAY = "day", _("days")
    WEEK = "week", _("weeks")
    MONTH = "month", _("months")


class Doubt(TextChoices):
    """What speaks against an appointment, though nothing forbids it: people are asked."""

    PAST = "past", _("This time is in the past.")
    BLOCKED = "blocked", _("This customer is blocked.")
    CLOSED = "closed", _("This is outside the opening hours.")
    AWAY = "away", _("This person doesn't work then.")
    BUFFER = "buffer", _("This leaves too little time before or after another appointment.")
    TAKEN = "taken", _("Some of these times are taken: they are left out.")

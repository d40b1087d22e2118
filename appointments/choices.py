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


class Doubt(TextChoices):
    """What speaks against an appointment, though nothing forbids it: people are asked."""

    PAST = "past", _("This time is in the past.")
    BLOCKED = "blocked", _("This customer is blocked.")

"""Words of appointments."""

from django.db import models


class AppointmentStatus(models.TextChoices):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


UPCOMING = (AppointmentStatus.PENDING, AppointmentStatus.CONFIRMED)
"""
What still stands: blocks a staff member's time, and the customer's erasure while it lies in the
future.
"""

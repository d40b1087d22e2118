"""Appointments' work in the background."""

from celery import shared_task

from appointments import reminders
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization


@shared_task
def remind_of_appointments() -> int:
    """Tells webhooks everywhere of the appointments that are coming up. Returns how many."""
    reminders.forget_reminders()
    total = 0
    for organization in Organization.objects.filter(is_active=True):
        for environment in Environment.values:
            actor = Actor.system(
                organization=organization, label="reminders", environment=environment
            )
            total += reminders.remind_of_appointments(actor=actor)
    return total

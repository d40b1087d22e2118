"""Sessions that are over."""

from celery import shared_task

from core.clock import now
from core.identity.models import Session


@shared_task
def clean_sessions() -> int:
    """Deletes sessions whose refresh token has expired. Returns how many."""
    return Session.objects.filter(expires_at__lt=now()).delete()[0]

"""Letters, and sessions that are over."""

from typing import Any

from celery import shared_task

from core.clock import now
from core.identity import passwords
from core.identity.models import Session
from core.identity.tokens import Origin


@shared_task
def clean_sessions() -> int:
    """Deletes sessions whose refresh token has expired. Returns how many."""
    return Session.objects.filter(expires_at__lt=now()).delete()[0]


@shared_task
def send_reset_letter(email: str, site: str, language: str, origin: dict[str, Any]) -> bool:
    """Writes a letter by which a password can be chosen, if anybody has this e-mail."""
    return passwords.send_reset_letter(
        email=email, site=site, language=language, origin=Origin(**origin)
    )

"""Letters, and sessions that are over."""

from typing import Any
from uuid import UUID

from celery import shared_task

from core.clock import now
from core.identity import letters, passwords
from core.identity.devices import forget_devices
from core.identity.models import Session
from core.identity.tokens import Origin
from core.letters import RETRIED


@shared_task
def clean_sessions() -> int:
    """
    Deletes sessions whose refresh token has expired, and forgets devices that nobody uses. Returns
    how many sessions.
    """
    forget_devices()
    return Session.objects.filter(expires_at__lt=now()).delete()[0]


@shared_task(bind=True, **RETRIED)
def send_reset_letter(
    self: Any, email: str, site: str, language: str, origin: dict[str, Any]
) -> bool:
    """Writes a letter by which a password can be chosen, if anybody has this e-mail."""
    return passwords.write_reset_letter(
        email=email,
        site=site,
        language=language,
        origin=Origin(**origin),
        again=self.request.retries > 0,
    )


@shared_task(**RETRIED)
def send_invitation(user_id: str, site: str, by: str) -> bool:
    """Writes to somebody who was let in how to choose a password."""
    return passwords.write_invitation(user_id=UUID(user_id), site=site, by=by)


@shared_task
def send_letter(user_id: str, kind: str, said: dict[str, str]) -> bool:
    """Writes to somebody what happened to their account."""
    return letters.write_letter(user_id=UUID(user_id), kind=kind, said=said)

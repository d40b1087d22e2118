"""
Letters of the background. Where the server can't be reached they are tried again by Celery's own
retries; what they say of a failure names no address, for it stands in logs.
"""

from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from django.core.mail import send_mail

TRIED_AGAIN_FOR = 3600
"""Seconds after which a letter that nobody could send isn't sent any more."""


class LetterNotSent(Exception):
    """The server couldn't be reached, or wouldn't take it now."""


RETRIED: dict[str, Any] = {
    "autoretry_for": (LetterNotSent,),
    "retry_backoff": 15,
    "retry_backoff_max": 900,
    "max_retries": 7,
}
"""Options of a task that sends a letter: about half an hour of attempts."""


def send_letter(subject: str, text: str, to: str) -> bool:
    """
    Whether the server took it; False where it knows of no such address. Raises LetterNotSent where
    another attempt is worth it.
    """
    try:
        send_mail(subject, text.strip() + "\n", None, [to])
    except SMTPRecipientsRefused:
        return False
    except (SMTPException, OSError) as error:
        raise LetterNotSent(type(error).__name__) from None
    return True

"""Telling other systems, in the background. Safe to begin again, and to run twice at once."""

from uuid import UUID

from celery import shared_task

from core.letters import RETRIED
from core.webhooks import dispatching, letters, sending, waking


@shared_task
def dispatch_events() -> int:
    """Makes deliveries of the outbox's events, and has each endpoint's sent. Returns how many."""
    waking.DISPATCHER.answer()
    made = dispatching.dispatch_events()
    for endpoint in sending.endpoints_due():
        send_due.delay(str(endpoint))
    return made


@shared_task
def send_due(endpoint_id: str) -> int:
    """Sends what is due to one endpoint. Returns how many attempts were made."""
    return sending.send_due(UUID(endpoint_id))


@shared_task
def prune_webhooks() -> int:
    """Deletes events and deliveries older than can be replayed. Returns how many."""
    return dispatching.prune()


@shared_task(**RETRIED)
def write_to_administrators(endpoint_id: str, what: str) -> int:
    """Tells them that a webhook was switched off, or works again. Returns how many."""
    return letters.write_to_administrators(endpoint_id=UUID(endpoint_id), what=what)

"""Interactions' work in the background."""

from celery import shared_task

from interactions import scheduling


@shared_task
def send_scheduled_messages() -> int:
    """Sends the messages whose moment has come. Returns how many."""
    return scheduling.send_scheduled_messages()

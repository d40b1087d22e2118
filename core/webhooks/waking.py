"""
Events are told as soon as they are committed, not only when the schedule comes round to them.

A call that gets lost costs seconds, for the schedule's stays; so nothing here may hold up a write.
"""

import time
from collections.abc import Collection
from uuid import UUID

from celery import current_app
from django.core.cache import cache
from django.db import transaction

from core.webhooks.choices import EndpointState
from core.webhooks.models import WebhookEndpoint

EVERY = 5.0
"""
Seconds between the schedule's own rounds. So long a process believes that nobody has begun to
listen, and leaves a queue or cache alone that it couldn't reach.
"""

CALLED = "webhooks-called"
"""The cache's key while a call is on its way: until it has arrived, no other is needed."""

Place = tuple[UUID, str]


class _Listening:
    """The organizations and environments in which somebody listens, as this process knows them."""

    def __init__(self) -> None:
        self._places: frozenset[Place] = frozenset()
        self._until = 0.0

    def __contains__(self, place: Place) -> bool:
        if time.monotonic() > self._until:
            active = WebhookEndpoint.objects.unscoped().filter(state=EndpointState.ACTIVE)
            self._places = frozenset(active.values_list("organization_id", "environment"))
            self._until = time.monotonic() + EVERY
        return place in self._places

    def forget(self) -> None:
        self._until = 0.0


_listening = _Listening()
_reachable_from = 0.0


def forget_listeners() -> None:
    """For when somebody begins to listen: this process finds out at the next event."""
    transaction.on_commit(_listening.forget)


def call_dispatcher(places: Collection[Place]) -> None:
    """Has the events of these places dispatched now, where anybody listens to them."""
    global _reachable_from
    if time.monotonic() < _reachable_from or not any(place in _listening for place in places):
        return
    _reachable_from = time.monotonic() + EVERY  # unless it is reached
    if cache.add(CALLED, True, EVERY):
        current_app.send_task("core.webhooks.tasks.dispatch_events", expires=EVERY)
    _reachable_from = 0.0


def answer_call() -> None:
    """For the dispatcher, before it looks: events from here on need another call."""
    cache.delete(CALLED)


def call_sender(endpoint_id: UUID) -> None:
    """Has what is due to an endpoint sent once the transaction commits."""
    transaction.on_commit(
        lambda: current_app.send_task("core.webhooks.tasks.send_due", [str(endpoint_id)]),
        robust=True,
    )

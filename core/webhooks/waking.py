"""Events are told once they are committed, not only when the schedule comes round to them."""

import time
from collections.abc import Collection
from uuid import UUID

from celery import current_app
from django.db import transaction

from core.calling import Call
from core.webhooks.choices import EndpointState
from core.webhooks.models import WebhookEndpoint

EVERY = 5.0
"""
Seconds between the schedule's own rounds. So long a process believes that nobody has begun to
listen.
"""

DISPATCHER = Call("core.webhooks.tasks.dispatch_events", key="webhooks-called", seconds=EVERY)

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


def forget_listeners() -> None:
    """For when somebody begins to listen: this process finds out at the next event."""
    transaction.on_commit(_listening.forget)


def call_dispatcher(places: Collection[Place]) -> None:
    """Has the events of these places dispatched now, where anybody listens to them."""
    if DISPATCHER.is_possible and any(place in _listening for place in places):
        DISPATCHER.send()


def call_sender(endpoint_id: UUID) -> None:
    """Has what is due to an endpoint sent once the transaction commits."""
    transaction.on_commit(
        lambda: current_app.send_task("core.webhooks.tasks.send_due", [str(endpoint_id)]),
        robust=True,
    )

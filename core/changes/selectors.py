"""Reading change sets."""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from core.changes.models import ChangeSet
from core.clock import now
from core.errors import NotFound
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission


def change_sets(*, actor: Actor) -> "QuerySet[ChangeSet]":
    """
    Those that can be taken back still, the newest first: one's own, and everybody's for who may
    see and change customers. Raises Forbidden.
    """
    actor.require(Permission.UNDO)
    rows = ChangeSet.objects.for_actor(actor).filter(at__gte=kept_since())
    if not (actor.may(Permission.VIEW) and actor.may(Permission.UPDATE_CUSTOMERS)):
        rows = rows.filter(actor_id=actor.id)
    return rows.order_by("-id")


def change_set(*, actor: Actor, set_id: UUID) -> ChangeSet:
    """Raises Forbidden and NotFound."""
    row = change_sets(actor=actor).filter(pk=set_id).first()
    if row is None:
        raise NotFound("Change", set_id)
    return row


def kept_since() -> dt.datetime:
    return now() - dt.timedelta(days=settings.CHANGES_KEPT_DAYS)

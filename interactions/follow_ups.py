"""
Follow-ups: what somebody is to do for a customer, by when.

They change neither the customer's version nor figures of activity: that something is planned is no
contact.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.clock import now
from core.identity.models import User
from core.rows import Versions
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.services.owned_rows import (
    add_row,
    change_row,
    clean_change,
    clean_new,
    delete_row,
    locked_row,
)
from interactions.models import FollowUp, Interaction
from interactions.services import log_interaction


@writes(Permission.LOG)
def create_follow_up(*, actor: Actor, values: Mapping[str, Any]) -> FollowUp:
    """
    Something to do for a customer; for the acting user, unless `owner` says otherwise (None:
    everybody's). Raises Forbidden, NotFound and Invalid. Emits `follow_up.created`.
    """
    if "owner" not in values:
        values = {**values, "owner": _acting(User.objects.for_actor(actor), actor)}
    cleaned, customer = clean_new(FollowUp, values, actor=actor, required=["reason", "due_date"])
    row = FollowUp.objects.new(actor, created_by_id=actor.user_id, **cleaned)
    add_row(row, cleaned, actor=actor, customer=customer, events=["follow_up.created"])
    return row


@writes(Permission.LOG)
def log_with_follow_up(
    *, actor: Actor, values: Mapping[str, Any], follow_up: Mapping[str, Any] | None
) -> Interaction:
    """
    One contact with a customer, and in the same transaction what is to follow from it (None:
    nothing). Raises Forbidden, NotFound and Invalid.
    """
    logged = log_interaction(actor=actor, values=values)
    if follow_up is not None:
        create_follow_up(actor=actor, values={**follow_up, "customer": logged.customer_id})
    return logged


@writes(Permission.LOG)
def update_follow_up(
    *, actor: Actor, follow_up_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> FollowUp:
    """
    Moves it to another day or owner, or words it anew; it stays with its customer. Raises
    Forbidden, NotFound, Invalid and Stale. Emits `follow_up.updated`.
    """
    row, customer = locked_row(FollowUp, actor=actor, key=follow_up_id)
    cleaned = clean_change(row, values, actor=actor)
    events = ["follow_up.updated"]
    change_row(row, cleaned, actor=actor, customer=customer, if_version=if_version, events=events)
    return row


@writes(Permission.LOG)
def complete_follow_up(
    *, actor: Actor, follow_up_id: UUID, if_version: Versions = None
) -> FollowUp:
    """
    It is done, by the acting user; done before, it stays as it is. Raises Forbidden, NotFound and
    Stale. Emits `follow_up.completed`.
    """
    row, customer = locked_row(FollowUp, actor=actor, key=follow_up_id)
    done: dict[str, Any] = {}
    if row.done_at is None:
        done = {"done_at": now(), "done_by": _acting(User.objects.unscoped(), actor)}
    events = ["follow_up.completed"]
    change_row(row, done, actor=actor, customer=customer, if_version=if_version, events=events)
    return row


@writes(Permission.LOG)
def reopen_follow_up(*, actor: Actor, follow_up_id: UUID, if_version: Versions = None) -> FollowUp:
    """
    It is to be done after all. Raises Forbidden, NotFound and Stale. Emits `follow_up.updated`.
    """
    row, customer = locked_row(FollowUp, actor=actor, key=follow_up_id)
    undone = {"done_at": None, "done_by": None}
    events = ["follow_up.updated"]
    change_row(row, undone, actor=actor, customer=customer, if_version=if_version, events=events)
    return row


@writes(Permission.LOG)
def delete_follow_up(*, actor: Actor, follow_up_id: UUID, if_version: Versions = None) -> None:
    """Raises Forbidden, NotFound and Stale."""
    row, customer = locked_row(FollowUp, actor=actor, key=follow_up_id)
    delete_row(row, actor=actor, customer=customer, if_version=if_version)


def _acting(people: "QuerySet[User]", actor: Actor) -> User | None:
    """The acting person, if it is one of these."""
    return people.filter(pk=actor.user_id).first() if actor.user_id else None

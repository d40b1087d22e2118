"""Taking changes of contacts, follow-ups, conversations and notes back. Messages have left."""

from collections.abc import Sequence
from typing import Any

from core.changes.restoring import ACTS, CREATED, DELETED, UPDATED, Kept, RowChange
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models import Customer
from customers.restoring import OwnedRowRestorer
from customers.selectors.customers import locked_customer
from customers.services.figures import refresh_figures
from interactions.choices import ScheduledStatus
from interactions.joining import follow_join, recount
from interactions.models import (
    Conversation,
    ConversationNote,
    FollowUp,
    Interaction,
    ScheduledMessage,
)


class ConversationRestorer(OwnedRowRestorer):
    """The messages of one that was joined into another go back with it."""

    def put_back(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        for change in changes:
            super().put_back(actor, [change])
            if "joined_into" in change.before:
                self._follow(actor, change)

    def _follow(self, actor: Actor, change: RowChange) -> None:
        row = Conversation.objects.for_actor(actor).get(pk=change.id)
        follow_join(row)
        touched = {row.pk, change.before["joined_into"], change.after["joined_into"]} - {None}
        recount(Conversation.objects.for_actor(actor).filter(pk__in=touched))
        owner = locked_customer(actor=actor, customer_id=row.customer_id)
        refresh_figures(actor=actor, customers=[owner])


class ScheduledMessageRestorer(OwnedRowRestorer):
    """What has been sent or refused has had its moment."""

    def delete(self, actor: Actor, rows: Sequence[tuple[Any, Customer | None]]) -> None:
        if any(row.status in _PAST for row, _ in rows):
            raise Kept("left", "The message has had its moment.")
        super().delete(actor, rows)

    def put_back(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        if any(change.after.get("status") in _PAST for change in changes):
            raise Kept("left", "The message has had its moment.")
        super().put_back(actor, changes)


_PAST = (ScheduledStatus.SENT, ScheduledStatus.REFUSED)


RESTORERS = [
    OwnedRowRestorer(
        Interaction,
        {
            CREATED: Permission.LOG,
            UPDATED: Permission.UPDATE_CUSTOMERS,
            DELETED: Permission.UPDATE_CUSTOMERS,
        },
    ),
    OwnedRowRestorer(FollowUp, dict.fromkeys(ACTS, Permission.LOG)),
    ConversationRestorer(Conversation, dict.fromkeys((CREATED, UPDATED), Permission.LOG)),
    OwnedRowRestorer(ConversationNote, dict.fromkeys(ACTS, Permission.LOG)),
    ScheduledMessageRestorer(ScheduledMessage, dict.fromkeys((CREATED, UPDATED), Permission.LOG)),
]

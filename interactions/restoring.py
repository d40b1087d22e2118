"""Taking changes of logged contacts, follow-ups and conversations back. Messages have left."""

from core.changes.restoring import ACTS, CREATED, DELETED, UPDATED
from core.tenancy.policy import Permission
from customers.restoring import OwnedRowRestorer
from interactions.models import Conversation, FollowUp, Interaction

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
    OwnedRowRestorer(Conversation, dict.fromkeys((CREATED, UPDATED), Permission.LOG)),
]

"""Taking changes of logged contacts and conversations back. Messages have left."""

from core.changes.restoring import CREATED, DELETED, UPDATED
from core.tenancy.policy import Permission
from customers.restoring import OwnedRowRestorer
from interactions.models import Conversation, Interaction

RESTORERS = [
    OwnedRowRestorer(
        Interaction,
        {
            CREATED: Permission.LOG,
            UPDATED: Permission.UPDATE_CUSTOMERS,
            DELETED: Permission.UPDATE_CUSTOMERS,
        },
    ),
    OwnedRowRestorer(Conversation, dict.fromkeys((CREATED, UPDATED), Permission.LOG)),
]

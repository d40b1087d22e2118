"""Notes of the staff beside a conversation: never sent, and shown to nobody else."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.cleaning import clean
from core.errors import NotFound
from core.rows import Versions
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.services.owned_rows import add_row, delete_row, locked_row
from interactions.models import ConversationNote
from interactions.services import locked_conversation


@writes(Permission.LOG)
def add_note(*, actor: Actor, conversation_id: UUID, values: Mapping[str, Any]) -> ConversationNote:
    """A note beside a conversation. Raises Forbidden, NotFound and Invalid."""
    conversation, customer = locked_conversation(actor=actor, conversation_id=conversation_id)
    cleaned = clean(ConversationNote, values, actor=actor, required=["body"])
    note = ConversationNote.objects.new(
        actor,
        conversation=conversation,
        customer=customer,
        written_by_id=actor.user_id,
        **cleaned,
    )
    add_row(note, cleaned, actor=actor, customer=customer)
    return note


@writes(Permission.LOG)
def delete_note(
    *, actor: Actor, conversation_id: UUID, note_id: UUID, if_version: Versions = None
) -> None:
    """
    One's own note; another's takes the permission to change customers. Raises Forbidden, NotFound
    and Stale.
    """
    note, customer = locked_row(ConversationNote, actor=actor, key=note_id)
    if note.conversation_id != conversation_id:
        raise NotFound("Note", note_id)
    if note.written_by_id is None or note.written_by_id != actor.user_id:
        actor.require(Permission.UPDATE_CUSTOMERS)
    delete_row(note, actor=actor, customer=customer, if_version=if_version)

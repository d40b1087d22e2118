"""Logging contacts, and conversations whose figures follow their messages."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, Value

from core.audit.ledger import record
from core.cleaning import clean
from core.clock import now
from core.errors import Invalid, NotFound
from core.rows import get_row, initial_changes, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer
from customers.selectors.customers import locked_customer
from customers.services.figures import refresh_figures
from interactions.choices import ConversationStatus, Direction
from interactions.functions import WholeSeconds
from interactions.models import Conversation, Interaction, Message


@writes(Permission.LOG)
def log_interaction(*, actor: Actor, values: Mapping[str, Any]) -> Interaction:
    """
    One contact with a customer, by the acting user. Raises Forbidden, NotFound and Invalid. Emits
    `interaction.created`.
    """
    given = {name: raw for name, raw in values.items() if raw is not None}
    cleaned = clean(Interaction, given, actor=actor, required=["customer", "type"])
    customer = locked_customer(actor=actor, customer_id=cleaned["customer"].pk)
    interaction = Interaction.objects.add(actor, created_by_id=actor.user_id, **cleaned)
    record(
        actor,
        "interaction.created",
        subject=interaction,
        customer_id=customer.pk,
        changes=initial_changes(cleaned),
        events=["interaction.created"],
    )
    refresh_figures(actor=actor, customers=[customer])
    return interaction


@writes(Permission.UPDATE_CUSTOMERS)
def update_interaction(
    *, actor: Actor, interaction_id: UUID, values: Mapping[str, Any]
) -> Interaction:
    """
    Corrects a logged contact; it stays with its customer. Raises Forbidden, NotFound and Invalid.
    """
    interaction, customer = _with_customer(Interaction, actor, interaction_id)
    cleaned = clean(Interaction, values, actor=actor)
    _refuse_other_customer(cleaned, customer)
    changes = save_changes(interaction, cleaned)
    if changes:
        record(
            actor,
            "interaction.updated",
            subject=interaction,
            customer_id=customer.pk,
            changes=changes,
        )
        refresh_figures(actor=actor, customers=[customer])
    return interaction


@writes(Permission.UPDATE_CUSTOMERS)
def delete_interaction(*, actor: Actor, interaction_id: UUID) -> None:
    """Raises Forbidden and NotFound."""
    interaction, customer = _with_customer(Interaction, actor, interaction_id)
    record(actor, "interaction.deleted", subject=interaction, customer_id=customer.pk)
    interaction.delete()
    refresh_figures(actor=actor, customers=[customer])


@writes(Permission.LOG)
def open_conversation(*, actor: Actor, values: Mapping[str, Any]) -> Conversation:
    """A new thread with a customer. Raises Forbidden, NotFound and Invalid."""
    cleaned = clean(Conversation, values, actor=actor, required=["customer", "channel"])
    customer = locked_customer(actor=actor, customer_id=cleaned["customer"].pk)
    conversation = Conversation.objects.new(actor, **cleaned)
    if conversation.status == ConversationStatus.RESOLVED:
        conversation.resolved_at = now()
    conversation.save(force_insert=True)
    record(
        actor,
        "conversation.created",
        subject=conversation,
        customer_id=customer.pk,
        changes=initial_changes(cleaned),
    )
    refresh_figures(actor=actor, customers=[customer])
    return conversation


@writes(Permission.LOG)
def update_conversation(
    *, actor: Actor, conversation_id: UUID, values: Mapping[str, Any]
) -> Conversation:
    """Resolves, reopens or relabels a thread. Raises Forbidden, NotFound and Invalid."""
    conversation, customer = _with_customer(Conversation, actor, conversation_id)
    cleaned = clean(Conversation, values, actor=actor)
    _refuse_other_customer(cleaned, customer)
    if "status" in cleaned and cleaned["status"] != conversation.status:
        cleaned["resolved_at"] = now() if cleaned["status"] == ConversationStatus.RESOLVED else None
    changes = save_changes(conversation, cleaned)
    if changes:
        record(
            actor,
            "conversation.updated",
            subject=conversation,
            customer_id=customer.pk,
            changes=changes,
        )
        refresh_figures(actor=actor, customers=[customer])
    return conversation


@writes(Permission.LOG)
def add_message(*, actor: Actor, conversation_id: UUID, values: Mapping[str, Any]) -> Message:
    """
    A message in a thread; an inbound one reopens a resolved thread, an outbound one answers the
    inbound ones before it.

    Raises Forbidden, NotFound and Invalid (also for sending anything to a blocked customer). Emits
    `message.created`.
    """
    conversation, customer = _with_customer(Conversation, actor, conversation_id)
    cleaned = clean(Message, values, actor=actor, required=["direction", "body"])
    outbound = cleaned["direction"] == Direction.OUTBOUND
    if outbound and customer.is_blocked:
        raise Invalid.one("direction", "blocked", "The customer is blocked: nothing can be sent.")
    message = Message.objects.add(
        actor,
        conversation=conversation,
        customer=customer,
        sent_by_id=actor.user_id if outbound else None,
        **cleaned,
    )
    if outbound:
        _answer(message)
    Conversation.objects.for_actor(actor).filter(pk=conversation.pk).update(
        message_count=F("message_count") + 1,
        last_message_at=message.sent_at,
        updated_at=message.sent_at,
        **({} if outbound else {"status": ConversationStatus.OPEN, "resolved_at": None}),
    )
    record(
        actor,
        "message.created",
        subject=message,
        customer_id=customer.pk,
        changes={"direction": (None, message.direction)},
        events=["message.created"],
    )
    refresh_figures(actor=actor, customers=[customer])
    return message


Row = TypeVar("Row", Interaction, Conversation)


def _with_customer(model: type[Row], actor: Actor, key: UUID) -> tuple[Row, Customer]:
    """
    The row and its customer, both locked, the customer first. Raises NotFound for the row; what a
    deleted customer had is gone too.
    """
    row = get_row(model, actor=actor, key=key)
    try:
        customer = locked_customer(actor=actor, customer_id=row.customer_id)
    except NotFound as error:
        raise NotFound(str(model._meta.verbose_name).capitalize(), key) from error
    return get_row(model, actor=actor, key=key, lock=True), customer


def _refuse_other_customer(cleaned: dict[str, Any], customer: Customer) -> None:
    if cleaned.pop("customer", customer).pk != customer.pk:
        raise Invalid.one("customer", "immutable", "The customer can't be changed.")


def _answer(message: Message) -> None:
    """Every unanswered inbound message of the thread has waited until this one."""
    Message.objects.unscoped().filter(
        conversation=message.conversation_id,
        direction=Direction.INBOUND,
        response_seconds=None,
        sent_at__lte=message.sent_at,
    ).update(response_seconds=WholeSeconds(Value(message.sent_at) - F("sent_at")))

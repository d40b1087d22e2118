"""Logging contacts, and conversations whose figures follow their messages."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest

from core.cleaning import clean
from core.clock import is_future, now
from core.errors import Conflict, Invalid, NotFound
from core.phones import looks_like_phone, parse_phone
from core.rows import Versions, is_same, touch
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import email_key
from core.writing import writes
from customers.choices import IdentityKind, IdentitySource
from customers.models import Customer, Identity
from customers.selectors.customers import locked_customer
from customers.selectors.lookup import NUMBERS, customer_with_address
from customers.services.creation import add_customer
from customers.services.management import welcome_back
from customers.services.owned_rows import (
    Changed,
    NewRow,
    Written,
    add_row,
    add_rows,
    change_row,
    change_rows,
    clean_change,
    clean_new,
    create_rows,
    delete_row,
    locked_row,
)
from interactions.choices import Channel, ConversationStatus, DeliveryStatus, Direction
from interactions.functions import WholeSeconds
from interactions.models import Conversation, Interaction, Message
from interactions.selectors import LATEST_FIRST, is_connected, reply_address, silence

SILENCES = {
    "blocked": "The customer is blocked: nothing can be sent.",
    "withdrawn": "The customer has withdrawn from this channel: nothing can be sent.",
}
"""Why a customer gets no message, by its code."""


@writes(Permission.LOG)
def log_interaction(*, actor: Actor, values: Mapping[str, Any]) -> Interaction:
    """
    One contact with a customer, by the acting user. Raises Forbidden, NotFound and Invalid. Emits
    `interaction.created`.
    """
    given = {name: raw for name, raw in values.items() if raw is not None}
    cleaned, customer = clean_new(Interaction, given, actor=actor, required=["type"])
    new = _new_interaction(actor, cleaned, customer)
    add_rows([new], actor=actor)
    interaction: Interaction = new.row
    return interaction


@writes(Permission.LOG)
def log_interactions(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> Written:
    """As `log_interaction`, for each of the rows: what it made, or what is wrong."""
    return create_rows(Interaction, rows, actor=actor, make=_new_interaction, required=["type"])


def _new_interaction(actor: Actor, cleaned: dict[str, Any], customer: Customer) -> NewRow:
    interaction = Interaction.objects.new(actor, created_by_id=actor.user_id, **cleaned)
    return NewRow(interaction, cleaned, customer, ["interaction.created"])


@writes(Permission.UPDATE_CUSTOMERS)
def update_interaction(
    *, actor: Actor, interaction_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Interaction:
    """
    Corrects a logged contact; it stays with its customer. Raises Forbidden, NotFound, Invalid and
    Stale.
    """
    interaction, customer = locked_row(Interaction, actor=actor, key=interaction_id)
    cleaned = clean_change(interaction, values, actor=actor)
    change_row(interaction, cleaned, actor=actor, customer=customer, if_version=if_version)
    return interaction


@writes(Permission.UPDATE_CUSTOMERS)
def update_interactions(
    *, actor: Actor, changes: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> Changed:
    """As `update_interaction`, for each id: whether anything changed, or what is wrong."""
    return change_rows(Interaction, changes, actor=actor)


@writes(Permission.UPDATE_CUSTOMERS)
def delete_interaction(*, actor: Actor, interaction_id: UUID, if_version: Versions = None) -> None:
    """Raises Forbidden, NotFound and Stale."""
    interaction, customer = locked_row(Interaction, actor=actor, key=interaction_id)
    delete_row(interaction, actor=actor, customer=customer, if_version=if_version)


@writes(Permission.LOG)
def open_conversation(*, actor: Actor, values: Mapping[str, Any]) -> Conversation:
    """A new thread with a customer. Raises Forbidden, NotFound and Invalid."""
    cleaned, customer = clean_new(Conversation, values, actor=actor, required=["channel"])
    conversation = Conversation.objects.new(actor, **cleaned)
    if conversation.status == ConversationStatus.RESOLVED:
        conversation.resolved_at = now()
    add_row(conversation, cleaned, actor=actor, customer=customer)
    return conversation


@writes(Permission.LOG)
def update_conversation(
    *, actor: Actor, conversation_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Conversation:
    """
    Resolves, reopens, relabels, assigns or snoozes a thread. Resolving ends a snooze. Raises
    Forbidden, NotFound, Invalid and Stale. Emits `conversation.updated`.
    """
    conversation, customer = locked_conversation(actor=actor, conversation_id=conversation_id)
    cleaned = clean_change(conversation, values, actor=actor)
    if "status" in cleaned and cleaned["status"] != conversation.status:
        cleaned["resolved_at"] = now() if cleaned["status"] == ConversationStatus.RESOLVED else None
        cleaned.setdefault("snoozed_until", None)
    _refuse_wrong_snooze(conversation, cleaned)
    person = cleaned.get("assigned_to")
    if person and person.pk != conversation.assigned_to_id and not person.is_active:
        raise Invalid.one("assigned_to", "inactive", "This person doesn't work here any more.")
    change_row(
        conversation,
        cleaned,
        actor=actor,
        customer=customer,
        if_version=if_version,
        events=["conversation.updated"],
    )
    return conversation


def _refuse_wrong_snooze(conversation: Conversation, cleaned: Mapping[str, Any]) -> None:
    """Raises Invalid."""
    until = cleaned.get("snoozed_until")
    if until is None or is_same(_SNOOZED, conversation.snoozed_until, until):
        return
    if until <= now():
        raise Invalid.one("snoozed_until", "past", "Must be in the future.")
    if cleaned.get("status", conversation.status) == ConversationStatus.RESOLVED:
        raise Invalid.one(
            "snoozed_until", "resolved", "A resolved conversation can't be snoozed: reopen it."
        )


_SNOOZED = Conversation._meta.get_field("snoozed_until")


def locked_conversation(*, actor: Actor, conversation_id: UUID) -> tuple[Conversation, Customer]:
    """
    The conversation and its customer, both locked. Raises NotFound, also for one that was joined
    into another.
    """
    conversation, customer = locked_row(Conversation, actor=actor, key=conversation_id)
    assert customer is not None, "erasure deletes conversations"
    if conversation.joined_into_id is not None:
        raise NotFound("Conversation", conversation_id)
    return conversation, customer


@writes(Permission.LOG)
def write_to_customer(*, actor: Actor, customer_id: UUID, channel: str, body: str) -> Message:
    """
    An outbound message in the customer's latest open thread on the channel, or in a new one.
    Raises Forbidden, NotFound and Invalid, as `add_message` does.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    threads = Conversation.objects.for_actor(actor).filter(
        customer=customer, channel=channel, status=ConversationStatus.OPEN
    )
    thread = threads.order_by(*LATEST_FIRST).first()
    if thread is None:
        opening = {"customer": customer, "channel": channel}
        thread = open_conversation(actor=actor, values=opening)
    said = {"direction": Direction.OUTBOUND, "body": body}
    return add_message(actor=actor, conversation_id=thread.pk, values=said)


@writes(Permission.LOG)
def add_message(*, actor: Actor, conversation_id: UUID, values: Mapping[str, Any]) -> Message:
    """
    A message in a thread; an inbound one reopens a resolved thread, an outbound one answers the
    inbound ones before it. Who may import says when it was sent. Where the channel is connected an
    outbound one waits for its gateway, unless it is said to have been sent before.

    Raises Forbidden, NotFound and Invalid (also for sending anything to a customer who is blocked,
    has withdrawn from the channel, or has no address on a connected one). Emits `message.created`.
    """
    conversation, customer = locked_conversation(actor=actor, conversation_id=conversation_id)
    cleaned = clean(Message, values, actor=actor, required=["direction", "body"])
    if "sent_at" in cleaned:
        actor.require(Permission.IMPORT)
        if is_future(cleaned["sent_at"]):
            raise Invalid.one("sent_at", "future", "Must not be in the future.")
    if cleaned["direction"] == Direction.OUTBOUND:
        cleaned["sent_by_id"] = actor.user_id
    return append_message(actor=actor, conversation=conversation, customer=customer, values=cleaned)


def append_message(
    *, actor: Actor, conversation: Conversation, customer: Customer, values: Mapping[str, Any]
) -> Message:
    """
    Adds a message of clean `values` to a conversation that is locked with its customer. Raises
    Invalid as `add_message` does.
    """
    outbound = values["direction"] == Direction.OUTBOUND
    channel = conversation.channel
    if outbound and (why := silence(customer=customer, channel=channel)):
        raise Invalid.one("direction", why, SILENCES[why])
    message = Message.objects.new(actor, conversation=conversation, customer=customer, **values)
    if outbound and "sent_at" not in values and is_connected(actor=actor, channel=channel):
        _queue(message, conversation, customer)
    _time_answers(message)
    _count(message, conversation)
    add_row(
        message,
        {"direction": message.direction},
        actor=actor,
        customer=customer,
        events=["message.created"],
    )
    if not outbound:
        welcome_back(actor=actor, customer=customer)
    return message


def _queue(message: Message, conversation: Conversation, customer: Customer) -> None:
    """For the channel's gateway to send. Raises Invalid (the customer can't be reached there)."""
    message.address = reply_address(conversation=conversation, customer=customer)
    if not message.address and conversation.channel != Channel.WEB_CHAT:
        raise Invalid.one(
            "direction", "unreachable", "The customer has no address on this channel."
        )
    message.delivery_status, message.status_at = DeliveryStatus.QUEUED, message.sent_at


def _time_answers(message: Message) -> None:
    """
    Every inbound message has waited until the next outbound one of its thread, in whatever order
    they are told.
    """
    thread = Message.objects.unscoped().filter(conversation=message.conversation_id)
    if message.direction == Direction.INBOUND:
        answers = thread.filter(direction=Direction.OUTBOUND, sent_at__gt=message.sent_at)
        first = answers.order_by("sent_at").values_list("sent_at", flat=True).first()
        message.response_seconds = int((first - message.sent_at).total_seconds()) if first else None
        return
    waited = WholeSeconds(Value(message.sent_at) - F("sent_at"))
    questions = thread.filter(direction=Direction.INBOUND, sent_at__lte=message.sent_at)
    questions.filter(Q(response_seconds=None) | Q(response_seconds__gt=waited)).update(
        response_seconds=waited
    )


def _count(message: Message, conversation: Conversation) -> None:
    """
    The locked thread has one message more; one that came in since it was resolved reopens it, and
    ends a snooze.
    """
    conversation.message_count += 1
    latest = conversation.last_message_at
    conversation.last_message_at = max(latest or message.sent_at, message.sent_at)
    touched = ["message_count", "last_message_at"]
    resolved, inbound = conversation.resolved_at, message.direction == Direction.INBOUND
    reopened: list[str] = []
    if inbound and resolved and resolved <= message.sent_at:
        conversation.status, conversation.resolved_at = ConversationStatus.OPEN, None
        reopened += ["status", "resolved_at"]
    if inbound and conversation.snoozed_until is not None:
        conversation.snoozed_until = None
        reopened.append("snoozed_until")
    if reopened:
        touched += [*reopened, *touch(conversation)]
    conversation.save(update_fields=touched)


@writes(Permission.LOG)
def receive_message(
    *,
    actor: Actor,
    channel: Any,
    address: Any,
    body: Any,
    sent_at: Any = None,
    provider_id: Any = "",
) -> Message:
    """
    A message from `address` (a number with its country code, an e-mail or a WhatsApp user id), in
    the sender's latest thread on the channel or a new one. The sender is the living customer whom
    the address tells, else a new one known by it. A message comes once for each `provider_id`: a
    repeat is answered with the one that is there.

    Raises Forbidden and Invalid. Emits `message.created`, and for a new sender `customer.created`.
    """
    given = {"address": address, "body": body, "provider_id": provider_id, "sent_at": sent_at}
    told = {name: raw for name, raw in given.items() if raw is not None}
    values = clean(Message, told, actor=actor, required=["address", "body"])
    clean(Conversation, {"channel": channel}, actor=actor, required=["channel"])
    sender = _sender(actor, channel, values.pop("address"))
    for _ in range(2):
        try:
            with transaction.atomic():
                return _receive(actor, channel, sender, values)
        # another writer was first with the sender, then with the message, or deleted the sender
        except (Conflict, NotFound):
            continue
    return _receive(actor, channel, sender, values)


def _receive(actor: Actor, channel: str, sender: Identity, values: Mapping[str, Any]) -> Message:
    if values.get("provider_id"):
        known = Message.objects.for_actor(actor).filter(provider_id=values["provider_id"])
        if message := known.first():
            return message
    kind = IdentityKind(sender.kind)
    kinds = NUMBERS if kind in NUMBERS else [kind]
    try:
        customer = customer_with_address(actor=actor, kinds=kinds, value=sender.value)
    except NotFound:
        customer = _new_customer(actor, sender)
    threads = Conversation.objects.for_actor(actor).filter(
        customer=customer, channel=channel, joined_into=None
    )
    thread = threads.order_by("-opened_at").first() or open_conversation(
        actor=actor, values={"customer": customer.pk, "channel": channel}
    )
    message = add_message(
        actor=actor,
        conversation_id=thread.pk,
        values={
            **values,
            "direction": Direction.INBOUND.value,
            "address": sender.value,
        },
    )
    Identity.objects.for_actor(actor).filter(
        customer=customer, kind__in=kinds, value=sender.value
    ).update(
        last_seen_at=Greatest("last_seen_at", message.sent_at),
        verified_at=Coalesce("verified_at", message.sent_at),
    )
    return message


def _sender(actor: Actor, channel: str, address: str) -> Identity:
    """The address that a message came from, unsaved. Raises Invalid."""
    if "@" in address:
        kind, value = IdentityKind.EMAIL, email_key(address)
    elif looks_like_phone(address):
        kind = IdentityKind.WHATSAPP if channel == Channel.WHATSAPP else IdentityKind.PHONE
        value = _number(address)
    else:
        kind, value = IdentityKind.WHATSAPP_ID, address
    if kind == IdentityKind.WHATSAPP_ID and channel != Channel.WHATSAPP:
        raise Invalid.one("address", "invalid_address", "Must be a phone number or an e-mail.")
    try:
        clean(Identity, {"value": value}, actor=actor)
    except Invalid as invalid:
        raise Invalid({"address": invalid.faults["value"]}) from invalid
    return Identity.objects.new(actor, kind=kind, value=value, source=IdentitySource.MESSAGE)


def _number(text: str) -> str:
    """E.164 of a number that is written with its country code. Raises Invalid."""
    try:
        return parse_phone(text if text.startswith("+") else f"+{text}", "")
    except ValueError as error:
        raise Invalid.one("address", "invalid_phone", "Must be a phone number.") from error


def _new_customer(actor: Actor, sender: Identity) -> Customer:
    """Known by the address alone. Raises Invalid (of the address) and Conflict."""
    fields = _FIELDS.get(IdentityKind(sender.kind), ())
    values = dict.fromkeys(fields, sender.value)
    try:
        return add_customer(actor=actor, values=values, learned=() if fields else [sender])
    except Invalid as invalid:
        raise Invalid({"address": next(iter(invalid.faults.values()))}) from invalid


_FIELDS = {
    IdentityKind.EMAIL: ("email",),
    IdentityKind.PHONE: ("phone",),
    IdentityKind.WHATSAPP: ("phone", "whatsapp_number"),
}
"""What a new customer is known by, where that is a column of theirs."""

"""A message that is sent later is sent once, or told why it wasn't."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection

from core.changes.services import Undone, undo_change_set
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer, restore_customer
from customers.services.erasure import erase_customer
from customers.services.management import block_customer, change_consents
from interactions import scheduling
from interactions.errors import AlreadySent
from interactions.filters import ConversationConditions
from interactions.models import Conversation, Message, ScheduledMessage
from interactions.scheduling import (
    cancel_scheduled_message,
    schedule_message,
    send_scheduled_message,
    update_scheduled_message,
)
from interactions.selectors import conversations
from interactions.services import open_conversation, update_conversation
from interactions.tasks import send_scheduled_messages
from tests.conftest import on_postgresql

START = dt.datetime(2026, 11, 3, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def thread(clock: Any, actor: Actor) -> Conversation:
    customer = create_customer(actor=actor, values={"first_name": "Ana", "phone": "3135550101"})
    return open_conversation(actor=actor, values={"customer": customer.pk, "channel": "sms"})


def plan(actor: Actor, thread: Conversation, after: dt.timedelta = HOUR) -> ScheduledMessage:
    values = {"body": "See you tomorrow.", "send_at": START + after}
    return schedule_message(actor=actor, conversation_id=thread.pk, values=values)


def keys(row: ScheduledMessage) -> dict[str, UUID]:
    return {"conversation_id": row.conversation_id, "scheduled_id": row.pk}


def test_a_message_is_sent_when_its_moment_comes(
    clock: Any, actor: Actor, thread: Conversation
) -> None:
    row = plan(actor, thread)
    assert send_scheduled_messages() == 0
    assert not Message.objects.unscoped().exists()
    clock.shift(HOUR)
    assert send_scheduled_messages() == 1
    assert send_scheduled_messages() == 0
    message = Message.objects.unscoped().get()
    assert (message.body, message.direction) == ("See you tomorrow.", "outbound")
    assert (message.sent_by_id, message.sent_at) == (actor.id, START + HOUR)
    row.refresh_from_db()
    assert row.status == "sent"


def test_a_moment_lies_ahead_and_within_a_year(actor: Actor, thread: Conversation) -> None:
    for after, code in ((-HOUR, "past"), (dt.timedelta(0), "past"), (367 * 24 * HOUR, "too_far")):
        with pytest.raises(Invalid) as refused:
            plan(actor, thread, after)
        assert refused.value.faults["send_at"][0].code == code
    row = plan(actor, thread)
    with pytest.raises(Invalid):
        update_scheduled_message(actor=actor, **keys(row), values={"send_at": START - HOUR})


@pytest.mark.parametrize("why", ["blocked", "withdrawn"])
def test_who_may_not_be_written_to_gets_nothing_and_it_is_told(
    clock: Any, actor: Actor, thread: Conversation, why: str
) -> None:
    row = plan(actor, thread)
    update_conversation(actor=actor, conversation_id=thread.pk, values={"status": "resolved"})
    if why == "blocked":
        block_customer(actor=actor, customer_id=thread.customer_id, values={"is_blocked": True})
    else:
        for granted in (True, False):
            clock.shift(60)
            change_consents(
                actor=actor,
                customer_id=thread.customer_id,
                values={"notify_sms": granted, "method": "form"},
            )
    with pytest.raises(Invalid) as refused:
        plan(actor, thread)
    assert refused.value.faults["body"][0].code == why
    clock.shift(HOUR)
    assert send_scheduled_messages() == 0
    row.refresh_from_db()
    assert (row.status, row.refusal) == ("refused", why)
    assert not Message.objects.unscoped().exists()
    waiting = ConversationConditions(waiting=True)
    assert [each.pk for each in conversations(actor=actor, conditions=waiting)] == [thread.pk]
    cancel_scheduled_message(actor=actor, **keys(row))
    assert not conversations(actor=actor, conditions=waiting).exists()


def test_a_cancelled_message_is_never_sent(clock: Any, actor: Actor, thread: Conversation) -> None:
    row = plan(actor, thread)
    asking = replace(actor, change_set=new_id())
    cancel_scheduled_message(actor=asking, **keys(row))
    clock.shift(HOUR)
    assert send_scheduled_messages() == 0
    with pytest.raises(AlreadySent):
        update_scheduled_message(actor=actor, **keys(row), values={"body": "y"})
    with pytest.raises(AlreadySent):
        cancel_scheduled_message(actor=actor, **keys(row))
    with pytest.raises(NotFound):
        cancel_scheduled_message(actor=actor, conversation_id=new_id(), scheduled_id=row.pk)
    undo_change_set(actor=actor, set_id=asking.change_set)
    assert send_scheduled_messages() == 1


def test_what_was_sent_isnt_taken_back(clock: Any, actor: Actor, thread: Conversation) -> None:
    asking = replace(actor, change_set=new_id())
    row = plan(asking, thread)
    clock.shift(HOUR)
    sending = replace(actor, change_set=new_id())
    assert send_scheduled_message(actor=sending, scheduled_id=row.pk)
    for key in (sending.change_set, asking.change_set):
        undone = undo_change_set(actor=replace(actor, change_set=new_id()), set_id=key)
        assert isinstance(undone, Undone)
        assert undone.restored == 0
    assert send_scheduled_messages() == 0
    assert Message.objects.unscoped().count() == 1


def test_who_is_deleted_gets_nothing_and_who_comes_back_nothing_old(
    clock: Any, actor: Actor, thread: Conversation
) -> None:
    row, other = plan(actor, thread), plan(actor, thread, 30 * HOUR)
    delete_customer(actor=actor, customer_id=thread.customer_id)
    clock.shift(26 * HOUR)
    assert send_scheduled_messages() == 0
    restore_customer(actor=actor, customer_id=thread.customer_id)
    assert send_scheduled_messages() == 0
    row.refresh_from_db()
    assert (row.status, row.refusal) == ("refused", "late")
    clock.shift(5 * HOUR)
    assert send_scheduled_messages() == 1
    other.refresh_from_db()
    assert other.status == "sent"


def test_an_erased_customer_leaves_nothing_to_send(
    clock: Any, actor: Actor, thread: Conversation
) -> None:
    plan(actor, thread)
    erase_customer(actor=actor, customer_id=thread.customer_id, ground="asked")
    assert not ScheduledMessage.objects.unscoped().exists()
    clock.shift(HOUR)
    assert send_scheduled_messages() == 0


def test_what_is_killed_half_way_is_sent_once(
    clock: Any, actor: Actor, thread: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [plan(actor, thread) for _ in range(3)]
    clock.shift(HOUR)
    append, calls = scheduling.append_message, []

    def killed(**values: Any) -> Message:
        message = append(**values)
        calls.append(message)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return message

    with monkeypatch.context() as patched:
        patched.setattr(scheduling, "append_message", killed)
        with pytest.raises(KeyboardInterrupt):
            send_scheduled_messages()
    assert Message.objects.unscoped().count() == 1
    assert send_scheduled_messages() == 2
    assert Message.objects.unscoped().count() == len(rows)


@on_postgresql
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_four_at_once_send_each_once(clock: Any, actor: Actor, thread: Conversation) -> None:
    others = [
        open_conversation(
            actor=actor,
            values={
                "customer": create_customer(actor=actor, values={"first_name": f"N{number}"}).pk,
                "channel": "sms",
            },
        )
        for number in range(4)
    ]
    for each in [thread, *others]:
        for _ in range(4):
            plan(actor, each)
    clock.shift(HOUR)

    def send(_: int) -> int:
        try:
            return send_scheduled_messages()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send, range(4))) == 20
    assert Message.objects.unscoped().count() == 20
    assert Customer.objects.for_actor(actor).get(pk=thread.customer_id).message_count == 4

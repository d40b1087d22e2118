"""Threads and messages: counts, response times, blocking, and figures in the same transaction."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import transaction

from appointments.preferences import update_preferences
from core.clock import now
from core.errors import Forbidden, Invalid, NotFound
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer, edit_customer
from customers.services.management import block_customer, deactivate_customer
from interactions.models import Conversation, Interaction, Message
from interactions.selectors import recent_conversations
from interactions.services import (
    add_message,
    delete_interaction,
    log_interaction,
    open_conversation,
    update_conversation,
    update_interaction,
)
from tests.cast import Cast

START = dt.datetime(2026, 11, 3, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def customer(actor: Actor) -> Customer:
    return create_customer(actor=actor, values={"first_name": "Ana"})


def thread_with(actor: Actor, customer: Customer, **values: Any) -> Conversation:
    return open_conversation(
        actor=actor, values={"customer": customer.pk, "channel": "sms", **values}
    )


def say(actor: Actor, thread: Conversation, direction: str) -> Message:
    return add_message(
        actor=actor, conversation_id=thread.pk, values={"direction": direction, "body": "x"}
    )


def test_each_inbound_message_waits_until_the_next_outbound_one_of_its_thread(
    actor: Actor, customer: Customer
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        first, second = thread_with(actor, customer), thread_with(actor, customer)
        say(actor, first, "outbound")
        waiting = []
        for wait, thread in ((0, first), (100, first), (20, second)):
            clock.shift(wait)
            waiting.append(say(actor, thread, "inbound").pk)
        clock.shift(30.9)
        say(actor, first, "outbound")
        clock.shift(1000)
        say(actor, first, "outbound")
    seconds = dict(
        Message.objects.for_actor(actor)
        .filter(direction="inbound")
        .values_list("pk", "response_seconds")
    )
    assert [seconds[key] for key in waiting] == [150, 50, None]
    customer.refresh_from_db()
    assert customer.average_response_seconds == 100


def test_figures_follow_messages_in_the_same_transaction(actor: Actor, customer: Customer) -> None:
    thread = thread_with(actor, customer, is_ticket=True)
    with transaction.atomic():
        message = say(actor, thread, "inbound")
        customer.refresh_from_db()
        assert (
            customer.conversation_count,
            customer.open_conversation_count,
            customer.ticket_count,
        ) == (1, 1, 1)
        assert (customer.message_count, customer.last_message_at) == (1, message.sent_at)
        transaction.set_rollback(True)
    customer.refresh_from_db()
    assert (customer.message_count, customer.last_message_at, customer.version) == (0, None, 1)
    thread.refresh_from_db()
    assert (thread.message_count, thread.last_message_at) == (0, None)


def test_a_message_brings_a_sleeping_customer_back(actor: Actor) -> None:
    row = create_customer(
        actor=actor, values={"first_name": "Old", "customer_since": "2020-01-01T00:00:00Z"}
    )
    assert (row.status, row.engagement) == ("churned", "inactive")
    say(actor, thread_with(actor, row), "inbound")
    row.refresh_from_db()
    assert (row.status, row.engagement, row.version) == ("active", "regular", 1)


def test_a_thread_counts_its_messages(actor: Actor, customer: Customer) -> None:
    thread = thread_with(actor, customer)
    last = [say(actor, thread, direction) for direction in ("inbound", "outbound", "inbound")][-1]
    thread.refresh_from_db()
    assert (thread.message_count, thread.last_message_at) == (3, last.sent_at)


def test_resolving_stamps_and_reopening_clears(actor: Actor, customer: Customer) -> None:
    thread = thread_with(actor, customer)
    resolved = update_conversation(
        actor=actor, conversation_id=thread.pk, values={"status": "resolved"}
    )
    stamp = resolved.resolved_at
    assert stamp is not None
    assert (
        update_conversation(
            actor=actor, conversation_id=thread.pk, values={"status": "resolved"}
        ).resolved_at
        == stamp
    )
    customer.refresh_from_db()
    assert (customer.conversation_count, customer.open_conversation_count) == (1, 0)
    assert (
        update_conversation(
            actor=actor, conversation_id=thread.pk, values={"status": "open"}
        ).resolved_at
        is None
    )
    assert thread_with(actor, customer, status="resolved").resolved_at is not None


def test_nothing_is_sent_to_a_blocked_customer(actor: Actor, customer: Customer) -> None:
    thread = thread_with(actor, customer)
    block_customer(actor=actor, customer_id=customer.pk, values={"is_blocked": True})
    with pytest.raises(Invalid) as refused:
        say(actor, thread, "outbound")
    assert list(refused.value.faults) == ["direction"]
    assert Message.objects.for_actor(actor).count() == 0
    say(actor, thread, "inbound")
    assert Message.objects.for_actor(actor).count() == 1


def test_the_latest_active_thread_comes_first(actor: Actor, customer: Customer) -> None:
    with time_machine.travel(START, tick=False) as clock:
        threads = []
        for _ in range(3):
            threads.append(thread_with(actor, customer))
            clock.shift(60)
        say(actor, threads[0], "inbound")
    found = [row.pk for row in recent_conversations(actor=actor, customer_id=customer.pk)]
    assert found == [threads[0].pk, threads[2].pk, threads[1].pk]


def test_what_a_deleted_customer_had_is_out_of_reach(actor: Actor, customer: Customer) -> None:
    thread = thread_with(actor, customer)
    contact = log_interaction(actor=actor, values={"customer": customer.pk, "type": "sms"})
    delete_customer(actor=actor, customer_id=customer.pk)
    with pytest.raises(NotFound, match="Conversation not found"):
        say(actor, thread, "inbound")
    with pytest.raises(NotFound, match="Conversation not found"):
        update_conversation(actor=actor, conversation_id=thread.pk, values={"status": "resolved"})
    with pytest.raises(NotFound, match="Interaction not found"):
        delete_interaction(actor=actor, interaction_id=contact.pk)
    assert Interaction.objects.for_actor(actor).count() == 1


def test_contacts_and_threads_stay_with_their_customer(actor: Actor, customer: Customer) -> None:
    other = create_customer(actor=actor, values={"first_name": "Bea"})
    thread = thread_with(actor, customer)
    contact = log_interaction(actor=actor, values={"customer": customer.pk, "type": "sms"})
    with pytest.raises(Invalid):
        update_conversation(actor=actor, conversation_id=thread.pk, values={"customer": other.pk})
    with pytest.raises(Invalid):
        update_interaction(actor=actor, interaction_id=contact.pk, values={"customer": other.pk})
    assert (
        update_interaction(
            actor=actor, interaction_id=contact.pk, values={"customer": customer.pk, "notes": "n"}
        ).notes
        == "n"
    )


def test_contacts_count_and_take_their_count_back(actor: Actor, customer: Customer) -> None:
    contact = log_interaction(
        actor=actor,
        values={"customer": customer.pk, "type": "sms", "occurred_at": "2026-01-01T00:00:00Z"},
    )
    customer.refresh_from_db()
    assert (customer.interaction_count, customer.last_interaction_at) == (1, contact.occurred_at)
    delete_interaction(actor=actor, interaction_id=contact.pk)
    customer.refresh_from_db()
    assert (
        customer.interaction_count,
        customer.last_interaction_at,
        customer.first_contact_at,
    ) == (0, None, None)


def test_nothing_is_sent_on_a_channel_from_which_the_customer_has_withdrawn(
    actor: Actor, customer: Customer
) -> None:
    sms, mail = thread_with(actor, customer), thread_with(actor, customer, channel="email")
    say(actor, sms, "outbound")  # an untouched default is no withdrawal
    for wanted, refuses in ((True, False), (False, True), (True, False), (False, True)):
        values = {"notify_sms": wanted}
        update_preferences(actor=actor, customer_id=customer.pk, values=values)
        say(actor, sms, "inbound")
        say(actor, mail, "outbound")
        if refuses:
            with pytest.raises(Invalid, match="withdrawn"):
                say(actor, sms, "outbound")
        else:
            say(actor, sms, "outbound")


def test_who_may_import_says_when_a_message_was_sent(
    actor: Actor, cast: Cast, customer: Customer
) -> None:
    thread = thread_with(actor, customer)
    values = {"direction": "inbound", "body": "x", "sent_at": "2024-06-15T10:00:00-04:00"}
    message = add_message(actor=actor, conversation_id=thread.pk, values=values)
    assert message.sent_at == dt.datetime(2024, 6, 15, 14, tzinfo=dt.UTC)
    with pytest.raises(Forbidden):
        add_message(actor=actor_of(cast.bob), conversation_id=thread.pk, values=values)
    ahead = {**values, "sent_at": now() + dt.timedelta(days=2)}
    with pytest.raises(Invalid, match="future"):
        add_message(actor=actor, conversation_id=thread.pk, values=ahead)
    assert Message.objects.for_actor(actor).count() == 1


def test_messages_told_out_of_order_are_timed_as_they_were_sent(
    actor: Actor, customer: Customer
) -> None:
    thread = thread_with(actor, customer)

    def told(direction: str, second: int) -> Message:
        sent = START + dt.timedelta(seconds=second)
        values = {"direction": direction, "body": "x", "sent_at": sent}
        return add_message(actor=actor, conversation_id=thread.pk, values=values)

    told("outbound", 100)
    asked = told("inbound", 10)
    assert asked.response_seconds == 90
    told("outbound", 40)
    asked.refresh_from_db()
    assert asked.response_seconds == 30
    thread.refresh_from_db()
    assert thread.last_message_at == START + dt.timedelta(seconds=100)


def test_an_old_message_doesnt_reopen_what_was_resolved_since(
    actor: Actor, customer: Customer
) -> None:
    thread = thread_with(actor, customer, status="resolved")
    values = {"direction": "inbound", "body": "x", "sent_at": "2024-06-15T10:00:00Z"}
    add_message(actor=actor, conversation_id=thread.pk, values=values)
    thread.refresh_from_db()
    assert (thread.status, thread.last_message_at) == (
        "resolved",
        dt.datetime(2024, 6, 15, 10, tzinfo=dt.UTC),
    )


def test_a_deactivation_ends_when_the_customer_writes(actor: Actor, customer: Customer) -> None:
    thread = thread_with(actor, customer)

    def status() -> tuple[str, bool]:
        customer.refresh_from_db()
        return customer.status, customer.status_pinned

    deactivate_customer(actor=actor, customer_id=customer.pk)
    say(actor, thread, "outbound")
    assert status() == ("inactive", True), "it was the staff who wrote"
    say(actor, thread, "inbound")
    assert status() == ("active", False)


@pytest.mark.parametrize("deactivated_first", [True, False])
def test_a_status_that_a_person_set_outlives_a_message(
    deactivated_first: bool, actor: Actor, customer: Customer
) -> None:
    if deactivated_first:
        deactivate_customer(actor=actor, customer_id=customer.pk)
    edit_customer(actor=actor, customer_id=customer.pk, values={"status": "inactive"})
    say(actor, thread_with(actor, customer), "inbound")
    customer.refresh_from_db()
    assert (customer.status, customer.status_pinned) == ("inactive", True)

"""Who has a conversation, when it comes back, what stands beside it, and what becomes of two."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import time_machine

from core.audit.models import OutboxEvent
from core.changes.services import Undone, undo_change_set
from core.clock import now
from core.errors import Forbidden, Invalid, NotFound
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.erasure import erase_customer
from interactions.filters import ConversationConditions
from interactions.joining import join_conversations
from interactions.models import Conversation, ConversationNote, Message, ScheduledMessage
from interactions.notes import add_note, delete_note
from interactions.scheduling import schedule_message
from interactions.selectors import conversation_counts, conversation_notes, conversations
from interactions.services import (
    add_message,
    open_conversation,
    receive_message,
    update_conversation,
)
from tests.cast import Cast

START = dt.datetime(2026, 11, 3, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def customer(actor: Actor) -> Customer:
    return create_customer(actor=actor, values={"first_name": "Ana", "phone": "3135550101"})


def thread_with(actor: Actor, customer: Customer, **values: Any) -> Conversation:
    return open_conversation(
        actor=actor, values={"customer": customer.pk, "channel": "sms", **values}
    )


def say(actor: Actor, thread: Conversation, direction: str = "inbound", **more: Any) -> Message:
    values = {"direction": direction, "body": "x", **more}
    return add_message(actor=actor, conversation_id=thread.pk, values=values)


def change(actor: Actor, thread: Conversation, **values: Any) -> Conversation:
    return update_conversation(actor=actor, conversation_id=thread.pk, values=values)


def found(actor: Actor, **conditions: Any) -> set[UUID]:
    rows = conversations(actor=actor, conditions=ConversationConditions(**conditions))
    return set(rows.values_list("pk", flat=True))


def undo(actor: Actor, service: Callable[..., Any], **values: Any) -> Undone:
    """Calls the service, and takes its change set back."""
    asking = replace(actor, change_set=new_id())
    service(actor=asking, **values)
    undone = undo_change_set(actor=replace(actor, change_set=new_id()), set_id=asking.change_set)
    assert isinstance(undone, Undone)
    return undone


def test_a_conversation_is_somebodys_nobodys_or_waits(
    actor: Actor, cast: Cast, customer: Customer
) -> None:
    mine, theirs, nobodys = (thread_with(actor, customer) for _ in range(3))
    change(actor, mine, assigned_to=actor.id)
    change(actor, theirs, assigned_to=cast.bob.pk)
    say(actor, theirs)
    counts = conversation_counts(actor=actor)
    assert (counts.mine, counts.unassigned, counts.waiting, counts.all) == (1, 1, 1, 3)
    assert found(actor, assigned_to_id=cast.bob.pk) == {theirs.pk}
    assert found(actor, assigned=False) == {nobodys.pk}
    assert found(actor, assigned=True) == {mine.pk, theirs.pk}
    change(actor, theirs, status="resolved", assigned_to=None)
    counts = conversation_counts(actor=actor)
    assert (counts.mine, counts.unassigned, counts.waiting, counts.all) == (1, 1, 0, 3)


def test_a_conversation_is_given_to_nobody_who_isnt_there(
    actor: Actor, cast: Cast, customer: Customer
) -> None:
    thread = thread_with(actor, customer)
    cast.bob.is_active = False
    cast.bob.save()
    for person in (cast.bob.pk, cast.charlie.pk, new_id()):
        with pytest.raises(Invalid) as refused:
            change(actor, thread, assigned_to=person)
        assert set(refused.value.faults) == {"assigned_to"}
    thread.refresh_from_db()
    assert (thread.assigned_to_id, thread.version) == (None, 1)


def test_a_snoozed_conversation_comes_back_by_itself(actor: Actor, customer: Customer) -> None:
    with time_machine.travel(START, tick=False) as clock:
        thread = thread_with(actor, customer)
        say(actor, thread)
        change(actor, thread, snoozed_until=START + HOUR)
        assert found(actor, waiting=True) == set()
        assert found(actor, snoozed=True) == {thread.pk}
        assert conversation_counts(actor=actor).unassigned == 0
        clock.shift(HOUR)
        assert found(actor, waiting=True) == {thread.pk}
        assert found(actor, snoozed=True) == set()


def test_what_the_customer_writes_ends_a_snooze(actor: Actor, customer: Customer) -> None:
    thread = thread_with(actor, customer)
    change(actor, thread, snoozed_until=now() + HOUR)
    say(actor, thread, "outbound")
    assert found(actor, snoozed=True) == {thread.pk}
    version = Conversation.objects.for_actor(actor).get(pk=thread.pk).version
    receive_message(actor=actor, channel="sms", address="+13135550101", body="Hello?")
    thread.refresh_from_db()
    assert (thread.snoozed_until, thread.version) == (None, version + 1)
    assert found(actor, waiting=True) == {thread.pk}


def test_resolving_ends_a_snooze_and_the_resolved_arent_snoozed(
    actor: Actor, customer: Customer
) -> None:
    thread = thread_with(actor, customer)
    change(actor, thread, snoozed_until=now() + HOUR)
    change(actor, thread, status="resolved")
    thread.refresh_from_db()
    assert thread.snoozed_until is None
    for until in (now() + HOUR, now() - HOUR):
        with pytest.raises(Invalid):
            change(actor, thread, snoozed_until=until)
    with pytest.raises(Invalid):
        change(actor, thread_with(actor, customer), snoozed_until=now() - HOUR)


def test_what_is_changed_of_a_conversation_is_told_and_taken_back(
    actor: Actor, cast: Cast, customer: Customer
) -> None:
    thread = thread_with(actor, customer)
    OutboxEvent.objects.unscoped().delete()
    values = {"assigned_to": cast.bob.pk, "snoozed_until": now() + HOUR}
    undone = undo(actor, update_conversation, conversation_id=thread.pk, values=values)
    assert undone.restored == 1
    thread.refresh_from_db()
    assert (thread.assigned_to_id, thread.snoozed_until) == (None, None)
    told = OutboxEvent.objects.unscoped().filter(type="conversation.updated")
    assert {event.subject_id for event in told} == {thread.pk}


def test_a_note_is_no_message_and_goes_with_the_customer(actor: Actor, customer: Customer) -> None:
    thread = thread_with(actor, customer)
    OutboxEvent.objects.unscoped().delete()
    note = add_note(actor=actor, conversation_id=thread.pk, values={"body": "Be careful."})
    assert not Message.objects.unscoped().exists()
    assert not OutboxEvent.objects.unscoped().exists()
    thread.refresh_from_db()
    assert (thread.message_count, thread.last_message_at) == (0, None)
    assert [row.pk for row in conversation_notes(actor=actor, conversation_id=thread.pk)] == [
        note.pk
    ]
    erase_customer(actor=actor, customer_id=customer.pk, ground="asked")
    assert not ConversationNote.objects.unscoped().exists()


def test_a_note_is_its_writers_or_a_managers_to_delete(
    actor: Actor, cast: Cast, customer: Customer
) -> None:
    thread = thread_with(actor, customer)
    bob, mona = actor_of(cast.bob), actor_of(cast.mona)
    notes = [
        add_note(actor=who, conversation_id=thread.pk, values={"body": "x"}).pk
        for who in (mona, bob, bob)
    ]
    with pytest.raises(Forbidden):
        delete_note(actor=bob, conversation_id=thread.pk, note_id=notes[0])
    with pytest.raises(NotFound):
        delete_note(actor=bob, conversation_id=thread_with(actor, customer).pk, note_id=notes[1])
    delete_note(actor=bob, conversation_id=thread.pk, note_id=notes[1])
    undone = undo(mona, delete_note, conversation_id=thread.pk, note_id=notes[2])
    assert undone.restored == 1
    left = ConversationNote.objects.unscoped().values_list("pk", flat=True)
    assert set(left) == {notes[0], notes[2]}


def everything(actor: Actor) -> dict[str, Any]:
    """Conversation, note and message → where they stand, and the figures that follow."""
    threads = Conversation.objects.for_actor(actor).order_by("pk")
    figures = Customer.objects.for_actor(actor).values_list(
        "conversation_count", "open_conversation_count", "average_response_seconds"
    )
    return {
        "threads": list(
            threads.values_list(
                *("pk", "status", "is_ticket", "assigned_to", "joined_into", "subject"),
                *("message_count", "last_message_at", "opened_at"),
            )
        ),
        **{
            model.__name__: list(
                model.objects.for_actor(actor).order_by("pk").values_list("pk", "conversation")
            )
            for model in (ConversationNote, ScheduledMessage)
        },
        "messages": list(
            Message.objects.for_actor(actor)
            .order_by("pk")
            .values_list("pk", "conversation", "written_in", "response_seconds")
        ),
        "customer": list(figures),
    }


def test_two_conversations_become_one_and_two_again(
    actor: Actor, cast: Cast, customer: Customer
) -> None:
    with time_machine.travel(START, tick=False) as clock:
        first, second, third = (
            thread_with(actor, customer, subject=name) for name in ("", "b", "c")
        )
        say(actor, first, "outbound")
        clock.shift(60)
        say(actor, second)
        clock.shift(60)
        say(actor, third)
        clock.shift(60)
        say(actor, first, "outbound")
        change(actor, first, status="resolved")
        change(actor, second, is_ticket=True, assigned_to=cast.bob.pk)
        add_note(actor=actor, conversation_id=second.pk, values={"body": "x"})
        schedule_message(
            actor=actor,
            conversation_id=second.pk,
            values={"body": "x", "send_at": START + 24 * HOUR},
        )
        clock.shift(60)
        apart = everything(actor)
        pairs = [
            {"conversation_id": second.pk, "other_id": third.pk},
            {"conversation_id": first.pk, "other_id": second.pk},
        ]
        sets = []
        for pair in pairs:
            asking = replace(actor, change_set=new_id())
            join_conversations(actor=asking, **pair)
            sets.append(asking.change_set)
        first.refresh_from_db()
        assert (first.status, first.is_ticket, first.assigned_to_id) == ("open", True, cast.bob.pk)
        assert (first.message_count, first.subject) == (4, "b")
        assert found(actor) == {first.pk}
        together = everything(actor)
        assert {where for _, where, *_ in together["messages"]} == {first.pk}
        assert [seconds for *_, seconds in together["messages"]] == [None, 120, 60, None]
        assert together["customer"] == [(1, 1, 90)]
        assert {where for _, where in together["ConversationNote"]} == {first.pk}
        for thread in (second, third):
            with pytest.raises(NotFound):
                say(actor, thread)
        assert (
            receive_message(
                actor=actor, channel="sms", address="+13135550101", body="y"
            ).conversation_id
            == first.pk
        )
        Message.objects.for_actor(actor).filter(body="y").delete()
        for key in reversed(sets):
            undone = undo_change_set(actor=replace(actor, change_set=new_id()), set_id=key)
            assert isinstance(undone, Undone)
            assert not undone.kept
        assert everything(actor) == apart


def test_only_conversations_of_one_customer_and_channel_are_joined(
    actor: Actor, customer: Customer
) -> None:
    thread = thread_with(actor, customer)
    stranger = create_customer(actor=actor, values={"first_name": "Eve"})
    for other, code in (
        (thread.pk, "same"),
        (thread_with(actor, stranger).pk, "another_customer"),
        (thread_with(actor, customer, channel="email").pk, "another_channel"),
        (new_id(), "not_found"),
    ):
        with pytest.raises(Invalid) as refused:
            join_conversations(actor=actor, conversation_id=thread.pk, other_id=other)
        assert refused.value.faults["other"][0].code == code
    assert not Conversation.objects.for_actor(actor).exclude(joined_into=None).exists()

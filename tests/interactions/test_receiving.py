"""What arrives finds its sender by the address or makes them known by it, once for each message."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection

from core.errors import Forbidden, Invalid
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer, Identity
from customers.services.customers import create_customer, delete_customer, update_customer
from customers.services.management import block_customer
from interactions.models import Conversation, Message
from interactions.services import receive_message, update_conversation
from tests.cast import Cast, customer_values

AT = dt.datetime(2026, 11, 3, 12, 0, tzinfo=dt.UTC)


def receive(actor: Actor, address: str, **more: Any) -> Message:
    given = {"channel": "whatsapp", "body": "Hello", "sent_at": AT, **more}
    return receive_message(actor=actor, address=address, **given)


@pytest.mark.parametrize(
    "address", ["12485550001", "+1 (248) 555-0001", "+12485550001", "1 248 555 0001"]
)
def test_a_number_finds_its_customer(actor: Actor, address: str) -> None:
    row = create_customer(actor=actor, values=customer_values(1, phone="2485550001"))
    message = receive(actor, address)
    assert (message.customer, message.direction, message.body) == (row, "inbound", "Hello")
    row.refresh_from_db()
    assert (row.message_count, row.last_message_at) == (1, AT)
    assert Customer.objects.for_actor(actor).count() == 1


def test_a_stranger_becomes_a_customer_known_by_the_address(actor: Actor) -> None:
    by_number = receive(actor, "529991234567").customer
    by_text = receive(actor, "+13135550002", channel="sms").customer
    by_email = receive(actor, "Ann@Example.com", channel="email").customer
    by_id = receive(actor, "US.13491208655302741918").customer
    assert (by_number.phone, by_number.whatsapp_number) == ("+529991234567", "+529991234567")
    assert (by_text.phone, by_text.whatsapp_number) == ("+13135550002", "")
    assert by_email.email_key == "ann@example.com"
    assert (by_id.email, by_id.phone, by_id.first_name) == ("", "", "")
    assert receive(actor, "US.13491208655302741918").customer == by_id
    assert Customer.objects.for_actor(actor).count() == 4
    seen = Identity.objects.for_actor(actor).get(customer=by_id)
    assert (seen.source, seen.verified_at) == ("message", AT)


def test_a_known_address_is_seen_again_in_whatever_order_messages_come(actor: Actor) -> None:
    later, earlier = AT + dt.timedelta(days=1), AT - dt.timedelta(days=1)
    row = receive(actor, "US.1").customer
    receive(actor, "US.1", sent_at=later)
    receive(actor, "US.1", sent_at=earlier)
    seen = Identity.objects.for_actor(actor).get(customer=row)
    assert seen.last_seen_at >= later
    assert seen.verified_at == AT


def test_messages_of_a_channel_share_the_latest_thread_and_reopen_it(actor: Actor) -> None:
    first = receive(actor, "12485550001")
    update_conversation(
        actor=actor, conversation_id=first.conversation_id, values={"status": "resolved"}
    )
    again = receive(actor, "12485550001", sent_at=None)
    assert again.conversation_id == first.conversation_id
    assert Conversation.objects.for_actor(actor).get().status == "open"
    other = receive(actor, "12485550001", channel="sms")
    assert other.conversation_id != first.conversation_id
    assert other.customer == first.customer


def test_a_message_comes_once_for_each_id_of_its_provider(actor: Actor, cast: Cast) -> None:
    first = receive(actor, "US.1", provider_id="wamid.1")
    assert receive(actor, "US.1", provider_id="wamid.1", body="again") == first
    assert receive(actor, "US.1", provider_id="wamid.2") != first
    receive(actor_of(cast.charlie), "US.1", provider_id="wamid.1")
    assert Message.objects.for_actor(actor).count() == 2


def test_who_was_deleted_or_gave_the_number_up_is_not_written_to(actor: Actor) -> None:
    gone = receive(actor, "US.1").customer
    delete_customer(actor=actor, customer_id=gone.pk)
    assert receive(actor, "US.1").customer != gone
    moved = create_customer(actor=actor, values=customer_values(1, phone="2485550001"))
    update_customer(actor=actor, customer_id=moved.pk, values={"phone": "2485550009"})
    assert receive(actor, "12485550001").customer != moved


def test_a_blocked_customers_message_arrives(actor: Actor) -> None:
    row = receive(actor, "US.1").customer
    block_customer(actor=actor, customer_id=row.pk, values={"is_blocked": True})
    assert receive(actor, "US.1").customer == row


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("sms", "US.1"),
        ("sms", ""),
        ("whatsapp", " "),
        ("whatsapp", "123"),
        ("email", "nobody at all"),
        ("whatsapp", "x" * 255),
        ("whatsapp", "a\x00b"),
        ("email", "@"),
        ("pigeon", "12485550001"),
    ],
)
def test_an_address_that_is_none_is_refused(actor: Actor, channel: str, address: str) -> None:
    with pytest.raises(Invalid):
        receive(actor, address, channel=channel)
    assert Customer.objects.for_actor(actor).count() == 0
    assert Message.objects.for_actor(actor).count() == 0


def test_only_those_who_may_log_receive(cast: Cast) -> None:
    reader = Actor.of_key(
        key_id=cast.alice.pk,
        prefix="r",
        scopes=["read"],
        organization=cast.acme,
        environment="live",
    )
    with pytest.raises(Forbidden):
        receive(reader, "US.1")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True)
def test_first_messages_at_once_make_one_customer_and_one_message_each(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    wrong: list[Exception] = []

    def deliver(number: int) -> None:
        try:
            receive(actor, "US.1", provider_id=f"wamid.{number % 3}")
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=deliver, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert Customer.objects.for_actor(actor).count() == 1
    assert Message.objects.for_actor(actor).count() == 3

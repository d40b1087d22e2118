"""How far a message has come is said truthfully, and never goes back."""

import datetime as dt
import itertools
import json
from typing import Any

import pytest

from core.audit.models import AuditEntry, OutboxEvent
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.webhooks.dispatching import dispatch_events
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.services import create_endpoint, delete_endpoint, update_endpoint
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from customers.services.erasure import erase_customer
from customers.services.management import block_customer
from interactions.choices import REPORTED, DeliveryStatus
from interactions.delivery import (
    choose_gateways,
    connect_channel,
    disconnect_channel,
    report_delivery,
    update_gateway,
)
from interactions.errors import NeverSent
from interactions.models import Conversation, Gateway, Message
from interactions.services import add_message, open_conversation, receive_message
from tests.cast import Cast, customer_values


def endpoint(actor: Actor, **values: Any) -> WebhookEndpoint:
    address = {"url": "https://93.184.216.34/gateway", "payload": "full"}
    return create_endpoint(actor=actor, values={**address, **values})


def connect(actor: Actor, channel: str = "sms") -> Gateway:
    values = {"channel": channel, "endpoint": endpoint(actor).pk}
    return connect_channel(actor=actor, values=values)


def customer(actor: Actor, **values: Any) -> Customer:
    return create_customer(actor=actor, values=customer_values(1, **values))


def thread(actor: Actor, channel: str = "sms", **values: Any) -> Conversation:
    row = {"customer": customer(actor, **values).pk, "channel": channel}
    return open_conversation(actor=actor, values=row)


def write(actor: Actor, conversation: Conversation, **more: Any) -> Message:
    values = {"direction": "outbound", "body": "See you on Friday.", **more}
    return add_message(actor=actor, conversation_id=conversation.pk, values=values)


def report(actor: Actor, message: Message, status: Any, **more: Any) -> Message:
    values = {"delivery_status": status, **more}
    return report_delivery(actor=actor, message_id=message.pk, values=values)


def state(message: Message) -> tuple[str, str]:
    row = Message.objects.unscoped().get(pk=message.pk)
    return row.delivery_status, row.failure_reason


# which channels are connected


def test_without_a_gateway_a_message_is_only_noted(actor: Actor) -> None:
    create_endpoint(actor=actor, values={"url": "https://93.184.216.34/x", "payload": "full"})
    message = write(actor, thread(actor))
    assert (state(message), message.address, message.status_at) == (("noted", ""), "", None)


def test_with_a_gateway_a_message_waits_to_be_sent(actor: Actor) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    assert (state(message), message.address) == (("queued", ""), "+12485550001")
    assert message.status_at == message.sent_at


def test_what_was_sent_before_is_noted_and_never_sent_again(actor: Actor) -> None:
    connect(actor)
    message = write(actor, thread(actor), sent_at=now() - dt.timedelta(days=3))
    assert state(message) == ("noted", "")


def test_what_a_customer_wrote_waits_for_nothing(actor: Actor) -> None:
    connect(actor)
    assert state(write(actor, thread(actor), direction="inbound")) == ("noted", "")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": "switched_off"}, "switched_off"),
        ({"payload": "thin"}, "thin"),
        ({"event_types": ["customer.created"]}, "deaf"),
    ],
    ids=["off", "thin", "deaf"],
)
def test_a_webhook_that_cant_carry_messages_connects_nothing(
    actor: Actor, change: dict[str, Any], why: str
) -> None:
    row = endpoint(actor)
    update_endpoint(actor=actor, endpoint_id=row.pk, values=change)
    with pytest.raises(Invalid) as refused:
        connect_channel(actor=actor, values={"channel": "sms", "endpoint": row.pk})
    assert refused.value.faults["endpoint"][0].code == why
    assert Gateway.objects.for_actor(actor).count() == 0


def test_a_gateway_that_stops_listening_leaves_messages_noted(actor: Actor) -> None:
    gateway, conversation = connect(actor), thread(actor)
    update_endpoint(actor=actor, endpoint_id=gateway.endpoint_id, values={"state": "switched_off"})
    assert state(write(actor, conversation)) == ("noted", "")
    update_endpoint(actor=actor, endpoint_id=gateway.endpoint_id, values={"state": "active"})
    assert state(write(actor, conversation)) == ("queued", "")
    delete_endpoint(actor=actor, endpoint_id=gateway.endpoint_id)
    assert Gateway.objects.for_actor(actor).count() == 0
    assert state(write(actor, conversation)) == ("noted", "")


def test_a_channel_has_one_gateway_in_each_environment(actor: Actor, cast: Cast) -> None:
    gateway = connect(actor)
    with pytest.raises(Conflict) as refused:
        connect(actor)
    assert refused.value.field == "channel"
    other = endpoint(actor)
    moved = update_gateway(actor=actor, gateway_id=gateway.pk, values={"endpoint": other.pk})
    assert (moved.endpoint, moved.version) == (other, 2)
    disconnect_channel(actor=actor, gateway_id=gateway.pk)
    assert Gateway.objects.for_actor(actor).count() == 0


def test_another_organizations_webhook_is_no_gateway(actor: Actor, cast: Cast) -> None:
    foreign = endpoint(actor_of(cast.charlie))
    with pytest.raises(Invalid) as refused:
        connect_channel(actor=actor, values={"channel": "sms", "endpoint": foreign.pk})
    assert refused.value.faults["endpoint"][0].code == "not_found"


def test_all_channels_are_chosen_at_once_or_none(actor: Actor) -> None:
    one, other, thin = endpoint(actor), endpoint(actor), endpoint(actor, payload="thin")
    choose_gateways(actor=actor, endpoints={"sms": one.pk, "email": one.pk})
    choose_gateways(actor=actor, endpoints={"sms": other.pk, "whatsapp": one.pk})
    chosen = dict(Gateway.objects.for_actor(actor).values_list("channel", "endpoint"))
    assert chosen == {"sms": other.pk, "whatsapp": one.pk}
    with pytest.raises(Invalid) as refused:
        choose_gateways(actor=actor, endpoints={"email": one.pk, "web_chat": thin.pk})
    assert [*refused.value.faults] == ["web_chat"]
    assert dict(Gateway.objects.for_actor(actor).values_list("channel", "endpoint")) == chosen


# where to


@pytest.mark.parametrize(
    ("channel", "values", "address"),
    [
        ("email", {}, "jane1@example.com"),
        ("sms", {}, "+12485550001"),
        ("whatsapp", {}, "+12485550001"),
        ("whatsapp", {"whatsapp_number": "+13135550123"}, "+13135550123"),
        ("web_chat", {}, ""),
    ],
)
def test_a_message_goes_to_the_customers_address_on_the_channel(
    actor: Actor, channel: str, values: dict[str, Any], address: str
) -> None:
    connect(actor, channel)
    assert write(actor, thread(actor, channel, **values)).address == address


def test_an_answer_goes_where_the_customer_wrote_from(actor: Actor) -> None:
    connect(actor, "whatsapp")
    first = receive_message(actor=actor, channel="whatsapp", address="US.77", body="Hi")
    values = {"first_name": "Ann", "phone": "+13135550123"}
    update_customer(actor=actor, customer_id=first.customer_id, values=values)
    assert write(actor, first.conversation).address == "US.77"


def test_an_address_that_is_the_customers_no_more_gets_nothing(actor: Actor) -> None:
    connect(actor)
    first = receive_message(actor=actor, channel="sms", address="+13135550123", body="Hi")
    row = first.customer_id
    update_customer(actor=actor, customer_id=row, values={"phone": "+13135550199"})
    assert write(actor, first.conversation).address == "+13135550199"


def test_who_has_no_address_on_a_connected_channel_cant_be_written_to(actor: Actor) -> None:
    connect(actor)
    conversation = thread(actor, phone=None)
    with pytest.raises(Invalid) as refused:
        write(actor, conversation)
    assert refused.value.faults["direction"][0].code == "unreachable"
    assert Message.objects.for_actor(actor).count() == 0


def test_blocked_and_withdrawn_customers_get_nothing_through_a_gateway(actor: Actor) -> None:
    connect(actor)
    conversation = thread(actor)
    who = {"actor": actor, "customer_id": conversation.customer_id}
    block_customer(**who, values={"is_blocked": True})
    with pytest.raises(Invalid):
        write(actor, conversation)
    assert Message.objects.for_actor(actor).count() == 0
    assert OutboxEvent.objects.for_actor(actor).filter(type="message.created").count() == 0


def test_the_gateway_is_told_what_to_send_and_where_to(actor: Actor) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    dispatch_events()
    told = WebhookDelivery.objects.for_actor(actor).get(type="message.created")
    record = json.loads(told.body)["data"]["record"]
    assert {name: record[name] for name in ("id", "channel", "address", "body", "direction")} == {
        "id": str(message.pk),
        "channel": "sms",
        "address": "+12485550001",
        "body": "See you on Friday.",
        "direction": "outbound",
    }
    assert record["delivery_status"] == "queued"


# reports

RANKS = ["sent", "failed", "delivered", "read"]


@pytest.mark.parametrize("order", list(itertools.permutations(RANKS)), ids="-".join)
def test_reports_in_any_order_end_at_the_furthest(actor: Actor, order: tuple[str, ...]) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    furthest = 0
    for told in order:
        report(actor, message, told)
        furthest = max(furthest, RANKS.index(told))
        assert state(message)[0] == RANKS[furthest]


def test_a_failure_keeps_its_reason_until_the_message_arrives(actor: Actor) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    report(actor, message, "failed", failure_reason="No such number.")
    report(actor, message, "sent")
    assert state(message) == ("failed", "No such number.")
    report(actor, message, "delivered")
    assert state(message) == ("delivered", "")


def test_a_report_says_when_and_what_the_provider_calls_it(actor: Actor) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    at = dt.datetime(2026, 1, 5, 12, 0, tzinfo=dt.UTC)
    report(actor, message, "delivered", status_at=at, provider_id="SM1")
    report(actor, message, "sent", status_at=now(), provider_id="SM2")
    row = Message.objects.for_actor(actor).get()
    assert (row.status_at, row.provider_id) == (at, "SM1")
    acts = AuditEntry.objects.for_actor(actor).filter(action="message.reported")
    assert [entry.changes["delivery_status"] for entry in acts] == [["queued", "delivered"]]


def test_a_late_report_still_names_the_message(actor: Actor) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    report(actor, message, "delivered")
    report(actor, message, "sent", provider_id="SM1")
    row = Message.objects.for_actor(actor).get()
    assert (row.delivery_status, row.provider_id) == ("delivered", "SM1")


def test_an_id_of_another_message_is_a_conflict(actor: Actor) -> None:
    connect(actor)
    conversation = thread(actor)
    first, second = write(actor, conversation), write(actor, conversation)
    report(actor, first, "sent", provider_id="SM1")
    with pytest.raises(Conflict):
        report(actor, second, "sent", provider_id="SM1")
    assert state(second) == ("queued", "")


@pytest.mark.parametrize("direction", ["outbound", "inbound"])
def test_nothing_can_be_reported_of_what_was_never_handed_on(actor: Actor, direction: str) -> None:
    message = write(actor, thread(actor), direction=direction)
    with pytest.raises(NeverSent):
        report(actor, message, "sent")
    assert state(message) == ("noted", "")


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"delivery_status": "queued"},
        {"delivery_status": "noted"},
        {"delivery_status": "lost"},
        {"delivery_status": 5},
        {"delivery_status": ["sent"]},
        {"delivery_status": "sent", "failure_reason": "why"},
        {"delivery_status": "failed", "failure_reason": "x" * 501},
        {"delivery_status": "failed", "failure_reason": "a\x00b"},
        {"delivery_status": "sent", "provider_id": "x" * 151},
        {"delivery_status": "sent", "status_at": "never"},
        {"delivery_status": "sent", "status_at": "2999-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_a_report_that_cant_be_read_changes_nothing(actor: Actor, values: dict[str, Any]) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    with pytest.raises(Invalid):
        report_delivery(actor=actor, message_id=message.pk, values=values)
    assert state(message) == ("queued", "")


def test_another_organizations_message_isnt_found(actor: Actor, cast: Cast) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    with pytest.raises(NotFound):
        report(actor_of(cast.charlie), message, "sent")
    assert state(message) == ("queued", "")


def test_a_key_that_reads_doesnt_report(actor: Actor, cast: Cast) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    reader = Actor.of_key(
        key_id=cast.alice.pk,
        prefix="r",
        scopes=["read"],
        organization=cast.acme,
        environment="live",
    )
    with pytest.raises(Forbidden):
        report(reader, message, "sent")
    assert state(message) == ("queued", "")


def test_every_status_but_our_own_findings_is_reported() -> None:
    assert set(DeliveryStatus) - set(REPORTED) == {DeliveryStatus.NOTED, DeliveryStatus.QUEUED}


def test_erasure_takes_where_a_message_went(actor: Actor) -> None:
    connect(actor)
    message = write(actor, thread(actor))
    report(actor, message, "failed", failure_reason="jane1@example.com is unknown")
    erase_customer(actor=actor, customer_id=message.customer_id, ground="request")
    assert Message.objects.for_actor(actor).count() == 0
    kept = json.dumps(list(AuditEntry.objects.unscoped().values_list("changes", flat=True)))
    assert "jane1@example.com" not in kept

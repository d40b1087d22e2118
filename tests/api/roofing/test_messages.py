"""A gateway's side: what arrives, how what was sent has fared, and what it is told."""

from typing import Any

import pytest

from core.audit.models import AuditEntry
from core.tenancy.actor import Actor
from core.webhooks.services import create_endpoint
from customers.models import Customer
from interactions.delivery import connect_channel
from interactions.models import Message
from interactions.services import add_message, open_conversation
from tests.api.roofing.calls import made
from tests.api.world import dump
from tests.cast import Cast
from tests.client import ApiClient

ARRIVED = {
    "channel": "whatsapp",
    "from": "12485550123",
    "provider_id": "wamid.1",
    "body": "Is Friday still fine?",
    "sent_at": "2026-01-05T10:00:00Z",
}


@pytest.fixture
def queued(actor: Actor) -> Message:
    """A message that waits for its gateway."""
    listens = {"url": "https://93.184.216.34/gateway", "payload": "full"}
    webhook = create_endpoint(actor=actor, values=listens)
    connect_channel(actor=actor, values={"channel": "sms", "endpoint": webhook.pk})
    thread = {"customer": made(actor, 1).pk, "channel": "sms"}
    conversation = open_conversation(actor=actor, values=thread)
    values = {"direction": "outbound", "body": "See you on Friday."}
    return add_message(actor=actor, conversation_id=conversation.pk, values=values)


@pytest.fixture
def gateway(cast: Cast) -> ApiClient:
    """With a key that reads and writes."""
    return ApiClient(key=cast.live_key)


def test_a_message_that_arrives_makes_its_sender_known(gateway: ApiClient, cast: Cast) -> None:
    response = gateway.post("/api/messages/inbound", ARRIVED)
    assert response.status_code == 201, response.content
    shown = response.json()["data"]
    row = Customer.objects.unscoped().get()
    assert (row.phone, row.message_count) == ("+12485550123", 1)
    assert {key: shown[key] for key in shown if key not in ("id", "conversation_id")} == {
        "customer_id": str(row.pk),
        "channel": "whatsapp",
        "direction": "inbound",
        "address": "+12485550123",
        "body": "Is Friday still fine?",
        "sent_at": "2026-01-05T10:00:00Z",
        "sent_by": None,
        "delivery_status": None,
        "failure_reason": None,
        "status_at": None,
        "provider_id": "wamid.1",
    }
    assert gateway.get(f"/api/messages/{shown['id']}").json()["data"] == shown
    thread = gateway.get(f"/api/conversations/{shown['conversation_id']}/messages").json()
    assert thread["data"] == [shown]


def test_a_message_that_is_handed_in_twice_is_there_once(gateway: ApiClient) -> None:
    first = gateway.post("/api/messages/inbound", ARRIVED).json()["data"]
    again = gateway.post("/api/messages/inbound", {**ARRIVED, "body": "another"})
    assert (again.status_code, again.json()["data"]) == (201, first)
    assert Message.objects.unscoped().count() == 1


def test_messages_may_arrive_in_any_order(gateway: ApiClient) -> None:
    moments = ["2026-01-07T10:00:00Z", "2026-01-05T10:00:00Z", "2026-01-06T10:00:00Z"]
    for moment in moments:
        body = {**ARRIVED, "provider_id": moment, "sent_at": moment}
        thread = gateway.post("/api/messages/inbound", body).json()["data"]["conversation_id"]
    shown = gateway.get(f"/api/conversations/{thread}/messages").json()["data"]
    assert [message["sent_at"] for message in shown] == sorted(moments)
    assert Customer.objects.unscoped().get().message_count == 3


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"channel": "pigeon"}, "channel"),
    ({"channel": None}, "channel"),
    ({"channel": ["sms"]}, "channel"),
    ({"from": ""}, "from"),
    ({"from": None}, "from"),
    ({"from": ["12485550123"]}, "from"),
    ({"from": "nobody at all", "channel": "sms"}, "from"),
    ({"from": "a@b", "channel": "email"}, "from"),
    ({"from": "ü@example.com", "channel": "email"}, "from"),
    ({"from": "x" * 255}, "from"),
    ({"from": "a\x00b"}, "from"),
    ({"body": ""}, "body"),
    ({"body": " \u200b "}, "body"),
    ({"body": "x" * 10_001}, "body"),
    ({"body": {"text": "x"}}, "body"),
    ({"provider_id": "x" * 151}, "provider_id"),
    ({"provider_id": "a\x00b"}, "provider_id"),
    ({"provider_id": {"id": 1}}, "provider_id"),
    ({"sent_at": "never"}, "sent_at"),
    ({"sent_at": "2999-01-01T00:00:00Z"}, "sent_at"),
    ({"subject": "x"}, "subject"),
]


@pytest.mark.parametrize(
    ("wrong", "key"), WRONG, ids=[f"{key}-{n}" for n, (_, key) in enumerate(WRONG)]
)
def test_what_cant_be_read_is_named_and_leaves_nothing(
    gateway: ApiClient, wrong: dict[str, Any], key: str
) -> None:
    response = gateway.post("/api/messages/inbound", ARRIVED | wrong)
    assert response.status_code == 400, response.content
    assert [*response.json()["details"]] == [key]
    assert (Message.objects.unscoped().count(), Customer.objects.unscoped().count()) == (0, 0)


@pytest.mark.parametrize("key", ["channel", "from", "body"])
def test_what_is_missing_is_named(gateway: ApiClient, key: str) -> None:
    body = {name: value for name, value in ARRIVED.items() if name != key}
    response = gateway.post("/api/messages/inbound", body)
    assert (response.status_code, [*response.json()["details"]]) == (400, [key])


def test_a_gateway_reports_how_a_message_fared(gateway: ApiClient, queued: Message) -> None:
    path = f"/api/messages/{queued.pk}/status"
    sent = gateway.post(path, {"status": "sent", "provider_id": "SM1"})
    assert sent.status_code == 200, sent.content
    report = {"status": "failed", "reason": "No such number.", "at": "2026-01-05T10:00:00Z"}
    shown = gateway.post(path, report).json()["data"]
    names = ("delivery_status", "failure_reason", "status_at", "provider_id", "address")
    assert [shown[name] for name in names] == [
        "failed",
        "No such number.",
        "2026-01-05T10:00:00Z",
        "SM1",
        "+12485550001",
    ]
    late = gateway.post(path, {"status": "sent", "reason": None})
    assert (late.status_code, late.json()["data"]) == (200, shown)
    read = gateway.post(path, {"status": "read"}).json()["data"]
    assert (read["delivery_status"], read["failure_reason"]) == ("read", None)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({}, "status"),
        ({"status": "queued"}, "status"),
        ({"status": None}, "status"),
        ({"status": "sent", "reason": "why"}, "reason"),
        ({"status": "failed", "reason": ["why"]}, "reason"),
        ({"status": "sent", "at": "2999-01-01T00:00:00Z"}, "at"),
        ({"status": "sent", "provider": "x"}, "provider"),
    ],
    ids=["none", "ours", "null", "reason", "list", "future", "unknown"],
)
def test_a_report_that_cant_be_read_is_named(
    gateway: ApiClient, queued: Message, body: dict[str, Any], key: str
) -> None:
    response = gateway.post(f"/api/messages/{queued.pk}/status", body)
    assert (response.status_code, [*response.json()["details"]]) == (400, [key])
    queued.refresh_from_db()
    assert queued.delivery_status == "queued"


def test_of_a_message_that_was_only_noted_nothing_is_reported(
    api: ApiClient, gateway: ApiClient, actor: Actor
) -> None:
    thread = {"customer": made(actor, 1).pk, "channel": "email"}
    conversation = open_conversation(actor=actor, values=thread)
    path = f"/api/conversations/{conversation.pk}/messages"
    noted = api.post(path, {"direction": "outbound", "body": "x"}).json()["data"]
    assert noted["delivery_status"] == "noted"
    before = dump()
    response = gateway.post(f"/api/messages/{noted['id']}/status", {"status": "sent"})
    assert response.status_code == 409
    assert response.json() == {
        "error": "The message was not handed to a gateway, so nothing can be reported of it"
    }
    assert dump() == before


def test_the_support_desk_shows_how_a_message_fared(api: ApiClient, queued: Message) -> None:
    path = f"/api/v2/conversations/{queued.conversation_id}/messages"
    shown = api.get(path).json()["messages"][0]
    assert (shown["deliveryStatus"], shown["failureReason"]) == ("queued", None)
    api.post(f"/api/messages/{queued.pk}/status", {"status": "failed", "reason": "Full."})
    shown = api.get(path).json()["messages"][0]
    assert (shown["deliveryStatus"], shown["failureReason"]) == ("failed", "Full.")


def test_a_channel_is_connected_and_disconnected(api: ApiClient, queued: Message) -> None:
    (row,) = api.get("/api/gateways").json()["data"]
    assert (row["channel"], row["webhook_id"]) == (
        "sms",
        api.get("/api/webhooks").json()["data"][0]["id"],
    )
    twice = api.post("/api/gateways", {"channel": "sms", "webhook_id": row["webhook_id"]})
    assert twice.status_code == 409
    moved = api.patch(f"/api/gateways/{row['id']}", {"channel": "email"})
    assert (moved.status_code, moved.json()["data"]["channel"]) == (200, "email")
    assert api.delete(f"/api/gateways/{row['id']}").status_code == 200
    assert api.get("/api/gateways").json()["data"] == []
    acts = AuditEntry.objects.unscoped().filter(action__startswith="gateway.").order_by("pk")
    assert list(acts.values_list("action", flat=True)) == [
        "gateway.connected",
        "gateway.updated",
        "gateway.disconnected",
    ]


def test_a_webhook_that_hears_of_ids_alone_is_no_gateway(api: ApiClient) -> None:
    thin = api.post("/api/webhooks", {"url": "https://93.184.216.34/thin"}).json()["data"]["id"]
    response = api.post("/api/gateways", {"channel": "sms", "webhook_id": thin})
    assert (response.status_code, [*response.json()["details"]]) == (400, ["webhook_id"])
    assert api.get("/api/gateways").json()["data"] == []

"""Conversations and messages, and the customer's figures that follow them."""

import datetime as dt
import re
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from core.audit.models import OutboxEvent
from core.tenancy.actor import Actor
from customers.services.customers import create_customer, delete_customer
from tests.cast import Cast
from tests.client import ApiClient

START = dt.datetime(2026, 11, 3, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def customer(actor: Actor) -> str:
    return str(create_customer(actor=actor, values={"phone": "+529991234567"}).pk)


def opened(api: ApiClient, customer: str, **body: Any) -> dict[str, Any]:
    response = api.post(
        f"/api/v2/customers/{customer}/conversations", {"channel": "whatsapp", **body}
    )
    assert response.status_code == 201, response.content
    thread: dict[str, Any] = response.json()["conversation"]
    return thread


def said(api: ApiClient, thread: str, direction: str, body: str = "Hola") -> dict[str, Any]:
    response = api.post(
        f"/api/v2/conversations/{thread}/messages", {"direction": direction, "body": body}
    )
    assert response.status_code == 201, response.content
    message: dict[str, Any] = response.json()["message"]
    return message


def test_opening_answers_the_documented_object(api: ApiClient, customer: str) -> None:
    thread = opened(api, customer, subject="Order 1042", isTicket=True)
    assert re.fullmatch(r"[0-9a-f-]{36}", thread.pop("_id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", thread.pop("openedAt"))
    assert thread == {
        "customerId": customer,
        "channel": "whatsapp",
        "subject": "Order 1042",
        "status": "open",
        "isTicket": True,
        "resolvedAt": None,
        "messageCount": 0,
        "lastMessageAt": None,
    }


def test_a_message_answers_the_documented_object(
    api: ApiClient, cast: Cast, customer: str, actor: Actor
) -> None:
    thread = opened(api, customer)["_id"]
    sent = said(api, thread, "outbound", "Your order is on its way.")
    assert {key: sent[key] for key in ("conversationId", "direction", "body", "sentBy")} == {
        "conversationId": thread,
        "direction": "outbound",
        "body": "Your order is on its way.",
        "sentBy": str(cast.alice.pk),
    }
    received = said(api, thread, "inbound")
    assert (received["direction"], received["sentBy"]) == ("inbound", None)
    page = api.get(f"/api/v2/conversations/{thread}/messages", limit=1).json()
    assert page == {
        "success": True,
        "messages": [sent],
        "pagination": {"page": 1, "limit": 1, "total": 2, "pages": 2},
    }
    assert api.get(f"/api/v2/conversations/{thread}/messages", limit=1, page=2).json()[
        "messages"
    ] == [received]
    events = (
        OutboxEvent.objects.for_actor(actor)
        .filter(type="message.created")
        .values_list("subject_id", flat=True)
    )
    assert sorted(map(str, events)) == sorted([sent["_id"], received["_id"]])


def test_statistics_move_as_messages_arrive(cast: Cast, actor: Actor) -> None:
    key = cast.live_key
    api = ApiClient(key=key)
    with time_machine.travel(START, tick=False) as clock:
        row = create_customer(actor=actor, values={"phone": "+529991234567"})
        thread = opened(api, str(row.pk), isTicket=True)["_id"]
        other = opened(api, str(row.pk), channel="sms")["_id"]
        for wait, where, direction in (
            (0, thread, "inbound"),
            (60, thread, "inbound"),
            (60, thread, "outbound"),
            (30, other, "inbound"),
        ):
            clock.shift(wait)
            said(api, where, direction)
        clock.shift(dt.timedelta(minutes=10))
        resolved = api.patch(f"/api/v2/conversations/{thread}", {"status": "resolved"}).json()[
            "conversation"
        ]
        body = api.get(f"/api/v2/customers/{row.pk}").json()
    assert (resolved["status"], resolved["resolvedAt"], resolved["messageCount"]) == (
        "resolved",
        "2026-11-03T12:12:30.000Z",
        3,
    )
    assert resolved["lastMessageAt"] == "2026-11-03T12:02:00.000Z"
    assert body["statistics"] == {
        "totalConversations": 2,
        "openConversations": 1,
        "resolvedConversations": 1,
    }
    assert [item["_id"] for item in body["recentConversations"]] == [other, thread]
    shown = body["customer"]
    assert shown["statistics"] == {
        "totalConversations": 2,
        "totalMessages": 4,
        "totalTickets": 1,
        "averageResponseTime": 90,
        "satisfactionScore": None,
    }
    assert shown["firstContact"] == "2026-11-03T12:00:00.000Z"
    assert shown["lastInteraction"] == shown["lastMessageAt"] == "2026-11-03T12:02:30.000Z"
    assert shown["updatedAt"] == "2026-11-03T12:00:00.000Z"


def test_resolving_and_reopening(api: ApiClient, customer: str) -> None:
    thread = opened(api, customer)
    path = f"/api/v2/conversations/{thread['_id']}"
    resolved = api.patch(path, {**thread, "status": "resolved"}).json()["conversation"]
    assert resolved["status"] == "resolved"
    assert resolved["resolvedAt"] is not None
    assert api.patch(path, {"status": "resolved"}).json()["conversation"] == resolved
    assert api.get(path).json()["conversation"] == resolved
    assert api.patch(path, {"status": "open"}).json()["conversation"] == thread
    api.patch(path, {"status": "resolved"})
    said(api, thread["_id"], "outbound")
    assert api.get(path).json()["conversation"]["status"] == "resolved"
    said(api, thread["_id"], "inbound")
    again = api.get(path).json()["conversation"]
    assert (again["status"], again["resolvedAt"]) == ("open", None)


def test_a_blocked_customer_gets_nothing_but_may_write(api: ApiClient, customer: str) -> None:
    thread = opened(api, customer)["_id"]
    api.patch(f"/api/v2/customers/{customer}/block", {"isBlocked": True})
    refused = api.post(
        f"/api/v2/conversations/{thread}/messages", {"direction": "outbound", "body": "x"}
    )
    assert (refused.status_code, refused.json()["details"]) == (
        400,
        {"direction": ["The customer is blocked: nothing can be sent."]},
    )
    said(api, thread, "inbound")
    assert api.get(f"/api/v2/conversations/{thread}/messages").json()["pagination"]["total"] == 1


@pytest.mark.parametrize(
    ("path", "method", "body", "details"),
    [
        (
            "customers/{customer}/conversations",
            "POST",
            {},
            {"channel": ["This field is required."]},
        ),
        ("customers/{customer}/conversations", "POST", {"channel": "fax"}, None),
        (
            "customers/{customer}/conversations",
            "POST",
            {"channel": "sms", "subject": "x" * 151},
            None,
        ),
        (
            "customers/{customer}/conversations",
            "POST",
            {"channel": "sms", "isTicket": "perhaps"},
            {"isTicket": ["Must be true or false."]},
        ),
        ("conversations/{thread}", "PATCH", {}, {"status": ["This field is required."]}),
        (
            "conversations/{thread}",
            "PATCH",
            {"status": "closed"},
            {"status": ["“closed” is not one of: open, resolved."]},
        ),
        (
            "conversations/{thread}/messages",
            "POST",
            {"direction": "inbound"},
            {"body": ["This field is required."]},
        ),
        ("conversations/{thread}/messages", "POST", {"direction": "up", "body": "x"}, None),
        (
            "conversations/{thread}/messages",
            "POST",
            {"direction": "inbound", "body": "x" * 10_001},
            None,
        ),
    ],
)
def test_bad_threads_and_messages_are_refused(
    api: ApiClient,
    customer: str,
    path: str,
    method: str,
    body: Any,
    details: dict[str, list[str]] | None,
) -> None:
    thread = opened(api, customer)["_id"]
    response = api.send(method, "/api/v2/" + path.format(customer=customer, thread=thread), body)
    assert response.status_code == 400, response.content
    assert response.json()["error"] == "Validation failed"
    assert details is None or response.json()["details"] == details
    assert api.get(f"/api/v2/customers/{customer}/conversations").json()["pagination"]["total"] == 1
    assert api.get(f"/api/v2/conversations/{thread}/messages").json()["pagination"]["total"] == 0


def test_what_a_deleted_customer_had_is_not_found(
    api: ApiClient, customer: str, actor: Actor
) -> None:
    thread = opened(api, customer)["_id"]
    row = create_customer(actor=actor, values={"phone": "+529990000000"})
    delete_customer(actor=actor, customer_id=row.pk)
    for missing in (str(row.pk), str(uuid4())):
        assert (
            api.post(f"/api/v2/customers/{missing}/conversations", {"channel": "sms"}).json()[
                "error"
            ]
            == "Customer not found"
        )
        assert api.get(f"/api/v2/customers/{missing}/conversations").status_code == 404
    api.delete(f"/api/customers/{customer}")
    for response in (
        api.get(f"/api/v2/conversations/{thread}"),
        api.patch(f"/api/v2/conversations/{thread}", {"status": "resolved"}),
        api.post(f"/api/v2/conversations/{thread}/messages", {"direction": "inbound", "body": "x"}),
    ):
        assert (response.status_code, response.json()) == (
            404,
            {"success": False, "error": "Conversation not found"},
        )


def test_a_repeated_message_with_one_key_is_sent_once(api: ApiClient, customer: str) -> None:
    thread = opened(api, customer)["_id"]
    path, body = f"/api/v2/conversations/{thread}/messages", {"direction": "outbound", "body": "x"}
    first, again = (api.post(path, body, Idempotency_Key="k") for _ in range(2))
    assert again.json() == first.json()
    assert api.get(path).json()["pagination"]["total"] == 1

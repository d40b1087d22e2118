"""The gateway of development: it keeps what it would send, and answers as a real one does."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.tenancy.actor import Actor
from core.webhooks.dispatching import dispatch_events
from core.webhooks.models import WebhookDelivery, WebhookEndpoint
from core.webhooks.payloads import message_id
from core.webhooks.signing import signed_headers
from crm.demo.gateway import FakeGateway
from crm.management.commands.fake_gateway import connect
from customers.models import Customer
from customers.services.customers import create_customer
from interactions.models import Gateway, Message
from interactions.services import add_message, open_conversation
from tests.cast import Cast, customer_values
from tests.client import ApiClient


@pytest.fixture
def endpoint(actor: Actor, settings: Any) -> WebhookEndpoint:
    settings.WEBHOOKS_ALLOW_LOOPBACK = True
    return connect(actor.organization, "http://127.0.0.1:8010/hook")


@pytest.fixture
def gateway(endpoint: WebhookEndpoint, cast: Cast) -> FakeGateway:
    client = ApiClient(key=cast.live_key)

    def call(path: str, body: Mapping[str, Any]) -> int:
        status: int = client.post(path, body).status_code
        return status

    return FakeGateway(endpoint.secret, call)


def write(actor: Actor, body: str, **more: Any) -> Message:
    row = create_customer(actor=actor, values=customer_values(1))
    thread = open_conversation(actor=actor, values={"customer": row.pk, "channel": "sms"})
    values = {"direction": "outbound", "body": body, **more}
    return add_message(actor=actor, conversation_id=thread.pk, values=values)


def told(gateway: FakeGateway) -> None:
    """Every delivery arrives there, signed, twice."""
    dispatch_events()
    for delivery in 2 * list(WebhookDelivery.objects.unscoped()):
        body = delivery.body.encode()
        headers = signed_headers(
            secrets=[gateway.secret],
            message_id=message_id(delivery.event_id),
            timestamp=1_700_000_000,
            body=body,
        )
        assert gateway.is_signed(headers, body)
        if (message := gateway.take(body)) is not None:
            gateway.report(message)


def test_it_is_the_gateway_of_every_channel(actor: Actor, endpoint: WebhookEndpoint) -> None:
    connect(actor.organization, endpoint.url)
    assert WebhookEndpoint.objects.unscoped().count() == 1
    assert set(Gateway.objects.unscoped().values_list("channel", flat=True)) == {
        "whatsapp",
        "sms",
        "email",
        "web_chat",
    }


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("See you on Friday.", "read", ""),
        ("Fail, please.", "failed", "The fake gateway was asked to fail."),
    ],
    ids=["read", "failed"],
)
def test_what_staff_write_is_kept_and_reported_of(
    actor: Actor, gateway: FakeGateway, body: str, status: str, reason: str
) -> None:
    message = write(actor, body)
    told(gateway)
    message.refresh_from_db()
    assert (message.delivery_status, message.failure_reason) == (status, reason)
    assert [(row.channel, row.address, row.body) for row in gateway.sent.values()] == [
        ("sms", "+12485550001", body)
    ]
    assert body in gateway.page()
    assert f"{status}: 200" in gateway.page()


def test_what_customers_write_isnt_sent_back_to_them(actor: Actor, gateway: FakeGateway) -> None:
    write(actor, "Hello?", direction="inbound")
    told(gateway)
    assert gateway.sent == {}


def test_a_customer_may_write_by_it(actor: Actor, gateway: FakeGateway) -> None:
    assert gateway.hand_in(channel="whatsapp", address="+12485550123", body="Hi") == 201
    assert Customer.objects.unscoped().get().phone == "+12485550123"
    assert gateway.hand_in(channel="whatsapp", address="", body="Hi") == 400


@pytest.mark.parametrize("forged", ["signature", "body", "none"])
def test_what_isnt_signed_is_refused(gateway: FakeGateway, forged: str) -> None:
    body = json.dumps({"type": "message.created"}).encode()
    headers = signed_headers(
        secrets=[gateway.secret], message_id="msg_1", timestamp=1_700_000_000, body=body
    )
    if forged == "signature":
        headers["webhook-signature"] = "v1,AAAA"
    elif forged == "none":
        headers = {}
    assert not gateway.is_signed(headers, b"{}" if forged == "body" else body)


def test_its_page_shows_messages_as_text(actor: Actor, gateway: FakeGateway) -> None:
    write(actor, "<script>alert(1)</script>")
    told(gateway)
    assert "<script>" not in gateway.page()


def test_there_is_none_in_production(cast: Cast, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError):
        call_command("fake_gateway", "--organization", "acme")
    assert Gateway.objects.unscoped().count() == 0


def test_of_an_organization_that_isnt_there_it_is_told(db: None, settings: Any) -> None:
    settings.DEBUG = True
    with pytest.raises(CommandError):
        call_command("fake_gateway", "--organization", "nowhere")

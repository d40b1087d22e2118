"""Channels in settings, and what a thread says of how its messages fared."""

from typing import Any

import pytest
from django.test import Client

from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.webhooks.models import WebhookEndpoint
from core.webhooks.services import create_endpoint, update_endpoint
from customers.services.customers import create_customer
from interactions.delivery import connect_channel, report_delivery
from interactions.models import Conversation, Gateway, Message
from interactions.services import add_message, open_conversation
from tests.cast import Cast, customer_values

HOME = "/app/settings/channels/"


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def webhook(actor: Actor) -> WebhookEndpoint:
    values = {"url": "https://93.184.216.34/g", "payload": "full", "description": "Text messages"}
    return create_endpoint(actor=actor, values=values)


def thread(actor: Actor, **values: Any) -> Conversation:
    row = create_customer(actor=actor, values=customer_values(1, **values))
    return open_conversation(actor=actor, values={"customer": row.pk, "channel": "sms"})


def write(actor: Actor, conversation: Conversation) -> Message:
    values = {"direction": "outbound", "body": "See you on Friday."}
    return add_message(actor=actor, conversation_id=conversation.pk, values=values)


def shown(client: Client, conversation: Conversation) -> str:
    answer = client.get(f"/app/conversations/{conversation.pk}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_channels_are_connected_and_disconnected(alice: Client, webhook: WebhookEndpoint) -> None:
    form = alice.get(HOME).context["form"]
    assert [str(label) for _, label in form["sms"].field.choices] == [
        "Not connected: messages are only noted",
        "Text messages",
    ]
    typed = {"submission": form["submission"].value(), "sms": str(webhook.pk)}
    assert alice.post(HOME, typed).status_code == 302
    assert [row.channel for row in Gateway.objects.unscoped()] == ["sms"]
    form = alice.get(HOME).context["form"]
    assert form["sms"].value() == str(webhook.pk)
    assert "1 connected" in alice.get("/app/settings/").content.decode()
    alice.post(HOME, {"submission": form["submission"].value(), "sms": ""})
    assert Gateway.objects.unscoped().count() == 0


def test_a_webhook_that_cant_carry_messages_is_refused_beside_its_channel(
    alice: Client, actor: Actor, webhook: WebhookEndpoint
) -> None:
    update_endpoint(actor=actor, endpoint_id=webhook.pk, values={"payload": "thin"})
    form = alice.get(HOME).context["form"]
    typed = {"submission": form["submission"].value(), "email": str(webhook.pk)}
    answer = alice.post(HOME, typed)
    assert answer.status_code == 422
    assert [*answer.context["form"].errors] == ["email"]
    assert Gateway.objects.unscoped().count() == 0


def test_a_gateway_that_was_switched_off_is_told_of(
    alice: Client, actor: Actor, webhook: WebhookEndpoint
) -> None:
    connect_channel(actor=actor, values={"channel": "sms", "endpoint": webhook.pk})
    update_endpoint(actor=actor, endpoint_id=webhook.pk, values={"state": "switched_off"})
    assert "The webhook is switched off." in alice.get(HOME).content.decode()


def test_without_a_webhook_the_page_says_what_to_do_first(alice: Client) -> None:
    assert "Add the webhook of a gateway first" in alice.get(HOME).content.decode()


def test_who_may_not_manage_webhooks_sees_no_channels(cast: Cast, client: Client) -> None:
    client.force_login(cast.mona)
    assert client.get(HOME).status_code == 403


def test_another_organizations_webhook_is_no_choice(
    cast: Cast, alice: Client, webhook: WebhookEndpoint
) -> None:
    foreign = create_endpoint(
        actor=actor_of(cast.charlie),
        values={"url": "https://93.184.216.34/theirs", "payload": "full"},
    )
    form = alice.get(HOME).context["form"]
    typed = {"submission": form["submission"].value(), "sms": str(foreign.pk)}
    assert alice.post(HOME, typed).status_code == 422
    assert Gateway.objects.unscoped().count() == 0


def test_a_thread_without_a_gateway_says_that_messages_are_only_noted(
    alice: Client, actor: Actor
) -> None:
    conversation = thread(actor)
    write(actor, conversation)
    page = shown(alice, conversation)
    assert "No gateway is connected to SMS" in page
    assert "Only noted here" in page


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ({}, "Waiting to be sent"),
        ({"delivery_status": "sent"}, "Sent"),
        ({"delivery_status": "delivered"}, "Delivered"),
        ({"delivery_status": "read"}, "Read"),
        ({"delivery_status": "failed", "failure_reason": "No such number."}, "Not delivered"),
    ],
    ids=["queued", "sent", "delivered", "read", "failed"],
)
def test_a_thread_says_how_a_message_fared(
    alice: Client,
    actor: Actor,
    webhook: WebhookEndpoint,
    report: dict[str, str],
    words: str,
) -> None:
    connect_channel(actor=actor, values={"channel": "sms", "endpoint": webhook.pk})
    conversation = thread(actor)
    message = write(actor, conversation)
    if report:
        report_delivery(actor=actor, message_id=message.pk, values=report)
    page = shown(alice, conversation)
    article = page[page.index(f'id="m-{message.pk}"') :].partition("</article>")[0]
    assert words in article
    assert report.get("failure_reason", "") in article
    assert "No gateway is connected" not in page


def test_who_cant_be_reached_is_told_of_beside_what_was_typed(
    alice: Client, actor: Actor, webhook: WebhookEndpoint
) -> None:
    connect_channel(actor=actor, values={"channel": "sms", "endpoint": webhook.pk})
    conversation = thread(actor, phone=None)
    address = f"/app/conversations/{conversation.pk}/"
    submission = alice.get(address).context["form"]["submission"].value()
    typed = {"direction": "outbound", "body": "Hello?", "submission": submission}
    answer = alice.post(address, typed)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "This customer has no address on this channel." in text
    assert "Hello?" in text
    assert Message.objects.unscoped().count() == 0

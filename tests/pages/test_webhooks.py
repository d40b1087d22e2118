"""Webhooks in settings: set up, tried, looked at, sent again."""

import json
from typing import Any

import pytest
from django.test import Client

from core.audit.models import AuditEntry
from core.clock import now
from core.identity.services import actor_of
from core.webhooks.choices import EndpointState
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core.webhooks.services import create_endpoint, send_test
from tests.cast import Cast

HOME = "/app/settings/webhooks/"
URL = "https://93.184.216.34/hook"


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def webhook(cast: Cast) -> WebhookEndpoint:
    return create_endpoint(actor=actor_of(cast.alice), values={"url": URL})


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def rows() -> list[WebhookEndpoint]:
    return list(WebhookEndpoint.objects.unscoped())


def test_the_secret_is_shown_once(alice: Client) -> None:
    form = alice.get(f"{HOME}new/").context["form"]
    typed = {
        "url": URL,
        "event_types": ["customer.created", "message.created"],
        "payload": "full",
        "submission": form["submission"].value(),
        "seen": "",
    }
    answer = alice.post(f"{HOME}new/", typed)
    (row,) = rows()
    assert (row.url, row.event_types, row.payload) == (URL, typed["event_types"], "full")
    assert row.secret in text_of(answer)
    assert answer["Cache-Control"] == "no-store"
    again = alice.post(f"{HOME}new/", typed, follow=True)
    assert len(rows()) == 1
    for page in (again, alice.get(HOME), alice.get(f"{HOME}{row.pk}/")):
        assert page.status_code == 200
        assert row.secret not in text_of(page)
        assert "93.184.216.34" in text_of(page)


def test_an_address_inside_is_refused_beside_its_field(alice: Client) -> None:
    answer = alice.post(
        f"{HOME}new/", {"url": "https://10.0.0.1/", "payload": "thin", "submission": "x"}
    )
    assert answer.status_code == 422
    assert "url" in answer.context["form"].errors
    assert rows() == []


def test_its_log_shows_each_attempt(alice: Client, cast: Cast, webhook: WebhookEndpoint) -> None:
    delivery = send_test(actor=actor_of(cast.alice), endpoint_id=webhook.pk)
    WebhookAttempt.objects.add(
        actor_of(cast.alice), delivery=delivery, status=503, answer="<b>busy</b>", milliseconds=12
    )
    page = text_of(alice.get(f"{HOME}deliveries/{delivery.pk}/"))
    assert "503" in page
    assert "&lt;b&gt;busy" in page
    assert "webhook.test" in page
    assert "Waiting" in text_of(alice.get(f"{HOME}{webhook.pk}/"))


def test_tried_switched_off_and_on_sent_again(alice: Client, webhook: WebhookEndpoint) -> None:
    address = f"{HOME}{webhook.pk}/"
    assert alice.post(f"{address}test/").status_code == 302
    (delivery,) = WebhookDelivery.objects.unscoped()
    assert json.loads(delivery.body)["type"] == "webhook.test"
    WebhookDelivery.objects.unscoped().update(state="delivered", finished_at=now())
    alice.post(f"{address}off/")
    assert rows()[0].state == EndpointState.SWITCHED_OFF
    alice.post(f"{HOME}deliveries/{delivery.pk}/replay/")
    assert WebhookDelivery.objects.unscoped().get().state == "delivered"
    alice.post(f"{address}on/")
    alice.post(f"{HOME}deliveries/{delivery.pk}/replay/")
    assert WebhookDelivery.objects.unscoped().get().state == "pending"


def test_a_new_secret_is_shown_once(alice: Client, webhook: WebhookEndpoint) -> None:
    address = f"{HOME}{webhook.pk}/secret/"
    assert alice.get(address).status_code == 200
    assert rows()[0].secret == webhook.secret
    page = text_of(alice.post(address))
    assert rows()[0].secret != webhook.secret
    assert rows()[0].secret in page


def test_changed_and_deleted(alice: Client, webhook: WebhookEndpoint) -> None:
    address = f"{HOME}{webhook.pk}/"
    form = alice.get(f"{address}edit/").context["form"]
    typed = {name: form[name].value() for name in ("seen", "submission", "url", "payload")}
    answer = alice.post(f"{address}edit/", {**typed, "description": "The till"})
    assert answer.status_code == 302
    assert rows()[0].description == "The till"
    assert alice.get(f"{address}delete/").status_code == 200
    alice.post(f"{address}delete/")
    assert rows() == []
    last = AuditEntry.objects.unscoped().order_by("-pk").first()
    assert last is not None
    assert last.action == "webhook.deleted"


def test_the_card_says_when_one_was_switched_off(alice: Client, webhook: WebhookEndpoint) -> None:
    assert "1 webhook" in text_of(alice.get("/app/settings/"))
    WebhookEndpoint.objects.unscoped().update(state=EndpointState.FAILING)
    assert "it kept failing" in text_of(alice.get("/app/settings/"))
    assert "more than three days" in text_of(alice.get(f"{HOME}{webhook.pk}/"))


def test_nobody_else_finds_it(cast: Cast, client: Client, webhook: WebhookEndpoint) -> None:
    client.force_login(cast.charlie)
    for act in ("", "edit/", "secret/", "delete/"):
        assert client.get(f"{HOME}{webhook.pk}/{act}").status_code == 404
    client.force_login(cast.mona)
    assert client.get(HOME).status_code == 403

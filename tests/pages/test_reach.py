"""Who isn't to be written to or called is led to by no page, and each says why."""

import datetime as dt

import pytest
from django.test import Client

from appointments.services import book_appointment
from core.clock import now
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.management import block_customer, change_consents
from interactions.services import open_conversation
from tests.cast import Cast, customer_values

LIST = "/app/customers/"


@pytest.fixture
def admin(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def jane(admin: Actor) -> Customer:
    return create_customer(
        actor=admin, values=customer_values(1, whatsapp_number="+12485550009", notify_email=True)
    )


@pytest.fixture
def pages(admin: Actor, jane: Customer) -> list[str]:
    """Every page that shows how Jane is reached, with `phone` alone where that is all it shows."""
    start = now() + dt.timedelta(days=2)
    visit = book_appointment(
        actor=admin,
        values={"customer": jane.pk, "start_at": start, "end_at": start + dt.timedelta(hours=1)},
    )
    thread = open_conversation(actor=admin, values={"customer": jane.pk, "channel": "sms"})
    return [
        f"{LIST}?columns=phone&columns=email",
        f"{LIST}{jane.pk}/panel/",
        f"{LIST}{jane.pk}/",
        f"/app/conversations/{thread.pk}/",
        f"/app/calendar/{visit.pk}/",
        f"/app/calendar/{visit.pk}/glance/",
    ]


def shown(client: Client, cast: Cast, address: str) -> str:
    client.force_login(cast.alice)
    answer = client.get(address, headers={"HX-Request": "true"} if "/panel/" in address else {})
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def withdraw(admin: Actor, jane: Customer, name: str) -> None:
    said = {name: False, "method": "phone"}
    change_consents(actor=admin, customer_id=jane.pk, values={name: True, "method": "phone"})
    change_consents(actor=admin, customer_id=jane.pk, values=said)


def test_every_page_leads_to_whoever_may_be_reached(
    client: Client, cast: Cast, jane: Customer, pages: list[str]
) -> None:
    for address in pages:
        text = shown(client, cast, address)
        assert f"tel:{jane.phone}" in text, address
        assert ("mailto:" in text) is ("/calendar/" not in address), address


def test_no_page_leads_to_a_blocked_customer(
    client: Client, cast: Cast, admin: Actor, jane: Customer, pages: list[str]
) -> None:
    block_customer(actor=admin, customer_id=jane.pk, values={"is_blocked": True})
    for address in pages:
        text = shown(client, cast, address)
        for scheme in ("tel:", "mailto:", "https://wa.me/"):
            assert scheme not in text, (address, scheme)
        assert "Blocked" in text, address


def test_who_took_back_their_consent_to_e_mails_is_still_called(
    client: Client, cast: Cast, admin: Actor, jane: Customer, pages: list[str]
) -> None:
    withdraw(admin, jane, "notify_email")
    for address in pages:
        text = shown(client, cast, address)
        assert "mailto:" not in text, address
        assert f"tel:{jane.phone}" in text, address
        assert ("Wants no e-mails" in text) is ("/calendar/" not in address), address
    assert "https://wa.me/" in shown(client, cast, pages[0])
    withdraw(admin, jane, "notify_whatsapp")
    assert "https://wa.me/" not in shown(client, cast, pages[0])

"""Data protection on the staff's pages: archives and requests."""

import io
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from core.identity.services import actor_of
from core.ids import new_id
from customers.models import (
    Consent,
    ConsentWording,
    Customer,
    PrivacyRequest,
    WordingVersion,
)
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def jane(cast: Cast) -> Customer:
    return create_customer(actor=actor_of(cast.alice), values=customer_values())


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def requests_of(row: Customer) -> list[PrivacyRequest]:
    return list(PrivacyRequest.objects.unscoped().filter(customer=row).order_by("id"))


def test_the_archive_is_downloaded_from_the_customers_page(alice: Client, jane: Customer) -> None:
    assert f"/app/customers/{jane.pk}/privacy/" in text_of(alice.get(f"/app/customers/{jane.pk}/"))
    assert "Download the archive" in text_of(alice.get(f"/app/customers/{jane.pk}/privacy/"))
    answer: Any = alice.post(f"/app/customers/{jane.pk}/archive/")
    assert answer["Content-Type"] == "application/zip"
    with ZipFile(io.BytesIO(answer.getvalue())) as opened:
        assert "Jane Smith1" in opened.read("index.html").decode()


def test_a_request_is_recorded_once(alice: Client, jane: Customer) -> None:
    path = f"/app/customers/{jane.pk}/privacy/"
    form = alice.get(path).context["form"]
    typed = {
        "kind": "erasure",
        "received_at": "2026-01-05T10:00",
        "note": "She called",
        "submission": form["submission"].value(),
        "seen": "",
    }
    for _ in range(2):
        assert alice.post(path, typed).status_code == 302
    (row,) = requests_of(jane)
    assert (row.kind, row.note, row.status) == ("erasure", "She called", "open")
    assert "She called" in text_of(alice.get(path))
    again = alice.post(path, {**typed, "submission": str(new_id())})
    assert again.status_code == 422
    assert len(requests_of(jane)) == 1


def test_others_neither_see_nor_do_it(client: Client, cast: Cast, jane: Customer) -> None:
    client.force_login(cast.mona)
    assert "/privacy/" not in text_of(client.get(f"/app/customers/{jane.pk}/"))
    for path in ("privacy", "archive"):
        assert client.post(f"/app/customers/{jane.pk}/{path}/").status_code == 403
    client.force_login(cast.charlie)
    for path in ("privacy", "archive"):
        assert client.post(f"/app/customers/{jane.pk}/{path}/").status_code == 404
    assert requests_of(jane) == []


def test_a_wording_is_written_changed_and_chosen_for_a_consent(
    alice: Client, cast: Cast, jane: Customer
) -> None:
    form = alice.get("/app/settings/wordings/new/").context["form"]
    typed = {
        "name": "Texts",
        "language": "en",
        "purpose": "notifications",
        "channel": "sms",
        "text": "May we text you?",
        "months": "12",
        "submission": form["submission"].value(),
        "seen": "",
    }
    assert alice.post("/app/settings/wordings/new/", typed).status_code == 302
    (wording,) = ConsentWording.objects.unscoped()
    path = f"/app/settings/wordings/{wording.pk}/"
    seen = alice.get(path).context["form"]["seen"].value()
    changed = {**typed, "text": "May we text you, please?", "seen": seen}
    assert alice.post(path, changed).status_code == 302
    page = text_of(alice.get(path))
    assert "<q>May we text you?</q>" in page
    assert "<q>May we text you, please?</q>" in page
    assert "Texts" in text_of(alice.get("/app/settings/wordings/"))
    consents = f"/app/customers/{jane.pk}/consents/edit/"
    form = alice.get(consents).context["form"]
    shown = WordingVersion.objects.unscoped().get(number=2)
    answer = alice.post(
        consents,
        {
            "notify_email": "on",
            "notify_sms": "on",
            "method": "paper form",
            "shown": str(shown.pk),
            "proof": "drawer 3",
            "seen": form["seen"].value(),
        },
    )
    assert answer.status_code == 302
    (row,) = Consent.objects.unscoped().filter(customer=jane)
    assert (row.channel, row.granted, row.shown, row.proof) == ("sms", True, shown, "drawer 3")
    page = text_of(alice.get(consents))
    assert "drawer 3" in page
    assert "ends " in page
    delete = f"{path}delete/"
    assert alice.post(delete).status_code == 302
    assert ConsentWording.objects.unscoped().count() == 1

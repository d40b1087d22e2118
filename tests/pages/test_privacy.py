"""Data protection on the staff's pages: archives and requests."""

import io
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from core.identity.services import actor_of
from core.ids import new_id
from customers.models import Customer, PrivacyRequest
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

"""Data protection on the staff's pages: archives and requests."""

import io
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from appointments.services import book_appointment, change_appointment
from core.audit.models import AuditEntry
from core.identity.services import actor_of
from core.ids import new_id
from core.jobs.models import Job
from core.tenancy.actor import Actor
from customers.models import (
    Consent,
    ConsentWording,
    Customer,
    PrivacyRequest,
    WordingVersion,
)
from customers.services.customers import create_customer
from customers.services.privacy_requests import open_privacy_request
from tests.background import run
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
            "notify_email": "True",
            "notify_sms": "True",
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


def ask(actor: Actor, row: Customer, kind: str, **more: Any) -> PrivacyRequest:
    return open_privacy_request(actor=actor, values={"customer": row.pk, "kind": kind, **more})


def test_the_desk_shows_what_waits_what_is_overdue_and_what_is_in_the_way(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    other = create_customer(actor=actor, values=customer_values(2))
    late = ask(actor, jane, "access", received_at="2020-01-01T00:00:00Z")
    ask(actor, other, "erasure")
    book_appointment(actor=actor, values={"customer": other.pk, "start_at": "2099-05-04T15:00:00Z"})
    page = text_of(alice.get("/app/settings/privacy/"))
    assert (page.count("Overdue"), page.count("Download") + page.count("Archive")) == (1, 1)
    assert page.index("Jane Smith1") < page.index("Jane Smith2")
    assert "appointment on May 4, 2099" in page
    assert "1 request overdue" in text_of(alice.get("/app/settings/"))
    assert alice.post(f"/app/settings/privacy/{late.pk}/done/").status_code == 302
    assert "Jane Smith1" not in text_of(alice.get("/app/settings/privacy/"))
    answered = text_of(alice.get("/app/settings/privacy/?answered=1"))
    assert "Jane Smith1" in answered
    assert "alice@acme.test" in answered
    assert "2 request" not in text_of(alice.get("/app/settings/"))


def test_a_refusal_asks_for_its_reason(alice: Client, actor: Actor, jane: Customer) -> None:
    row = ask(actor, jane, "objection")
    path = f"/app/settings/privacy/{row.pk}/refuse/"
    form = alice.get(path).context["form"]
    typed = {"submission": form["submission"].value(), "seen": ""}
    assert alice.post(path, {**typed, "reason": ""}).status_code == 422
    assert alice.post(path, {**typed, "reason": "No marketing is sent"}).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.reason) == ("refused", "No marketing is sent")


def test_who_asks_for_it_is_erased_after_a_question_unless_an_appointment_stands(
    alice: Client, actor: Actor, jane: Customer
) -> None:
    row = ask(actor, jane, "erasure", received_at="2026-02-01T12:00:00Z")
    visit = book_appointment(
        actor=actor, values={"customer": jane.pk, "start_at": "2099-05-04T15:00:00Z"}
    )
    path = f"/app/settings/privacy/{row.pk}/erase/"
    assert "May 4, 2099" in text_of(alice.get(path))
    assert alice.post(path).status_code == 409
    assert Customer.objects.unscoped().filter(pk=jane.pk).exists()
    change_appointment(actor=actor, appointment_id=visit.pk, values={"status": "cancelled"})
    assert "Erase Jane Smith1?" in text_of(alice.get(path))
    certificate = AuditEntry.objects.for_actor(actor).filter(action="customer.erased")
    assert alice.post(path).status_code == 302
    assert not Customer.objects.unscoped().filter(pk=jane.pk).exists()
    assert requests_of(jane) == []
    assert certificate.get().changes["ground"] == [None, "asked for on 2026-02-01"]
    assert alice.post(path).status_code == 404


def test_the_desk_asks_as_much_for_3_requests_as_for_30(alice: Client, actor: Actor) -> None:
    def add(some: range) -> None:
        for number in some:
            row = create_customer(actor=actor, values=customer_values(number))
            ask(actor, row, "erasure")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert alice.get("/app/settings/privacy/").status_code == 200
        return len(captured)

    add(range(3))
    few = asked()
    add(range(3, 30))
    assert asked() == few


def test_the_desk_is_the_administrators_alone(
    client: Client, cast: Cast, actor: Actor, jane: Customer
) -> None:
    row = ask(actor, jane, "erasure")
    for user, status in ((cast.mona, 403), (cast.charlie, 404)):
        client.force_login(user)
        for act in ("done", "refuse", "erase"):
            sent = {"reason": "x"}
            assert client.post(f"/app/settings/privacy/{row.pk}/{act}/", sent).status_code == status
    row.refresh_from_db()
    assert row.status == "open"


def test_the_inactive_are_listed_and_erased_after_a_question(alice: Client, actor: Actor) -> None:
    old = create_customer(
        actor=actor, values=customer_values(1, customer_since="2020-01-01T00:00:00Z")
    )
    kept = create_customer(actor=actor, values=customer_values(2))
    page = alice.get("/app/settings/retention/")
    assert "Everybody is kept" in text_of(page)
    seen = page.context["form"]["seen"].value()
    assert alice.post("/app/settings/retention/", {"months": "24", "seen": seen}).status_code == 302
    page = alice.get("/app/settings/retention/")
    assert ("Jane Smith1" in text_of(page), "Jane Smith2" in text_of(page)) == (True, False)
    assert "24 months without activity" in text_of(alice.get("/app/settings/"))
    asked = "/app/settings/retention/erase/"
    assert "Erase 1 inactive customer?" in text_of(alice.get(asked))
    for expected in ("2", "", "x"):
        assert alice.post(asked, {"expected": expected}).status_code == 409
    assert Job.objects.unscoped().count() == 0
    answer: Any = alice.post(asked, {"expected": "1"})
    (job,) = Job.objects.unscoped()
    assert answer["Location"] == f"/app/jobs/{job.pk}/"
    run(job.pk)
    assert "1 customer erased" in text_of(alice.get(answer["Location"]))
    assert [row.pk for row in Customer.objects.unscoped()] == [kept.pk]
    assert old.pk != kept.pk


def test_an_export_for_marketing_says_who_is_left_out(alice: Client, actor: Actor) -> None:
    create_customer(actor=actor, values=customer_values(1, marketing_consent=True))
    create_customer(actor=actor, values=customer_values(2))
    path = "/app/exports/new/?resource=customers&marketing=true"
    page = alice.get(path)
    assert page.context["rows"] == 1
    assert "1 more customer fits, but hasn’t agreed to marketing" in text_of(page)
    assert "agreed to marketing" not in text_of(alice.get("/app/exports/new/?resource=customers"))
    form = page.context["form"]
    sent = {"format": "csv", "columns": ["email"], "submission": form["submission"].value()}
    answer: Any = alice.post(path, {**sent, "seen": ""})
    (job,) = Job.objects.unscoped()
    run(job.pk)
    assert "1 left out without consent" in text_of(alice.get(answer["Location"]))

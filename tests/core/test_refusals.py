"""What fails or is refused leaves a trace, though nothing else of it stays; many alike are few."""

import logging
import uuid
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client

from core.audit import refusals
from core.audit.models import AuditEntry
from core.audit.refusals import note_refusal, written_at_the_end
from core.identity.services import actor_of
from core.identity.tasks import send_reset_letter
from core.identity.tokens import open_session
from core.tenancy.actor import Actor
from customers.services.customers import create_customer
from tests.cast import PASSWORD, Cast, customer_values
from tests.client import ApiClient
from tests.database_role import as_owner


@pytest.fixture
def client(cast: Cast) -> ApiClient:
    """From an address of its own."""
    fresh = ApiClient()
    fresh.client.defaults["REMOTE_ADDR"] = uuid.uuid4().hex
    return fresh


def refused(cast: Cast) -> list[tuple[str, str, str, Any]]:
    """Act, kind of actor, address and what changed of each entry."""
    rows = AuditEntry.objects.for_actor(actor_of(cast.alice)).order_by("pk")
    return [(row.action, row.actor_kind, row.address, row.changes) for row in rows]


def once(number: int = 1) -> dict[str, Any]:
    return {"times": [None, number]}


def test_a_failed_sign_in_is_kept_by_the_accounts_organization(
    client: ApiClient, cast: Cast
) -> None:
    client.post("/api/auth/token", {"email": "Alice@acme.test", "password": "wrong"})
    address = client.client.defaults["REMOTE_ADDR"]
    assert refused(cast) == [("user.sign_in_failed", "stranger", address, once())]
    entry = AuditEntry.objects.for_actor(actor_of(cast.alice)).get()
    assert (entry.subject_id, entry.actor_id, entry.actor_label) == (cast.alice.pk, None, "")
    assert entry.request_id != ""


def test_of_an_account_that_nobody_has_nothing_that_was_typed_is_kept(
    client: ApiClient, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        client.post("/api/auth/token", {"email": "typed@acme.test", "password": "my secret"})
    assert refused(cast) == []
    said = [record.getMessage() for record in caplog.records if record.name.startswith("core")]
    assert said == ["a sign-in with an account that nobody has"]


def test_the_pages_sign_in_leaves_the_same_trace(cast: Cast) -> None:
    Client().post("/app/sign-in/", {"email": "alice@acme.test", "password": "wrong"})
    assert [row[:2] for row in refused(cast)] == [("user.sign_in_failed", "stranger")]


def test_of_many_alike_the_first_the_tenth_and_the_hundredth_are_kept(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    for _ in range(120):
        note_refusal(actor, "permission.refused", refused="x")
    note_refusal(actor, "permission.refused", refused="y")
    note_refusal(actor_of(cast.mona), "permission.refused", refused="x")
    rows = AuditEntry.objects.for_actor(actor).order_by("pk")
    assert [(row.actor_label, row.changes["times"][1]) for row in rows] == [
        ("alice@acme.test", 1),
        ("alice@acme.test", 10),
        ("alice@acme.test", 100),
        ("alice@acme.test", 1),
        ("mona@acme.test", 1),
    ]


def test_a_used_refresh_token_that_comes_again_is_kept(client: ApiClient, cast: Cast) -> None:
    pair = open_session(user=cast.alice)
    assert client.post("/api/auth/refresh", {"refresh": pair.refresh}).status_code == 200
    assert refused(cast) == []
    assert client.post("/api/auth/refresh", {"refresh": pair.refresh}).status_code == 401
    address = client.client.defaults["REMOTE_ADDR"]
    assert refused(cast) == [("session.token_reused", "stranger", address, once())]


def test_a_wrong_present_password_is_kept_though_the_form_was_refused(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.alice)
    typed = {"current_password": "wrong", "password": "a fine new one", "again": "a fine new one"}
    assert browser.post("/app/account/", typed).status_code == 422
    assert [row[:2] for row in refused(cast)] == [("user.password_refused", "user")]
    cast.alice.refresh_from_db()
    assert cast.alice.check_password(PASSWORD)


def test_a_reset_that_somebody_asked_for_is_kept(cast: Cast) -> None:
    origin = {"address": "192.0.2.9", "request_id": "r1", "via": "pages", "client": "x"}
    args = ("https://crm.example.com", "en", origin)
    assert send_reset_letter("alice@acme.test", *args)
    assert not send_reset_letter("nobody@acme.test", *args)
    assert refused(cast) == [("user.reset_asked", "stranger", "192.0.2.9", {})]
    assert [message.to for message in mail.outbox] == [["alice@acme.test"]]


def test_who_was_refused_what_is_kept_by_every_door(cast: Cast) -> None:
    row = create_customer(actor=actor_of(cast.alice), values=customer_values())
    with as_owner():
        AuditEntry.objects.for_actor(actor_of(cast.alice)).update(action="old")
    bob, browser = ApiClient(user=cast.bob), Client()
    browser.force_login(cast.bob)
    assert bob.delete(f"/api/customers/{row.pk}").status_code == 403
    assert ApiClient(key=cast.read_key).patch(f"/customers/{row.pk}", {}).status_code == 403
    assert browser.get("/app/settings/audit/").status_code == 403
    assert browser.get("/admin/").status_code == 302
    assert browser.get("/admin/login/").status_code == 403
    kept = [
        (kind, changes["refused"][1], changes["route"][1])
        for action, kind, _address, changes in refused(cast)
        if action == "permission.refused"
    ]
    assert kept == [
        (
            "user",
            "You do not have permission to delete, deactivate and restore customers",
            "DELETE api/customers/<str:customer_id>",
        ),
        (
            "key",
            "You do not have permission to update customers",
            "PATCH customers/<str:customer_id>",
        ),
        (
            "user",
            "You do not have permission to view the audit trail",
            "GET app/settings/audit/",
        ),
        ("user", "You do not have permission to perform this action", "GET admin/login/"),
    ]


def test_what_is_noted_outlives_the_transaction_that_rolls_back(actor: Actor) -> None:
    with written_at_the_end():
        with transaction.atomic():
            note_refusal(actor, "permission.refused", refused="x")
            transaction.set_rollback(True)
        assert AuditEntry.objects.for_actor(actor).count() == 0
    assert AuditEntry.objects.for_actor(actor).count() == 1


def test_an_answer_stands_though_the_trail_cannot_be_written(
    client: ApiClient, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def unreachable(*_: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(
        refusals.AuditEntry.objects,
        "unscoped",
        lambda: type("Rows", (), {"bulk_create": unreachable}),
    )
    wrong = {"email": "alice@acme.test", "password": "wrong"}
    assert client.post("/api/auth/token", wrong).status_code == 401
    assert "refusals couldn't be written" in caplog.text


@pytest.mark.parametrize("who", ["alice", "key"])
def test_who_named_another_organization_is_kept_by_their_own(cast: Cast, who: str) -> None:
    client = ApiClient(user=cast.alice) if who == "alice" else ApiClient(key=cast.live_key)
    for name in (cast.other.slug, "nobody-at-all"):
        answer = client.get(
            "/customers" if who == "key" else "/api/customers", {"X-Organization": name}
        )
        assert answer.status_code == 403
    rows = AuditEntry.objects.for_actor(actor_of(cast.alice)).filter(action="permission.refused")
    # the second is alike, and the tenth would be written
    assert [(row.actor_kind, row.via, row.changes["refused"][1]) for row in rows] == [
        (
            "user" if who == "alice" else "key",
            "roofing" if who == "alice" else "merchants",
            "You may not work in another organization",
        )
    ]
    theirs = AuditEntry.objects.for_actor(actor_of(cast.charlie))
    assert not theirs.filter(action="permission.refused").exists()

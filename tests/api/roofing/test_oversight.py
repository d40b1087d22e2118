"""The audit trail, the staff, their sessions and the organization's settings, natively."""

import datetime as dt
import uuid
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.models import AuditEntry
from core.clock import now
from core.identity.models import Session, User
from core.identity.services import actor_of
from core.identity.tokens import open_session
from core.tenancy.models import Organization
from customers.services.customers import create_customer, update_customer
from tests.cast import PASSWORD, Cast, customer_values
from tests.client import ApiClient

Sent = list[tuple[str, list[Any]]]


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


def entries(cast: Cast, **values: Any) -> list[str]:
    rows = AuditEntry.objects.for_actor(actor_of(cast.alice)).filter(**values).order_by("-pk")
    return [str(row.pk) for row in rows]


def test_an_audit_entry_says_who_did_what_when_from_where(cast: Cast, api: ApiClient) -> None:
    mona = ApiClient(user=cast.mona)
    row = create_customer(actor=actor_of(cast.bob), values=customer_values())
    assert mona.patch(f"/api/customers/{row.pk}", {"notes": "called"}).status_code == 200
    newest = api.get("/api/audit").json()["data"][0]
    assert uuid.UUID(newest.pop("id"))
    assert newest.pop("at").endswith("Z")
    assert newest.pop("request_id")
    assert newest == {
        "action": "customer.updated",
        "actor_kind": "user",
        "actor_id": str(cast.mona.pk),
        "actor": "mona@acme.test",
        "via": "roofing",
        "address": "127.0.0.1",
        "subject_type": "customer",
        "subject_id": str(row.pk),
        "customer_id": str(row.pk),
        "changes": {"notes": ["", "called"]},
    }


def test_the_audit_is_filtered_by_customer_person_act_door_and_time(
    cast: Cast, api: ApiClient
) -> None:
    row = create_customer(actor=actor_of(cast.bob), values=customer_values(1))
    other = create_customer(actor=actor_of(cast.mona), values=customer_values(2))
    pages = actor_of(cast.mona).at(address="", request_id="", via="pages")
    update_customer(actor=pages, customer_id=row.pk, values={"notes": "x"})
    assert ids(api.get("/api/audit", customer_id=str(row.pk))) == entries(cast, customer_id=row.pk)
    assert len(ids(api.get("/api/audit", customer_id=str(other.pk)))) == 1
    by_mona = ids(api.get("/api/audit", actor_id=str(cast.mona.pk)))
    assert by_mona == entries(cast, actor_id=cast.mona.pk)
    assert len(by_mona) == 2
    assert len(ids(api.get("/api/audit", action="customer.created"))) == 2
    assert ids(api.get("/api/audit", via="pages")) == entries(cast, via="pages")
    an_hour_ago = (now() - dt.timedelta(hours=1)).isoformat()
    assert len(ids(api.get("/api/audit", since=an_hour_ago))) == 3
    assert ids(api.get("/api/audit", until=an_hour_ago)) == []
    for edge in ("1000-01-01", "9998-12-31T23:59:59+00:00"):
        assert len(ids(api.get("/api/audit", since=edge))) == (3 if edge < "2" else 0)
        assert len(ids(api.get("/api/audit", until=edge))) == (0 if edge < "2" else 3)
    assert api.get("/api/audit", customer_id="nonsense").status_code == 400


def test_the_audit_costs_the_same_for_three_entries_and_thirty(cast: Cast, api: ApiClient) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get("/api/audit").status_code == 200
        return len(captured)

    for number in range(3):
        create_customer(actor=actor_of(cast.bob), values=customer_values(number))
    few = asked()
    for number in range(3, 30):
        create_customer(actor=actor_of(cast.bob), values=customer_values(number))
    assert asked() == few


def test_an_invited_person_gets_a_letter_and_chooses_a_password(
    cast: Cast, api: ApiClient, sent: Sent, django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.SITE_URL = "https://crm.example.com"
    with django_capture_on_commit_callbacks(execute=True):
        made = api.post("/api/users", {"email": "Nina@acme.test", "first_name": "Nina"})
    assert made.status_code == 201
    shown = made.json()["data"]
    assert (shown["email"], shown["role"], shown["is_active"], shown["last_login"]) == (
        "nina@acme.test",
        "staff",
        True,
        None,
    )
    assert "password" not in made.content.decode()
    nina = User.objects.unscoped().get(pk=shown["id"])
    assert (nina.has_usable_password(), nina.organization) == (False, cast.acme)
    ((task, args),) = sent
    current_app.tasks[task](*args)
    assert mail.outbox[0].to == ["nina@acme.test"]
    assert "\nhttps://crm.example.com/app/reset/" in mail.outbox[0].body
    with django_capture_on_commit_callbacks(execute=True):
        again = api.post(f"/api/users/{nina.pk}/invitation")
    assert (again.status_code, again.json()) == (
        202,
        {"message": "A letter is on its way to nina@acme.test"},
    )
    assert len(sent) == 2


def test_a_refused_invitation_sends_no_letter(
    cast: Cast, api: ApiClient, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    before = User.objects.unscoped().count()
    with django_capture_on_commit_callbacks(execute=True):
        taken = api.post("/api/users", {"email": "bob@acme.test"})
        wrong = api.post("/api/users", {"email": "nobody", "role": "boss"})
        above = api.post("/api/users", {"email": "x@acme.test", "role": "super_admin"})
    assert (taken.status_code, wrong.status_code, above.status_code) == (409, 400, 403)
    assert set(wrong.json()["details"]) == {"email", "role"}
    assert sent == []
    assert User.objects.unscoped().count() == before


def test_a_person_is_changed_under_the_version_that_was_read(cast: Cast, api: ApiClient) -> None:
    path = f"/api/users/{cast.bob.pk}"
    read = api.get(path)
    assert read.headers["ETag"] == '"1"'
    tag = {"If-Match": read.headers["ETag"]}
    changed = api.patch(path, {"role": "outlet_manager"}, **tag)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json()["data"]["role"] == "outlet_manager"
    stale = api.patch(path, {"first_name": "Robert"}, **tag)
    assert stale.status_code == 412
    cast.bob.refresh_from_db()
    assert (cast.bob.first_name, cast.bob.role) == ("Bob", "outlet_manager")


def test_deactivating_ends_every_session_at_once(cast: Cast, api: ApiClient) -> None:
    bob = ApiClient(user=cast.bob)
    assert bob.get("/api/customers").status_code == 200
    assert api.patch(f"/api/users/{cast.bob.pk}", {"is_active": False}).status_code == 200
    assert bob.get("/api/customers").status_code == 401
    assert api.patch(f"/api/users/{cast.bob.pk}", {"is_active": True}).status_code == 200
    assert bob.get("/api/customers").status_code == 401


def test_nobody_changes_the_own_role_or_ends_the_own_access(cast: Cast, api: ApiClient) -> None:
    refused = api.patch(f"/api/users/{cast.alice.pk}", {"role": "staff", "is_active": False})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"role", "is_active"})
    assert api.patch(f"/api/users/{cast.sue.pk}", {"first_name": "X"}).status_code == 403


def test_the_own_email_takes_the_present_password(cast: Cast, api: ApiClient) -> None:
    path = f"/api/users/{cast.alice.pk}"
    without = api.patch(path, {"email": "new@acme.test"})
    assert (without.status_code, without.json()["details"]) == (
        400,
        {"current_password": ["Your own e-mail and password take your current password."]},
    )
    wrong = api.patch(path, {"email": "new@acme.test", "current_password": "wrong"})
    assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"current_password"})
    cast.alice.refresh_from_db()
    assert cast.alice.email == "alice@acme.test"
    assert entries(cast, action="user.password_refused")
    right = api.patch(path, {"email": "new@acme.test", "current_password": PASSWORD})
    assert (right.status_code, right.json()["data"]["email"]) == (200, "new@acme.test")
    assert "current_password" not in right.json()["data"]
    assert api.patch(path, {"first_name": "Al"}).status_code == 200, "a name takes none"
    others = api.patch(f"/api/users/{cast.bob.pk}", {"email": "robert@acme.test"})
    assert others.status_code == 200, "nor does another's e-mail"


def test_people_are_filtered(cast: Cast, api: ApiClient) -> None:
    assert ids(api.get("/api/users", role="staff")) == [str(cast.bob.pk)]
    assert ids(api.get("/api/users", email="BOB@acme.test")) == [str(cast.bob.pk)]
    assert ids(api.get("/api/users", is_active="false")) == []
    assert len(ids(api.get("/api/users"))) == 4


def test_a_session_is_listed_and_ended(cast: Cast, api: ApiClient) -> None:
    bob = ApiClient(user=cast.bob)
    kept = open_session(user=cast.bob)
    path = f"/api/users/{cast.bob.pk}/sessions"
    found = api.get(path).json()["data"]
    assert [row["kind"] for row in found] == ["tokens", "tokens"]
    ended = api.delete(f"{path}/{found[1]['id']}")
    assert (ended.status_code, ended.json()) == (
        200,
        {"message": f"Session {found[1]['id']} deleted successfully"},
    )
    assert bob.get("/api/customers").status_code == 401
    still = ApiClient(Authorization=f"Bearer {kept.access}")
    assert still.get("/api/customers").status_code == 200
    assert ids(api.get(path)) == [found[0]["id"]]


def test_a_session_is_ended_only_under_its_own_person(cast: Cast, api: ApiClient) -> None:
    open_session(user=cast.bob)
    session = Session.objects.get(user=cast.bob)
    wrong = api.delete(f"/api/users/{cast.mona.pk}/sessions/{session.pk}")
    assert (wrong.status_code, wrong.json()) == (404, {"error": "Session not found"})
    assert api.get(f"/api/users/{cast.charlie.pk}/sessions").status_code == 404
    session.refresh_from_db()
    assert session.revoked_at is None


def test_the_organizations_settings_are_read_and_changed(
    cast: Cast, api: ApiClient, sent: Sent
) -> None:
    read = api.get("/api/organizations/current")
    assert read.headers["ETag"] == '"1"'
    assert read.json()["data"]["vip_lifetime_value"] == 100000
    assert read.json()["data"]["slug"] == "acme"
    changed = api.patch(
        "/api/organizations/current",
        {"vip_lifetime_value": 7500.5, "time_zone": "Europe/Madrid"},
        **{"If-Match": '"1"'},
    )
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    shown = changed.json()["data"]
    assert (shown["vip_lifetime_value"], shown["time_zone"]) == (7500.5, "Europe/Madrid")
    stale = api.put("/api/organizations/current", {"name": "X"}, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    acme = Organization.objects.get(pk=cast.acme.pk)
    assert (acme.name, acme.version) == ("Acme Roofs", 2)
    assert len(entries(cast, action="job.recalculation")) == 1, "changed thresholds are applied"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"currency": "dollars"}, "currency"),
        ({"currency": "ZZZ"}, "currency"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"vip_lifetime_value": -1}, "vip_lifetime_value"),
        ({"inactive_days": "many"}, "inactive_days"),
        ({"name": ""}, "name"),
        ({"nothing": 1}, "nothing"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_changed(
    cast: Cast, api: ApiClient, body: dict[str, Any], key: str
) -> None:
    refused = api.patch("/api/organizations/current", body)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {key})
    assert Organization.objects.get(pk=cast.acme.pk).version == 1


def test_a_super_admin_reads_and_changes_the_organization_worked_in(cast: Cast) -> None:
    sue = ApiClient(user=cast.sue, **{"X-Organization": "other"})
    assert sue.get("/api/organizations/current").json()["data"]["slug"] == "other"
    assert sue.patch("/api/organizations/current", {"name": "Others"}).status_code == 200
    assert Organization.objects.get(pk=cast.other.pk).name == "Others"
    assert Organization.objects.get(pk=cast.acme.pk).name == "Acme Roofs"

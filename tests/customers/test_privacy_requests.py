"""What people ask for is recorded once, due in thirty days, and answered once."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from appointments.services import book_appointment
from core.audit.models import AuditEntry
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.errors import RequestAnswered
from customers.filters import PrivacyRequestConditions
from customers.models import Customer, PrivacyRequest
from customers.selectors.privacy import erasure_blockers, privacy_requests
from customers.services.customers import create_customer, delete_customer
from customers.services.privacy_requests import close_privacy_request, open_privacy_request
from tests.cast import Cast, customer_values
from tests.client import ApiClient


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


def ask(actor: Actor, row: Customer, kind: str = "access", **more: Any) -> PrivacyRequest:
    return open_privacy_request(actor=actor, values={"customer": row.pk, "kind": kind, **more})


def close(actor: Actor, key: UUID, status: str = "done", **more: Any) -> PrivacyRequest:
    return close_privacy_request(actor=actor, request_id=key, values={"status": status, **more})


def test_a_request_is_due_thirty_days_after_its_receipt(actor: Actor, jane: Customer) -> None:
    row = ask(actor, jane, received_at="2026-02-01T09:00:00Z", note="by letter")
    row.refresh_from_db()
    assert row.due_at == dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC)
    assert (row.status, row.note, row.opened_by) == ("open", "by letter", "alice@acme.test")
    entry = AuditEntry.objects.for_actor(actor).get(action="privacyrequest.created")
    assert (entry.customer_id, entry.subject_id) == (jane.pk, row.pk)
    assert now() - ask(actor, jane, "erasure").received_at < dt.timedelta(minutes=1)


def test_of_a_kind_one_is_open_at_a_time(actor: Actor, jane: Customer) -> None:
    first = ask(actor, jane)
    with pytest.raises(Conflict):
        ask(actor, jane)
    assert PrivacyRequest.objects.for_actor(actor).count() == 1
    close(actor, first.pk)
    assert ask(actor, jane).pk != first.pk


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "kind"),
        ({"kind": "gossip"}, "kind"),
        ({"kind": "access", "received_at": "2199-01-01T00:00:00Z"}, "received_at"),
        ({"kind": "access", "note": "x" * 10_001}, "note"),
    ],
    ids=["no kind", "unknown kind", "from the future", "too long"],
)
def test_what_makes_no_request_is_refused(
    actor: Actor, jane: Customer, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        open_privacy_request(actor=actor, values={"customer": jane.pk, **values})
    assert set(refused.value.faults) == {field}
    assert PrivacyRequest.objects.unscoped().count() == 0


def test_an_answer_says_who_and_when_and_is_final(actor: Actor, jane: Customer) -> None:
    row = close(actor, ask(actor, jane).pk)
    assert (row.status, row.closed_by, row.version) == ("done", "alice@acme.test", 2)
    assert row.closed_at is not None
    with pytest.raises(RequestAnswered):
        close(actor, row.pk, "refused", reason="too late")
    row.refresh_from_db()
    assert (row.status, row.reason) == ("done", "")


def test_a_refusal_gives_its_reason(actor: Actor, jane: Customer) -> None:
    row = ask(actor, jane)
    for values in (
        {},
        {"status": "open"},
        {"status": "refused"},
        {"status": "refused", "reason": " "},
    ):
        with pytest.raises(Invalid):
            close_privacy_request(actor=actor, request_id=row.pk, values=values)
    row.refresh_from_db()
    assert (row.status, row.version) == ("open", 1)
    assert close(actor, row.pk, "refused", reason="Not the same person").status == "refused"


def test_a_stale_answer_changes_nothing(actor: Actor, jane: Customer) -> None:
    row = ask(actor, jane)
    with pytest.raises(Stale):
        close_privacy_request(
            actor=actor, request_id=row.pk, values={"status": "done"}, if_version=7
        )
    row.refresh_from_db()
    assert row.status == "open"


def test_the_request_of_a_deleted_customer_stays_on_the_desk(actor: Actor, jane: Customer) -> None:
    row = ask(actor, jane, "erasure")
    delete_customer(actor=actor, customer_id=jane.pk)
    assert list(privacy_requests(actor=actor)) == [row]
    assert close(actor, row.pk).status == "done"
    with pytest.raises(Invalid):
        ask(actor, jane)
    assert PrivacyRequest.objects.unscoped().count() == 1


def test_staff_and_strangers_neither_ask_nor_answer_nor_see(
    actor: Actor, jane: Customer, cast: Cast
) -> None:
    row = ask(actor, jane)
    for user in (cast.bob, cast.mona):
        with pytest.raises(Forbidden):
            ask(actor_of(user), jane, "erasure")
        with pytest.raises(Forbidden):
            close(actor_of(user), row.pk)
        with pytest.raises(Forbidden):
            privacy_requests(actor=actor_of(user))
    charlie = actor_of(cast.charlie)
    with pytest.raises(Invalid):
        ask(charlie, jane, "erasure")
    with pytest.raises(NotFound):
        close(charlie, row.pk)
    assert list(privacy_requests(actor=charlie)) == []
    assert PrivacyRequest.objects.unscoped().filter(status="open").count() == 1


def test_a_customer_who_acts_asks_for_themselves_and_sees_the_own(
    actor: Actor, jane: Customer
) -> None:
    other = create_customer(actor=actor, values=customer_values(2))
    ask(actor, other)
    acting = Actor(
        actor.organization,
        "customer",
        "jane",
        frozenset({Permission.REQUEST_PRIVACY}),
        id=jane.pk,
    )
    mine = ask(acting, jane, "erasure")
    assert list(privacy_requests(actor=acting)) == [mine]
    with pytest.raises(NotFound):
        ask(acting, other, "erasure")
    assert PrivacyRequest.objects.unscoped().count() == 2
    assert erasure_blockers(actor=acting, customer_ids=[other.pk]) == []


def test_blockers_of_an_erasure_name_the_appointments_to_come(
    actor: Actor, jane: Customer, cast: Cast
) -> None:
    def book(start: str, status: str = "confirmed") -> Any:
        values = {"customer": jane.pk, "start_at": start, "status": status}
        return book_appointment(actor=actor, values=values)

    later, sooner = book("2099-03-01T10:00:00Z"), book("2099-01-01T10:00:00Z", "pending")
    book("2099-02-01T10:00:00Z", "cancelled")
    book("2020-01-01T10:00:00Z")
    found = erasure_blockers(actor=actor, customer_ids=[jane.pk])
    assert [blocker.row_id for blocker in found] == [sooner.pk, later.pk]
    assert (found[0].customer_id, found[0].kind) == (jane.pk, "appointment")
    assert found[0].at == dt.datetime(2099, 1, 1, 10, tzinfo=dt.UTC)
    assert erasure_blockers(actor=actor_of(cast.charlie), customer_ids=[jane.pk]) == []


def test_requests_are_found_by_customer_kind_and_status(actor: Actor, jane: Customer) -> None:
    access, erasure = ask(actor, jane), ask(actor, jane, "erasure")
    close(actor, access.pk)

    def found(**conditions: Any) -> list[PrivacyRequest]:
        return list(
            privacy_requests(actor=actor, conditions=PrivacyRequestConditions(**conditions))
        )

    assert found(status="open") == [erasure]
    assert found(kind="access", customer_id=jane.pk) == [access]


def test_the_endpoint_opens_lists_and_answers(actor: Actor, jane: Customer, api: ApiClient) -> None:
    path = "/api/privacy-requests"
    body = {"customer_id": str(jane.pk), "kind": "erasure", "received_at": "2026-02-01T12:00:00Z"}
    created = api.post(path, body)
    data = created.json()["data"]
    assert (created.status_code, created.headers["ETag"]) == (201, '"1"')
    assert (data["due_at"], data["status"], data["blockers"]) == (
        "2026-03-03T12:00:00Z",
        "open",
        [],
    )
    assert api.post(path, body).status_code == 409
    visit = book_appointment(
        actor=actor, values={"customer": jane.pk, "start_at": "2099-01-01T10:00:00Z"}
    )
    told = [{"kind": "appointment", "id": str(visit.pk), "date": "2099-01-01T10:00:00Z"}]
    assert api.get(f"{path}/{data['id']}").json()["data"]["blockers"] == told
    assert [row["blockers"] for row in api.get(path, status="open").json()["data"]] == [told]
    erase, close = f"{path}/{data['id']}/erase", f"{path}/{data['id']}/close"
    assert api.post(erase).status_code == 409
    refused = {"status": "refused", "reason": "An appointment stands"}
    assert api.post(close, refused, **{"If-Match": '"7"'}).status_code == 412
    answered = api.post(close, refused, **{"If-Match": '"1"'})
    assert (answered.status_code, answered.json()["data"]["closed_by"]) == (200, "alice@acme.test")
    assert api.post(close, {"status": "done"}).json() == {
        "error": "This request is answered already"
    }
    assert api.post(erase).status_code == 409
    assert Customer.objects.unscoped().count() == 1


def test_the_endpoint_erases_who_asked_for_it(actor: Actor, jane: Customer, api: ApiClient) -> None:
    access, erasure = ask(actor, jane), ask(actor, jane, "erasure")
    refused = api.post(f"/api/privacy-requests/{access.pk}/erase")
    assert (refused.status_code, refused.json()["error"]) == (
        409,
        "This request doesn't ask for erasure",
    )
    answer = api.post(f"/api/privacy-requests/{erasure.pk}/erase")
    assert answer.status_code == 200
    entry = AuditEntry.objects.for_actor(actor).get(action="customer.erased")
    assert entry.changes["certificate"] == [None, answer.json()["data"]["certificate_id"]]
    assert PrivacyRequest.objects.unscoped().count() == 0
    assert Customer.objects.unscoped().count() == 0

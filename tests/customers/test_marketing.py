"""Lists for marketing leave out who hasn't agreed, and consents end by themselves."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.models import AuditEntry, OutboxEvent
from core.clock import now
from core.tenancy.actor import Actor
from core.webhooks.payloads import records_of
from customers.choices import ConsentAnswer
from customers.filters import CustomerConditions
from customers.models import Consent, Customer
from customers.selectors.consents import consent_states
from customers.selectors.customers import customers
from customers.services.customers import create_customer, delete_customer
from customers.services.expiry import expire_consents
from customers.services.management import block_customer, record_consent
from customers.tasks import end_consents
from interactions.selectors import silence
from tests import background
from tests.cast import customer_values
from tests.client import ApiClient
from tests.database_role import as_owner

Person = Callable[..., Customer]


@pytest.fixture
def person(actor: Actor) -> Person:
    def make(number: int, **values: Any) -> Customer:
        return create_customer(actor=actor, values=customer_values(number, **values))

    return make


def agree(actor: Actor, row: Customer, **more: Any) -> Consent:
    values = {"channel": "all", "purpose": "marketing", "granted": True, "method": "phone", **more}
    return record_consent(actor=actor, customer_id=row.pk, values=values)


def end(consent: Consent) -> None:
    """Its end has come."""
    with as_owner():
        Consent.objects.unscoped().filter(pk=consent.pk).update(
            expires_at=now() - dt.timedelta(seconds=1)
        )


def soon() -> str:
    return (now() + dt.timedelta(days=1)).isoformat()


def listed(actor: Actor, *, marketing: bool) -> set[UUID]:
    rows = customers(actor=actor, conditions=CustomerConditions(marketing=marketing))
    return set(rows.values_list("pk", flat=True))


@pytest.fixture
def agreed(actor: Actor, person: Person) -> set[UUID]:
    """Two who have agreed, beside one of each kind who hasn't, or not any more."""
    yes = [person(1, marketing_consent=True), person(2)]
    agree(actor, yes[1], expires_at=soon())
    person(3)
    blocked, withdrawn, ended, renewed = (person(number) for number in (4, 5, 6, 7))
    for row in (blocked, withdrawn):
        agree(actor, row)
    block_customer(actor=actor, customer_id=blocked.pk, values={"is_blocked": True})
    agree(actor, withdrawn, granted=False)
    end(agree(actor, ended, expires_at=soon()))
    end(agree(actor, renewed, expires_at=soon()))
    agree(actor, renewed)
    return {*(row.pk for row in yes), renewed.pk}


def test_a_list_for_marketing_holds_those_alone_who_agreed_and_still_do(
    actor: Actor, agreed: set[UUID]
) -> None:
    everyone = set(Customer.objects.for_actor(actor).values_list("pk", flat=True))
    assert listed(actor, marketing=True) == agreed
    assert listed(actor, marketing=False) == everyone - agreed
    assert len(everyone) == 7


def test_an_export_for_marketing_says_how_many_are_left_out(
    api: ApiClient, agreed: set[UUID]
) -> None:
    def export(**filters: str) -> Any:
        body = {"resource": "customers", "format": "csv", "columns": ["id"], "filters": filters}
        job = api.post("/api/exports", body).json()["data"]
        background.run(job["id"])
        return api.get(f"/api/exports/{job['id']}").json()["data"]

    job = export(marketing="true")
    assert (job["rows"], job["left_out"]) == (3, 4)
    assert export(marketing="true", search="Smith4")["left_out"] == 1
    assert export()["left_out"] is None
    assert export(marketing="false")["left_out"] is None
    file = api.get("/api/customers/export", marketing="true")
    lines = b"".join(file.streaming_content).decode().splitlines()
    assert (len(lines) - 1, file.headers["X-Left-Out"]) == (3, "4")
    assert not any("jane4@" in line or "jane6@" in line for line in lines)
    whole = api.get("/api/customers/export")
    assert (len(b"".join(whole.streaming_content).splitlines()) - 1, "X-Left-Out" in whole) == (
        7,
        False,
    )


def test_a_consent_whose_end_has_come_counts_as_none_and_is_no_withdrawal(
    actor: Actor, person: Person
) -> None:
    row = person(1)
    texts = {"channel": "sms", "purpose": "notifications"}
    consent = agree(actor, row, **texts, expires_at=soon())
    assert end_consents() == 0
    end(consent)
    row.refresh_from_db()
    state = consent_states(actor=actor, customer=row)["notify_sms"]
    assert state.answer == ConsentAnswer.EXPIRED
    assert end_consents() == 1
    row.refresh_from_db()
    assert row.notify_sms is False
    state = consent_states(actor=actor, customer=row)["notify_sms"]
    assert state.answer == ConsentAnswer.EXPIRED
    assert [each.granted for each in Consent.objects.for_actor(actor)] == [True]
    assert silence(customer=row, channel="sms") == ""
    assert end_consents() == 0


def test_the_end_is_told_once_with_the_consent(actor: Actor, person: Person) -> None:
    row = person(1)
    consent = agree(actor, row, expires_at=soon())
    end(consent)
    end_consents()
    end_consents()
    (event,) = OutboxEvent.objects.for_actor(actor).filter(type="consent.expired")
    assert (event.subject_id, event.customer_id) == (consent.pk, row.pk)
    assert event.data == {"changed": ["marketing_consent"]}
    assert str(consent.pk).encode() in records_of([event])[event.pk]
    entry = AuditEntry.objects.for_actor(actor).get(action="consent.expired")
    assert (entry.customer_id, entry.actor_label) == (row.pk, "schedule")
    assert entry.changes == {"marketing_consent": [True, False]}


def test_what_was_said_since_stands(actor: Actor, person: Person) -> None:
    renewed, withdrawn, gone = person(1), person(2), person(3)
    for row in (renewed, withdrawn, gone):
        end(agree(actor, row, expires_at=soon()))
    agree(actor, renewed)
    agree(actor, withdrawn, granted=False)
    delete_customer(actor=actor, customer_id=gone.pk)
    assert end_consents() == 0
    keys = [row.pk for row in (renewed, withdrawn, gone)]
    assert expire_consents(actor=actor, customer_ids=keys) == 0
    renewed.refresh_from_db()
    assert renewed.marketing_consent is True
    assert not OutboxEvent.objects.unscoped().filter(type="consent.expired").exists()


def test_many_ends_are_a_fixed_number_of_statements(
    actor: Actor, person: Person, django_assert_num_queries: Any
) -> None:
    def ended(some: range) -> list[UUID]:
        rows = [person(number) for number in some]
        for row in rows:
            end(agree(actor, row, expires_at=soon()))
        return [row.pk for row in rows]

    few, many = ended(range(3)), ended(range(3, 23))
    with CaptureQueriesContext(connection) as asked:
        assert expire_consents(actor=actor, customer_ids=few) == 3
    with django_assert_num_queries(len(asked)):
        assert expire_consents(actor=actor, customer_ids=many) == 20

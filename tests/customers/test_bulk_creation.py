"""Many customers at once, also when another writer comes between."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audit.models import AuditEntry, OutboxEvent
from core.errors import Forbidden, Invalid
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Consent, Customer
from customers.services import bulk_creation
from customers.services.bulk_creation import RowOutcome, create_customers
from customers.services.customers import create_customer
from tests.cast import Cast


def outcomes(actor: Actor, *rows: Mapping[str, Any]) -> list[RowOutcome]:
    return [row.outcome for row in create_customers(actor=actor, rows=rows)]


def test_another_writer_between_looking_and_writing_makes_duplicates_not_failures(
    actor: Actor, monkeypatch: Any
) -> None:
    look = bulk_creation._duplicates

    def beaten(acting: Actor, drafts: Any) -> Any:
        found = look(acting, drafts)
        create_customer(
            actor=acting, values={"phone": "+529990000002", "email": "other@example.com"}
        )
        return found

    monkeypatch.setattr(bulk_creation, "_duplicates", beaten)
    rows = [
        {"phone": "+529990000001", "tags": ["a"]},
        {"phone": "+529990000002", "email": "two@example.com"},
        {"phone": "+529990000003", "email": "two@example.com"},
    ]
    found = create_customers(actor=actor, rows=rows)
    assert [row.outcome for row in found] == [
        RowOutcome.CREATED,
        RowOutcome.DUPLICATE,
        RowOutcome.CREATED,
    ]
    assert (
        found[1].customer_id
        == Customer.objects.for_actor(actor).get(email_key="other@example.com").pk
    )
    assert Customer.objects.for_actor(actor).count() == 3
    assert AuditEntry.objects.for_actor(actor).filter(action="customer.created").count() == 3


def test_batches_know_of_each_other(actor: Actor, monkeypatch: Any) -> None:
    monkeypatch.setattr(bulk_creation, "BATCH", 2)
    rows = [{"phone": f"+52999000000{number}"} for number in (1, 2, 1, 3, 2)]
    found = create_customers(actor=actor, rows=rows)
    assert [row.outcome for row in found] == [
        RowOutcome.CREATED,
        RowOutcome.CREATED,
        RowOutcome.DUPLICATE,
        RowOutcome.CREATED,
        RowOutcome.DUPLICATE,
    ]
    assert (found[2].customer_id, found[4].customer_id) == (
        found[0].customer_id,
        found[1].customer_id,
    )
    (run,) = AuditEntry.objects.for_actor(actor).filter(action="customers.imported")
    assert run.changes == {
        "rows": [None, 5],
        "created": [None, 3],
        "duplicate": [None, 2],
        "failed": [None, 0],
    }


def test_what_follows_a_creation_follows_here_too(actor: Actor) -> None:
    referrer = create_customer(actor=actor, values={"first_name": "Rita"})
    (result,) = create_customers(
        actor=actor,
        rows=[
            {
                "phone": "+529990000001",
                "referred_by": str(referrer.pk),
                "marketing_consent": True,
                "converted_from_lead_id": "lead",
                "customer_since": "2020-01-01T00:00:00Z",
                "tags": ["b", "a", "b"],
            }
        ],
    )
    row = Customer.objects.for_actor(actor).get(pk=result.customer_id)
    assert (row.status, row.engagement, row.last_activity_at) == (
        "churned",
        "inactive",
        row.customer_since,
    )
    referrer.refresh_from_db()
    assert (referrer.referral_count, referrer.segment) == (1, "referral_source")
    assert Consent.objects.for_actor(actor).get().granted
    events = (
        OutboxEvent.objects.for_actor(actor)
        .filter(subject_id=row.pk)
        .values_list("type", flat=True)
    )
    assert sorted(events) == ["customer.converted", "customer.created"]
    entry = AuditEntry.objects.for_actor(actor).get(customer_id=row.pk)
    assert entry.changes["tags"] == [[], ["b", "a"]]


def test_a_customer_without_anything_to_know_it_by_fails(actor: Actor) -> None:
    (result,) = create_customers(actor=actor, rows=[{"city": "Mérida"}])
    assert result.outcome == RowOutcome.FAILED
    assert isinstance(result.error, Invalid)


def test_the_statements_of_a_batch_do_not_grow_with_it(actor: Actor) -> None:
    def statements(first: int, count: int) -> int:
        rows = [
            {"phone": f"+52999{number:07}", "tags": ["x"]} for number in range(first, first + count)
        ]
        with CaptureQueriesContext(connection) as captured:
            assert set(outcomes(actor, *rows)) == {RowOutcome.CREATED}
        return len(captured)

    statements(0, 2)
    assert statements(10, 3) == statements(100, 60)


def test_importing_needs_its_permission(cast: Cast) -> None:
    bob = actor_of(cast.bob)
    with pytest.raises(Forbidden):
        create_customers(actor=bob, rows=[{"phone": "+529990000001"}])
    assert Customer.objects.for_actor(bob).count() == 0

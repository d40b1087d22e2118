"""What a write leaves in the audit, the outbox and the idempotency records."""

from typing import Any

import pytest

from core.audit.models import AuditEntry, OutboxEvent
from customers.models import Customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient
from tests.database_role import as_owner

WRITES = [
    ("POST", "", customer_values(5), "customer.created", {"customer.created"}),
    (
        "POST",
        "",
        customer_values(5, converted_from_lead_id="l"),
        "customer.created",
        {"customer.created", "customer.converted"},
    ),
    ("PATCH", "/{id}", {"city": "New"}, "customer.updated", {"customer.updated"}),
    ("DELETE", "/{id}", None, "customer.deleted", {"customer.deleted"}),
    (
        "POST",
        "/{id}/interactions",
        {"type": "note"},
        "interaction.created",
        {"interaction.created"},
    ),
    (
        "POST",
        "/bulk-update",
        {"customer_ids": ["{id}"], "updates": {"campaign": "x"}},
        "customer.updated",
        {"customer.updated"},
    ),
]


@pytest.mark.parametrize(("method", "rest", "body", "action", "events"), WRITES)
def test_every_write_leaves_one_entry_and_its_events(
    method: str,
    rest: str,
    body: Any,
    action: str,
    events: set[str],
    api: ApiClient,
    jane: Customer,
    cast: Cast,
) -> None:
    with as_owner():
        AuditEntry.objects.unscoped().delete()
    OutboxEvent.objects.unscoped().delete()
    if isinstance(body, dict) and "customer_ids" in body:
        body = {**body, "customer_ids": [str(jane.pk)]}
    response = api.send(method, "/api/customers" + rest.format(id=jane.pk), body)
    assert response.status_code < 300, response.content
    (entry,) = AuditEntry.objects.unscoped().filter(action=action)
    assert (entry.actor_kind, entry.actor_id, entry.actor_label, entry.via) == (
        "user",
        cast.alice.pk,
        cast.alice.email,
        "roofing",
    )
    assert (entry.address, entry.request_id) == ("127.0.0.1", response.headers["X-Request-ID"])
    assert set(OutboxEvent.objects.unscoped().values_list("type", flat=True)) == events


@pytest.mark.parametrize(
    ("kind", "body", "events"),
    [
        ("projects", {"total_amount": 1}, []),
        ("projects", {"total_amount": 1, "status": "completed"}, ["project.completed"]),
        ("transactions", {"gross_amount": 1}, []),
        (
            "appointments",
            {"appointment_date": "2026-01-05", "start_time": "10:00"},
            ["appointment.created"],
        ),
        ("conversations", {"channel": "sms"}, []),
    ],
)
def test_every_write_of_a_resource_is_audited(
    kind: str, body: Any, events: list[str], api: ApiClient, jane: Customer
) -> None:
    OutboxEvent.objects.unscoped().delete()
    response = api.post(f"/api/{kind}", {"customer_id": str(jane.pk), **body})
    assert response.status_code == 201, response.content
    assert (
        AuditEntry.objects.unscoped()
        .filter(action=f"{kind[:-1]}.created", customer_id=jane.pk)
        .count()
        == 1
    )
    assert list(OutboxEvent.objects.unscoped().values_list("type", flat=True)) == events


def test_an_idempotency_key_replays_its_answer_and_refuses_another_body(api: ApiClient) -> None:
    first = api.post("/api/customers", customer_values(1), **{"Idempotency-Key": "k"})
    again = api.post("/api/customers/", customer_values(1), **{"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (again.headers["ETag"], again.headers["Idempotent-Replayed"]) == ('"1"', "true")
    other = api.post("/api/customers", customer_values(2), **{"Idempotency-Key": "k"})
    assert (other.status_code, other.json()) == (
        409,
        {"error": "This Idempotency-Key was used with a different request"},
    )
    assert Customer.objects.unscoped().count() == 1


def test_a_refused_request_does_not_use_its_idempotency_key_up(api: ApiClient) -> None:
    assert (
        api.post(
            "/api/customers", {**customer_values(1), "nps_score": 99}, **{"Idempotency-Key": "k"}
        ).status_code
        == 400
    )
    assert (
        api.post("/api/customers", customer_values(1), **{"Idempotency-Key": "k"}).status_code
        == 201
    )


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_an_idempotency_key_that_is_none_is_400(key: str, api: ApiClient) -> None:
    assert (
        api.post("/api/customers", customer_values(1), **{"Idempotency-Key": key}).status_code
        == 400
    )


def test_one_key_used_by_two_people_is_two_keys(api: ApiClient, cast: Cast) -> None:
    mona = ApiClient(user=cast.mona)
    assert (
        api.post("/api/customers", customer_values(1), **{"Idempotency-Key": "k"}).status_code
        == 201
    )
    assert (
        mona.post("/api/customers", customer_values(2), **{"Idempotency-Key": "k"}).status_code
        == 201
    )

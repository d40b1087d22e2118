"""Erasing a customer through the booking API, as documented."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from appointments.models import Appointment
from appointments.services import book_appointment, change_appointment
from core.audit.models import AuditEntry
from core.clock import now
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient

PATH = "/api/customers/delete"
NOT_FOUND = {
    "error": "customer_not_found",
    "message": "No customer found with the provided identifier",
}


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


def key(customer: Customer) -> str:
    return f"cust_{customer.pk.hex}"


def rows(customer: Customer) -> int:
    return Customer.objects.unscoped().filter(pk=customer.pk).count()


def test_the_documented_answer(api: ApiClient, jane: Customer, actor: Actor) -> None:
    response = api.post(PATH, {"customer_id": key(jane)})
    assert response.status_code == 200, response.content
    body = response.json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["deleted_at"])
    assert abs(dt.datetime.fromisoformat(body.pop("deleted_at")) - now()) < dt.timedelta(seconds=10)
    assert body == {"success": True, "customer_id": key(jane)}
    assert rows(jane) == 0
    certificate = AuditEntry.objects.for_actor(actor).get(action="customer.erased")
    assert certificate.changes["ground"] == [None, "requested through the booking API"]
    assert (certificate.via, certificate.actor_label, certificate.customer_id) == (
        "booking",
        "alice@acme.test",
        None,
    )
    again = api.post(PATH, {"customer_id": key(jane)})
    assert (again.status_code, again.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_an_upcoming_appointment_refuses_with_the_documented_409(
    api: ApiClient, jane: Customer, actor: Actor, status: str
) -> None:
    booked = book_appointment(
        actor=actor,
        values={"customer": jane.pk, "start_at": "2099-01-01T10:00:00Z", "status": status},
    )
    response = api.post(PATH, {"customer_id": key(jane)})
    assert (response.status_code, response.json()) == (
        409,
        {
            "error": "customer_has_future_appointments",
            "message": "Cannot delete customer with upcoming appointments",
        },
    )
    assert rows(jane) == 1
    change_appointment(actor=actor, appointment_id=booked.pk, values={"status": "cancelled"})
    assert api.post(PATH, {"customer_id": key(jane)}).status_code == 200
    assert Appointment.objects.unscoped().get().customer_id is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Must provide customer_id"),
        ({"customer_id": None}, "Must provide customer_id"),
        ({"customer_id": " \u200b"}, "Must provide customer_id"),
        ({"customer_id": ["x"]}, "customer_id: Must be a string."),
        ({"email": "jane1@example.com"}, "Must provide customer_id"),
    ],
)
def test_bad_requests_erase_nothing(
    api: ApiClient, jane: Customer, body: Any, message: str
) -> None:
    response = api.post(PATH, body)
    assert (response.status_code, response.json()) == (
        400,
        {"error": "invalid_request", "message": message},
    )
    assert rows(jane) == 1


def test_an_id_that_is_not_ours_is_not_found(api: ApiClient, cast: Cast) -> None:
    strange = create_customer(actor=actor_of(cast.charlie), values=customer_values())
    for bad in ("cust_67890", str(strange.pk), key(strange), f"cust_{'0' * 32}"):
        response = api.post(PATH, {"customer_id": bad})
        assert (response.status_code, response.json()) == (404, NOT_FOUND)
    assert rows(strange) == 1


def test_a_soft_deleted_customer_can_still_be_erased(
    api: ApiClient, jane: Customer, actor: Actor
) -> None:
    delete_customer(actor=actor, customer_id=jane.pk)
    assert api.post(PATH, {"customer_id": key(jane)}).status_code == 200
    assert rows(jane) == 0


def test_a_stale_version_erases_nothing(api: ApiClient, jane: Customer) -> None:
    response = api.post(PATH, {"customer_id": key(jane)}, **{"If-Match": '"7"'})
    assert (response.status_code, response.json()["error"]) == (412, "precondition_failed")
    assert rows(jane) == 1
    assert api.post(PATH, {"customer_id": key(jane)}, **{"If-Match": '"1"'}).status_code == 200


def test_only_administrators_erase(
    cast: Cast, jane: Customer, client_of: Callable[..., ApiClient]
) -> None:
    refused = {"error": "forbidden", "message": "You do not have permission to erase customers"}
    for client in (
        client_of(cast.bob),
        client_of(cast.mona),
        ApiClient(key=cast.live_key),
        ApiClient(key=cast.read_key),
    ):
        for body in ({"customer_id": key(jane)}, {}, {"nonsense": 1}):
            response = client.post(PATH, body)
            assert (response.status_code, response.json()) == (403, refused)
    assert rows(jane) == 1
    assert client_of(cast.sue).post(PATH, {"customer_id": key(jane)}).status_code == 200

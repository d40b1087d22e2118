"""A customer's appointments: filters, days, pages, and statistics that no filter touches."""

from typing import Any

import pytest

from core.tenancy.actor import Actor
from core.tenancy.services.outlets import create_outlet
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient


@pytest.fixture
def path(api: ApiClient, actor: Actor, cast: Cast) -> str:
    """A customer with five appointments, one of them in Tokyo, and a stranger with one."""
    jane, john = (
        create_customer(actor=actor, values=customer_values(number)).pk for number in (1, 2)
    )
    tokyo = create_outlet(actor=actor, values={"name": "Tokyo", "time_zone": "Asia/Tokyo"}).pk
    for customer, outlet, day, time, status in [
        (jane, cast.outlet.pk, "2025-01-01", "23:30", "completed"),
        (jane, tokyo, "2025-01-02", "00:30", "cancelled"),
        (jane, None, "2025-01-03", "00:00", "no_show"),
        (jane, None, "2090-01-01", "10:00", "confirmed"),
        (jane, None, "2090-01-02", "10:00", "pending"),
        (jane, None, "2025-01-04", "10:00", "confirmed"),
        (john, None, "2025-01-02", "10:00", "completed"),
    ]:
        body = {
            "customer_id": str(customer),
            "appointment_date": day,
            "start_time": time,
            "status": status,
            "outlet_id": outlet and str(outlet),
        }
        assert api.post("/api/appointments", body).status_code == 201
    return f"/api/v1/customers/{jane}/appointments"


def days(body: Any) -> list[str]:
    return [f"{row['appointment_date']} {row['start_time'][:5]}" for row in body["appointments"]]


def test_the_newest_come_first_on_their_outlets_clock(api: ApiClient, path: str) -> None:
    body = api.get(path).json()
    assert days(body) == [
        "2090-01-02 10:00",
        "2090-01-01 10:00",
        "2025-01-04 10:00",
        "2025-01-03 00:00",
        "2025-01-01 23:30",
        "2025-01-02 00:30",
    ]
    assert body["appointments"][0]["service"] is None
    assert body["pagination"] == {"total": 6, "page": 1, "size": 20, "pages": 1}


def test_filters_choose_and_statistics_stay(api: ApiClient, path: str) -> None:
    for query, expected in [
        ({"status": "completed"}, ["2025-01-01 23:30"]),
        ({"from_date": "2025-01-01", "to_date": "2025-01-01"}, ["2025-01-01 23:30"]),
        (
            {"from_date": "2025-01-02", "to_date": "2025-01-03"},
            ["2025-01-03 00:00", "2025-01-02 00:30"],
        ),
        ({"status": "confirmed", "from_date": "2026-01-01"}, ["2090-01-01 10:00"]),
        ({"to_date": "2024-12-31"}, []),
        ({"from_date": "2025-02-01", "to_date": "2025-01-01"}, []),
    ]:
        body = api.get(path, **query).json()
        assert days(body) == expected, query
        assert body["pagination"]["total"] == len(expected)
        assert body["statistics"] == {
            "total_appointments": 6,
            "completed": 1,
            "cancelled": 1,
            "no_show": 1,
            "upcoming": 2,
        }


def test_pages(api: ApiClient, path: str) -> None:
    second = api.get(path, page="2", size="4").json()
    assert (days(second), second["pagination"]) == (
        ["2025-01-01 23:30", "2025-01-02 00:30"],
        {"total": 6, "page": 2, "size": 4, "pages": 2},
    )
    assert api.get(path, page="9", size="4").json()["appointments"] == []

"""Every documented request and answer of the salon chain's API."""

import re
from typing import Any

import pytest

from appointments.services import create_service
from core.clock import now
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.loyalty import adjust_loyalty
from tests.cast import Cast
from tests.client import ApiClient

JANE = {
    "email": "customer@example.com",
    "first_name": "Jane",
    "last_name": "Doe",
    "password": "SecurePass123!",
    "phone": "+1234567890",
    "source": "website",
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DOCUMENTED = {
    "created_at",
    "email",
    "email_verified",
    "first_name",
    "gender",
    "id",
    "is_active",
    "last_name",
    "loyalty_points",
    "phone",
    "preferences",
    "total_appointments",
}
BEYOND = {"has_password", "external_id", "tags", "source", "date_of_birth", "address", "updated_at"}
PREFERENCES = {
    "communication_preferences": {
        "email": True,
        "push_notifications": True,
        "sms": True,
        "whatsapp": False,
    },
    "language": "en",
    "marketing_consent": True,
    "notes": "Prefers morning appointments",
}


@pytest.fixture
def jane(api: ApiClient, cast: Cast) -> dict[str, Any]:
    response = api.post("/api/v1/customers", {**JANE, "tenant_id": str(cast.acme.pk)})
    assert response.status_code == 201, response.content
    body: dict[str, Any] = response.json()
    return body


def test_creating_answers_the_documented_profile(jane: dict[str, Any], cast: Cast) -> None:
    assert jane.keys() == DOCUMENTED | BEYOND
    assert {key: jane[key] for key in JANE if key != "password"} == {
        key: JANE[key] for key in JANE if key != "password"
    }
    assert (jane["email_verified"], jane["is_active"], jane["gender"]) == (False, True, None)
    assert (jane["loyalty_points"], jane["total_appointments"], jane["tags"]) == (0, 0, [])
    assert MOMENT.fullmatch(jane["created_at"])
    assert jane["updated_at"] == jane["created_at"]
    assert jane["preferences"] == {
        "communication_preferences": {
            "email": True,
            "sms": False,
            "push_notifications": False,
            "whatsapp": False,
        },
        "language": "en",
        "marketing_consent": False,
        "notes": None,
        "accessibility_needs": None,
        "preferred_outlet_id": None,
        "preferred_categories": [],
        "preferred_services": [],
        "preferred_staff_ids": [],
    }
    row = Customer.objects.unscoped().get()
    assert row.organization_id == cast.acme.pk
    assert row.password.startswith("md5$")
    assert "SecurePass123!" not in row.password


def test_the_documented_list_request(api: ApiClient, jane: dict[str, Any]) -> None:
    tagged = api.put(
        f"/api/v1/customers/{jane['id']}", {"tags": ["regular"], "first_name": "John"}
    ).json()
    Customer.objects.unscoped().update(email_verified=True)
    query = {
        "search": "John",
        "tags": "vip,regular",
        "has_password": "true",
        "email_verified": "true",
        "created_from": "2025-01-01",
        "created_to": f"{now().year}-12-31",
        "page": "1",
        "size": "20",
    }
    response = api.get("/api/v1/customers", **query)
    assert (response.status_code, response.json()) == (
        200,
        {
            "items": [{**tagged, "email_verified": True}],
            "total": 1,
            "page": 1,
            "size": 20,
            "pages": 1,
        },
    )
    empty = api.get("/api/v1/customers/", **{**query, "search": "Nobody"})
    assert empty.json() == {"items": [], "total": 0, "page": 1, "size": 20, "pages": 0}


def test_reading_answers_the_same_profile_with_its_version(
    api: ApiClient, jane: dict[str, Any]
) -> None:
    response = api.get(f"/api/v1/customers/{jane['id']}")
    assert (response.status_code, response.json(), response.headers["ETag"]) == (200, jane, '"1"')


def test_the_documented_update(api: ApiClient, jane: dict[str, Any], cast: Cast) -> None:
    preferences = {"marketing_consent": True, "preferred_outlet_id": str(cast.outlet.pk)}
    response = api.put(
        f"/api/v1/customers/{jane['id']}",
        {"first_name": "Jane", "phone": "+1234567890", "preferences": preferences},
    )
    assert response.status_code == 200, response.content
    body = response.json()
    assert body == {
        **jane,
        "updated_at": body["updated_at"],
        "preferences": {**jane["preferences"], **preferences},
    }
    assert response.headers["ETag"] == '"2"'


def test_deleting_answers_the_documented_message(api: ApiClient, jane: dict[str, Any]) -> None:
    response = api.delete(f"/api/v1/customers/{jane['id']}")
    assert (response.status_code, response.json()) == (
        200,
        {"message": "Customer has been deleted successfully"},
    )
    gone = api.get(f"/api/v1/customers/{jane['id']}")
    assert (gone.status_code, gone.json()) == (404, {"detail": "Customer not found"})


def test_appointments_with_statistics_and_pagination(
    api: ApiClient, jane: dict[str, Any], actor: Actor, cast: Cast
) -> None:
    cut = create_service(
        actor=actor, values={"name": "Cut", "duration_minutes": 90, "price": 350000}
    )
    made = api.post(
        "/api/appointments",
        {
            "customer_id": jane["id"],
            "outlet_id": str(cast.outlet.pk),
            "staff_id": str(cast.bob.pk),
            "service_id": str(cut.pk),
            "appointment_date": "2030-01-25",
            "start_time": "14:00:00",
            "status": "confirmed",
            "notes": "Customer prefers window seat",
        },
    ).json()["data"]
    query = {
        "status": "confirmed",
        "from_date": "2030-01-01",
        "to_date": "2030-12-31",
        "page": "1",
        "size": "20",
    }
    response = api.get(f"/api/v1/customers/{jane['id']}/appointments", **query)
    assert response.status_code == 200, response.content
    assert response.json() == {
        "appointments": [
            {
                "id": made["id"],
                "tenant_id": str(cast.acme.pk),
                "outlet_id": str(cast.outlet.pk),
                "customer_id": jane["id"],
                "staff_id": str(cast.bob.pk),
                "service_id": str(cut.pk),
                "appointment_date": "2030-01-25",
                "start_time": "14:00:00",
                "end_time": "15:30:00",
                "status": "confirmed",
                "total_price": 350000,
                "notes": "Customer prefers window seat",
                "service": {"id": str(cut.pk), "name": "Cut", "duration_minutes": 90},
                "created_at": made["created_at"],
                "updated_at": made["updated_at"],
            }
        ],
        "statistics": {
            "total_appointments": 1,
            "completed": 0,
            "cancelled": 0,
            "no_show": 0,
            "upcoming": 1,
        },
        "pagination": {"total": 1, "page": 1, "size": 20, "pages": 1},
    }


def test_the_documented_preferences(
    api: ApiClient, jane: dict[str, Any], actor: Actor, cast: Cast
) -> None:
    cut = create_service(actor=actor, values={"name": "Cut"})
    body = {
        **PREFERENCES,
        "preferred_outlet_id": str(cast.outlet.pk),
        "preferred_services": [str(cut.pk)],
        "preferred_staff_ids": [str(cast.bob.pk)],
    }
    response = api.put(f"/api/v1/customers/{jane['id']}/preferences", body)
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    assert response.json() == {**body, "accessibility_needs": None, "preferred_categories": []}
    assert api.get(f"/api/v1/customers/{jane['id']}/preferences").json() == response.json()
    assert api.get(f"/api/v1/customers/{jane['id']}").json()["preferences"] == response.json()


def test_the_documented_summary(api: ApiClient, jane: dict[str, Any], actor: Actor) -> None:
    adjust_loyalty(
        actor=actor,
        customer_id=Customer.objects.unscoped().get().pk,
        values={"points": 150, "reason": "x"},
    )
    for day in ("05", "06"):
        visit = {
            "customer_id": jane["id"],
            "appointment_date": f"2025-02-{day}",
            "start_time": "10:00",
            "status": "completed",
        }
        assert api.post("/api/appointments", {**visit, "total_price": 350000.5}).status_code == 201
    response = api.get("/api/v1/customers/statistics/summary")
    assert response.status_code == 200, response.content
    body = response.json()
    top = {
        "customer_id": jane["id"],
        "full_name": "Jane Doe",
        "email": "customer@example.com",
        "total_appointments": 2,
        "total_spent": 700001,
    }
    assert body == {
        "statistics": {
            "total_customers": 1,
            "active_customers": 1,
            "inactive_customers": 0,
            "deleted_customers": 0,
            "verified_emails": 0,
            "customers_with_password": 1,
            "walk_in_customers": 0,
            "new_customers_in_period": 1,
            "total_appointments": 2,
            "total_revenue": 700001,
            "total_loyalty_points": 150,
            "avg_appointments_per_customer": 2,
            "avg_spent_per_customer": 700001,
            "retention_rate": 100,
            "churn_rate": 0,
            "top_customers_by_appointments": [top],
            "top_customers_by_revenue": [top],
            "customer_segments": {"vip": 0, "regular": 0, "new": 1, "at_risk": 0},
        },
        "period": {"from": None, "to": None},
        "generated_at": body["generated_at"],
    }
    assert MOMENT.fullmatch(body["generated_at"])
    within = api.get(
        "/api/v1/customers/statistics/summary", from_date="2025-02-06", to_date="2025-12-31"
    ).json()
    assert within["period"] == {"from": "2025-02-06", "to": "2025-12-31"}
    assert (within["statistics"]["total_appointments"], within["statistics"]["total_revenue"]) == (
        1,
        350000.5,
    )

"""Every documented example of the native API, sent and answered as documented."""

import re
from typing import Any
from uuid import uuid4

import pytest

from core.tenancy.actor import Actor
from customers.services.customers import create_customer
from customers.services.work import create_project
from tests.cast import Cast
from tests.client import ApiClient

ALICE = {
    "first_name": "Alice",
    "last_name": "Johnson",
    "email": "alice@example.com",
    "phone": "2485557890",
    "street_address": "789 Pine St",
    "city": "Birmingham",
    "state": "MI",
    "zip_code": "48009",
    "property_value": 750000,
    "property_type": "single_family",
    "roof_age": 15,
    "roof_type": "asphalt_shingle",
    "converted_from_lead_id": "lead_uuid",
    "original_source": "google_ads",
    "notes": "Premium customer, referred by Bob Smith",
    "tags": "premium,referral",
}


@pytest.fixture
def jane(actor: Actor) -> Any:
    customer = create_customer(
        actor=actor,
        values={
            "first_name": "Jane",
            "last_name": "Smith",
            "email": "jane.smith@example.com",
            "phone": "2485556789",
            "city": "Troy",
            "nps_score": 10,
            "is_referral_partner": True,
        },
    )
    for number in range(4):
        create_project(
            actor=actor,
            values={
                "customer": customer.pk,
                "project_type": "roof_replacement",
                "total_amount": 31250,
                "status": "completed",
                "start_date": "2024-07-01T00:00:00Z",
                "completed_at": f"2024-07-1{number}T00:00:00Z",
            },
        )
    return customer


def test_creating_answers_201_with_the_documented_object(api: ApiClient, cast: Cast) -> None:
    response = api.post("/api/customers/", {**ALICE, "assigned_to": str(cast.bob.pk)})
    assert response.status_code == 201, response.content
    data = response.json()["data"]
    assert {key: data[key] for key in ALICE} == ALICE
    assert data["assigned_to"] == str(cast.bob.pk)
    assert (data["status"], data["segment"]) == ("active", "standard")
    assert data["customer_since"] == data["created_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", data["created_at"])


def test_the_list_has_the_documented_keys_and_pagination(api: ApiClient, jane: Any) -> None:
    response = api.get("/api/customers/", status="vip", sort="lifetime_value:desc")
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["pagination"] == {
        "page": 1,
        "per_page": 50,
        "total": 1,
        "total_pages": 1,
        "has_next": False,
        "has_prev": False,
    }
    (row,) = body["data"]
    assert row["id"] == str(jane.pk)
    assert row["phone"] == "2485556789"
    assert (row["status"], row["segment"]) == ("vip", "premium")
    assert (row["lifetime_value"], row["project_count"], row["avg_project_value"]) == (
        125000,
        4,
        31250,
    )
    assert row["nps_score"] == 10


def test_the_detail_with_history_and_projects(api: ApiClient, jane: Any) -> None:
    logged = api.post(
        f"/api/customers/{jane.pk}/interactions",
        {"type": "phone_call", "notes": "Quarterly check-in call", "outcome": "positive"},
    )
    assert logged.status_code == 201, logged.content
    response = api.get(f"/api/customers/{jane.pk}", include_history="true", include_projects="true")
    body = response.json()
    assert body["data"]["interaction_count"] == 1
    assert body["insights"] == {
        "health_score": 30 + 15 + 20 + 0 + 15,
        "nps_category": "promoter",
        "is_at_risk": False,
        "opportunities": [
            "Candidate for referral program",
            "Referral partner without referrals yet",
        ],
        "recommendations": [
            "Schedule quarterly check-in",
            "Good time for roof inspection outreach",
            "Ask for consent to be contacted",
        ],
    }
    assert body["interaction_history"][0]["notes"] == "Quarterly check-in call"
    assert {project["total_amount"] for project in body["projects"]} == {31250}
    assert body["projects"][0]["completed_at"] == body["projects"][0]["completion_date"]
    assert response.headers["ETag"] == f'"{jane.version}"'


def test_updating_recalculates_and_pins(api: ApiClient, jane: Any) -> None:
    changes = {
        "phone": "2485551111",
        "status": "vip",
        "nps_score": 10,
        "is_referral_partner": True,
        "preferred_contact_method": "phone",
        "best_call_time": "mornings",
        "email_opt_in": True,
        "sms_opt_in": True,
    }
    response = api.put(f"/api/customers/{jane.pk}", changes)
    assert response.status_code == 200, response.content
    data = response.json()["data"]
    assert {key: data[key] for key in changes} == changes
    assert data["segment"] == "premium"
    assert response.headers["ETag"] == '"2"'


def test_deleting_answers_the_documented_message(api: ApiClient, jane: Any) -> None:
    response = api.delete(f"/api/customers/{jane.pk}")
    assert (response.status_code, response.json()) == (
        200,
        {"message": f"Customer {jane.pk} deleted successfully"},
    )
    gone = api.get(f"/api/customers/{jane.pk}")
    assert (gone.status_code, gone.json()) == (404, {"error": "Customer not found"})


def test_projects_of_a_customer(api: ApiClient, jane: Any) -> None:
    body = api.get(f"/api/customers/{jane.pk}/projects").json()
    assert (body["count"], body["total_value"]) == (4, 125000)
    assert {
        "id",
        "project_type",
        "total_amount",
        "status",
        "start_date",
        "completion_date",
    } <= body["data"][0].keys()


def test_interactions_of_a_customer(api: ApiClient, jane: Any, cast: Cast) -> None:
    for _ in range(3):
        api.post(
            f"/api/customers/{jane.pk}/interactions",
            {"type": "email", "notes": "x", "outcome": "positive"},
        )
    body = api.get(f"/api/customers/{jane.pk}/interactions", limit="2", type="email").json()
    assert body["count"] == 3
    assert len(body["data"]) == 2
    assert body["data"][0]["created_by"] == str(cast.alice.pk)
    assert body["data"][0]["created_by_email"] == cast.alice.email


def test_an_interaction_is_the_customers_of_the_address(api: ApiClient, jane: Any) -> None:
    path = f"/api/customers/{jane.pk}/interactions"
    for same in (str(jane.pk), jane.pk.hex.upper(), None):
        assert api.post(path, {"type": "email", "customer_id": same}).status_code == 201
    other = api.post(path, {"type": "email", "customer_id": str(uuid4())})
    assert (other.status_code, list(other.json()["details"])) == (400, ["customer_id"])
    assert api.get(path).json()["count"] == 3


def test_calculating_lifetime_value(api: ApiClient, jane: Any) -> None:
    assert api.post(f"/api/customers/{jane.pk}/calculate-ltv").json() == {
        "customer_id": str(jane.pk),
        "lifetime_value": 125000,
        "projects_count": 4,
        "average_project_value": 31250,
    }


def test_statistics(api: ApiClient, jane: Any) -> None:
    assert api.get("/api/customers/stats").json() == {
        "total_customers": 1,
        "total_revenue": 125000,
        "avg_lifetime_value": 125000,
        "by_status": {"active": 0, "inactive": 0, "vip": 1, "churned": 0},
        "by_segment": {"premium": 1, "standard": 0, "repeat": 0, "referral_source": 0},
        "by_location": {"Troy": 1},
        "by_source": {},
        "nps_breakdown": {"promoters": 1, "passives": 0, "detractors": 0, "nps_score": 100},
    }


def test_bulk_update(api: ApiClient, jane: Any) -> None:
    stranger = "550e8400-e29b-41d4-a716-446655440000"
    updates = {"campaign": "spring_2025", "segment": "premium", "tags": "spring_campaign,premium"}
    response = api.post(
        "/api/customers/bulk-update", {"customer_ids": [str(jane.pk), stranger], "updates": updates}
    )
    assert response.status_code == 207, response.content
    assert response.json() == {
        "message": "Updated 1 customers",
        "updated": 1,
        "requested": 2,
        "failed": [stranger],
    }
    data = api.get(f"/api/customers/{jane.pk}").json()["data"]
    assert (data["campaign"], data["tags"]) == ("spring_2025", "spring_campaign,premium")


def test_export(api: ApiClient, jane: Any) -> None:
    response = api.get("/api/customers/export", format="csv", status="vip")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/csv"
    assert re.fullmatch(
        r"attachment; filename=customers_\d{8}_\d{6}\.csv", response.headers["Content-Disposition"]
    )
    assert response.getvalue().decode().splitlines() == [
        "first_name,last_name,email,phone,lifetime_value,status,segment",
        "Jane,Smith,jane.smith@example.com,2485556789,125000,vip,premium",
    ]


def test_errors(api: ApiClient, anonymous: ApiClient, jane: Any) -> None:
    for response, status, error in [
        (api.get("/api/customers/nonsense"), 400, "Invalid customer ID format"),
        (anonymous.get("/api/customers"), 401, "Authentication required"),
        (api.get("/api/customers/550e8400-e29b-41d4-a716-446655440000"), 404, "Customer not found"),
        (
            api.post("/api/customers", {**ALICE, "email": "JANE.smith@example.com"}),
            409,
            "Customer with this email already exists",
        ),
    ]:
        holder = {"customer_id": str(jane.pk)} if status == 409 else {}
        assert (response.status_code, response.json()) == (status, {"error": error, **holder})

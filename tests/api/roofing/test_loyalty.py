"""Loyalty points through the native API."""

from core.tenancy.actor import Actor
from customers.models import LoyaltyEntry
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient


def test_the_ledger_is_paged_newest_first_and_adjusted_by_hand(
    api: ApiClient, actor: Actor
) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    path = f"/api/customers/{jane.pk}/loyalty"
    for points in (50, -20):
        response = api.post(path, {"points": points, "reason": "Birthday"})
        assert response.status_code == 201, response.content
    data = response.json()["data"]
    assert data == {
        "id": data["id"],
        "customer_id": str(jane.pk),
        "points": -20,
        "reason": "Birthday",
        "appointment_id": None,
        "date": data["date"],
    }
    body = api.get(f"{path}/", per_page="1").json()
    assert body == {
        "data": [data],
        "pagination": {
            "page": 1,
            "per_page": 1,
            "total": 2,
            "total_pages": 2,
            "has_next": True,
            "has_prev": False,
        },
    }
    assert api.get(path, page="2", per_page="1").json()["data"][0]["points"] == 50
    jane.refresh_from_db()
    assert jane.loyalty_points == 30


def test_what_is_refused(api: ApiClient, actor: Actor, cast: Cast) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    path = f"/api/customers/{jane.pk}/loyalty"
    for response, status, details in [
        (
            api.post(path, {"points": -1, "reason": "x"}),
            400,
            {"points": ["Only 0 points are there to take."]},
        ),
        (api.post(path, {"points": 1}), 400, {"reason": ["This field is required."]}),
        (api.post(path, {"points": 1, "reason": "x", "by": "me"}), 400, {"by": ["Unknown field."]}),
    ]:
        assert (response.status_code, response.json()["details"]) == (status, details)
    values = {"points": 1, "reason": "x"}
    assert ApiClient(user=cast.bob).post(path, values).status_code == 403
    assert ApiClient(user=cast.charlie).post(path, values).status_code == 404
    assert ApiClient(user=cast.charlie).get(path).status_code == 404
    assert api.get("/api/customers/nonsense/loyalty").status_code == 400
    assert LoyaltyEntry.objects.unscoped().count() == 0


def test_one_key_adjusts_once(api: ApiClient, actor: Actor) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    answers = [
        api.post(
            f"/api/customers/{jane.pk}/loyalty", {"points": 5, "reason": "x"}, Idempotency_Key="k"
        ).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert LoyaltyEntry.objects.unscoped().get().points == 5

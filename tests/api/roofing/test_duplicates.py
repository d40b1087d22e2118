"""Pairs that may be one customer, in the native API; and being refused as a look-alike."""

from typing import Any

import pytest

from core.identity.services import actor_of
from customers.models import Customer, DuplicatePair
from customers.services.comparing import compare_pending
from customers.services.customers import create_customer, delete_customer
from tests.cast import Cast
from tests.client import ApiClient

pytestmark = pytest.mark.django_db

JANE = {"first_name": "Jane", "last_name": "Doe", "phone": "+12485550671"}
LIKE = {"first_name": "Jane", "last_name": "Doe", "alternative_phones": ["248-555-0671"]}
POSTED = LIKE | {"email": "jane@example.com"}
LIKELY = {"Prefer": "duplicates=refuse"}


@pytest.fixture
def api(cast: Cast) -> ApiClient:
    return ApiClient(user=cast.mona)


@pytest.fixture
def pair(cast: Cast) -> DuplicatePair:
    actor = actor_of(cast.alice)
    for values in (JANE, LIKE):
        create_customer(actor=actor, values=values)
    compare_pending()
    return DuplicatePair.objects.unscoped().get()


def listed(api: ApiClient, **asked: Any) -> list[str]:
    answer = api.get("/api/duplicates", **asked)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def test_the_queue(api: ApiClient, pair: DuplicatePair) -> None:
    (row,) = api.get("/api/duplicates").json()["data"]
    assert row == {
        "id": str(pair.pk),
        "customer_id": str(pair.customer_id),
        "other_id": str(pair.other_id),
        "score": 95,
        "evidence": [{"code": "same_phone", "points": 45}, {"code": "same_name", "points": 50}],
        "status": "open",
        "found_at": row["found_at"],
        "decided_at": None,
        "decided_by": None,
    }
    assert api.get(f"/api/duplicates/{pair.pk}").json()["data"] == row


def test_filters(api: ApiClient, pair: DuplicatePair, cast: Cast) -> None:
    key = [str(pair.pk)]
    stranger = create_customer(actor=actor_of(cast.alice), values={"first_name": "Zoe"})
    assert listed(api, customer_id=pair.other_id) == listed(api, customer_id=pair.customer_id)
    assert listed(api, customer_id=stranger.pk) == []
    assert (listed(api, min_score=95), listed(api, min_score=96)) == (key, [])
    assert (listed(api, status="open"), listed(api, status="refused")) == (key, [])
    assert api.get("/api/duplicates", status="merged").status_code == 400


def test_a_refusal_and_taking_it_back(api: ApiClient, pair: DuplicatePair) -> None:
    row = api.post(f"/api/duplicates/{pair.pk}/refuse").json()["data"]
    assert (row["status"], row["decided_by"]) == ("refused", "mona@acme.test")
    assert row["decided_at"]
    assert (listed(api), listed(api, status="refused")) == ([], [str(pair.pk)])
    assert api.post(f"/api/duplicates/{pair.pk}/refuse").json()["data"] == row
    again = api.post(f"/api/duplicates/{pair.pk}/reopen").json()["data"]
    assert (again["status"], again["decided_at"]) == ("open", None)
    assert listed(api) == [str(pair.pk)]


def test_a_deleted_customers_pair_is_nobodys(
    api: ApiClient, pair: DuplicatePair, cast: Cast
) -> None:
    DuplicatePair.objects.unscoped().update(status="refused")
    delete_customer(actor=actor_of(cast.alice), customer_id=pair.other_id)
    assert listed(api, status="refused") == []
    assert api.get(f"/api/duplicates/{pair.pk}").status_code == 404


def test_who_looks_like_somebody_is_refused_where_that_is_preferred(
    api: ApiClient, pair: DuplicatePair
) -> None:
    before = Customer.objects.unscoped().count()
    answer = api.post("/api/customers", POSTED, **LIKELY)
    assert answer.status_code == 409
    assert answer.headers["Preference-Applied"] == "duplicates=refuse"
    body = answer.json()
    assert body["error"] == "A customer who looks like this one exists already"
    assert {each["customer_id"] for each in body["duplicates"]} == {
        str(pair.customer_id),
        str(pair.other_id),
    }
    assert [each["score"] for each in body["duplicates"]] == [95, 95]
    assert Customer.objects.unscoped().count() == before
    assert api.post("/api/customers", POSTED).status_code == 201


def test_who_looks_like_nobody_is_created(api: ApiClient, pair: DuplicatePair) -> None:
    answer = api.post(
        "/api/customers",
        {"first_name": "Peter", "last_name": "Doe", "email": "peter@example.com"},
        **LIKELY,
    )
    assert answer.status_code == 201
    assert answer.headers["Preference-Applied"] == "duplicates=refuse"


def test_who_was_created_a_moment_ago_is_known(api: ApiClient) -> None:
    """Before anybody has been compared."""
    home = {"street_address": "12 Oak St", "zip_code": "48201"}
    bob = {"first_name": "Bob", "last_name": "Smith", "email": "bob@example.com", **home}
    assert api.post("/api/customers", bob).status_code == 201
    robert = bob | {"first_name": "Robert", "email": "robert@example.com"}
    answer = api.post("/api/customers", robert, Prefer="handling=strict, duplicates=refuse")
    assert answer.status_code == 409
    assert answer.headers["Preference-Applied"] == "handling=strict, duplicates=refuse"


def test_other_organizations_are_nobodys_look_alikes(pair: DuplicatePair, cast: Cast) -> None:
    stranger = ApiClient(user=cast.charlie)
    assert listed(stranger) == []
    assert stranger.get(f"/api/duplicates/{pair.pk}").status_code == 404
    assert stranger.post(f"/api/duplicates/{pair.pk}/refuse").status_code == 404
    assert stranger.post("/api/customers", POSTED, **LIKELY).status_code == 201
    pair.refresh_from_db()
    assert pair.status == "open"


def test_staff_may_not(pair: DuplicatePair, cast: Cast) -> None:
    api = ApiClient(user=cast.bob)
    assert api.get("/api/duplicates").status_code == 403
    assert api.post(f"/api/duplicates/{pair.pk}/refuse").status_code == 403


def test_the_queue_takes_few_queries(
    api: ApiClient, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        create_customer(actor=actor_of(cast.alice), values=LIKE)
    compare_pending()
    api.get("/api/duplicates")
    with django_assert_max_num_queries(4):
        assert len(listed(api)) == 6

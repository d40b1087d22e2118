"""The merchants' operations on customers, as documented."""

import re
from typing import Any

import pytest

from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.keys import store_key
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from tests.cast import Cast
from tests.client import ApiClient

JOHN: dict[str, Any] = {
    "name": "John Doe",
    "email": "john.doe@example.com",
    "phone_number": "+221771234567",
    "whatsapp_number": "+221771234567",
    "country": "Senegal",
    "city": "Dakar",
    "address": "123 Main Street",
    "postal_code": "12345",
    "is_business": False,
    "metadata": {"custom_field": "value"},
}
KEYS = {
    "customer_id",
    "external_id",
    "organization_id",
    "environment",
    "created_at",
    "updated_at",
    *JOHN,
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def merchant(cast: Cast) -> ApiClient:
    return ApiClient(key=cast.live_key)


def made(merchant: ApiClient, **values: Any) -> dict[str, Any]:
    response = merchant.post("/customers", values)
    assert response.status_code == 201, response.content
    body: dict[str, Any] = response.json()
    return body


def test_creating_answers_201_with_the_documented_object(merchant: ApiClient, cast: Cast) -> None:
    response = merchant.post("/customers", JOHN)
    assert response.status_code == 201, response.content
    body = response.json()
    assert set(body) == KEYS
    assert {key: body[key] for key in JOHN} == JOHN
    assert (body["organization_id"], body["environment"]) == (str(cast.acme.pk), "live")
    assert MOMENT.fullmatch(body["created_at"])
    assert body["updated_at"] == body["created_at"]
    assert response.headers["ETag"] == '"1"'
    assert merchant.get(f"/customers/{body['customer_id']}").json() == body


def test_a_name_is_all_that_is_required(merchant: ApiClient) -> None:
    body = made(merchant, name="Awa")
    unknown = dict.fromkeys(
        ["email", "phone_number", "whatsapp_number", "country", "city", "address", "postal_code"]
    )
    assert {key: body[key] for key in (*unknown, "name", "is_business", "metadata")} == {
        **unknown,
        "name": "Awa",
        "is_business": False,
        "metadata": {},
    }


def test_the_list_and_its_pagination(merchant: ApiClient) -> None:
    ids = [made(merchant, name=f"Customer {number}")["customer_id"] for number in range(5)]
    body = merchant.get("/customers", page=2, pageSize=2).json()
    assert [row["customer_id"] for row in body["customers"]] == [ids[2], ids[1]]
    assert set(body["customers"][0]) == KEYS
    assert body["pagination"] == {"page": 2, "pageSize": 2, "totalCount": 5, "totalPages": 3}
    assert merchant.get("/customers").json()["pagination"] == {
        "page": 1,
        "pageSize": 50,
        "totalCount": 5,
        "totalPages": 1,
    }
    assert merchant.get("/customers", pageSize=9999).json()["pagination"]["pageSize"] == 200
    past = merchant.get("/customers", page=99).json()
    assert (past["customers"], past["pagination"]["totalCount"]) == ([], 5)


def test_updating_changes_what_is_sent_and_replaces_metadata_whole(merchant: ApiClient) -> None:
    before = made(merchant, **JOHN)
    changes = {
        "name": "Jane Doe",
        "email": "jane.doe@example.com",
        "phone_number": "+221771234568",
        "metadata": {"updated_field": "new_value"},
    }
    response = merchant.patch(f"/customers/{before['customer_id']}", changes)
    assert response.status_code == 200, response.content
    after = response.json()
    assert {key: value for key, value in after.items() if key != "updated_at"} == {
        **{key: value for key, value in before.items() if key != "updated_at"},
        **changes,
    }
    assert response.headers["ETag"] == '"2"'


def test_put_is_partial_and_takes_back_what_was_read(merchant: ApiClient) -> None:
    before = made(merchant, **JOHN)
    path = f"/customers/{before['customer_id']}"
    same = merchant.put(path, before)
    assert (same.status_code, same.json(), same.headers["ETag"]) == (200, before, '"1"')
    changed = merchant.put(path, {"city": "Thiès"}).json()
    assert {key for key in KEYS if changed[key] != before[key]} <= {"city", "updated_at"}
    assert changed["city"] == "Thiès"


def test_null_clears(merchant: ApiClient) -> None:
    before = made(merchant, **JOHN)
    cleared = [
        "email",
        "phone_number",
        "whatsapp_number",
        "country",
        "city",
        "address",
        "postal_code",
    ]
    after = merchant.patch(
        f"/customers/{before['customer_id']}", {**dict.fromkeys(cleared), "metadata": None}
    ).json()
    assert [after[key] for key in cleared] == [None] * len(cleared)
    assert (after["metadata"], after["name"]) == ({}, "John Doe")


def test_deleting_is_soft_and_answers_the_documented_message(
    merchant: ApiClient, actor: Actor
) -> None:
    key = made(merchant, **JOHN)["customer_id"]
    response = merchant.delete(f"/customers/{key}")
    assert (response.status_code, response.json()) == (
        200,
        {"message": "Customer deleted successfully"},
    )
    gone = {"statusCode": 404, "message": f"Customer with ID {key} not found or access denied"}
    for answer in (
        merchant.get(f"/customers/{key}"),
        merchant.patch(f"/customers/{key}", {"city": "x"}),
        merchant.delete(f"/customers/{key}"),
        merchant.get(f"/customers/{key}/transactions"),
    ):
        assert (answer.status_code, answer.json()) == (404, gone)
    assert merchant.get("/customers").json()["pagination"]["totalCount"] == 0
    row = Customer.objects.for_actor(actor).get(pk=key)
    assert (row.deleted_at is not None, row.email, row.city) == (
        True,
        "john.doe@example.com",
        "Dakar",
    )
    assert made(merchant, **JOHN)["customer_id"] != key


def test_nothing_internal_is_shown_or_taken(merchant: ApiClient) -> None:
    body = made(merchant, **JOHN)
    internal = (
        "is_deleted",
        "deleted_at",
        "created_by",
        "spi_alias_shid",
        "spi_alias_mbno",
        "spi_primary_alias",
    )
    assert not set(internal) & set(body)
    for key in internal:
        response = merchant.patch(f"/customers/{body['customer_id']}", {key: "x"})
        assert (response.status_code, response.json()) == (200, body)
        assert response.headers["X-Ignored"] == key


def test_customers_belong_to_the_environment_of_the_key(merchant: ApiClient, cast: Cast) -> None:
    testing = ApiClient(key=cast.test_key)
    live, test = made(merchant, **JOHN), made(testing, **JOHN)
    assert (live["environment"], test["environment"]) == ("live", "test")
    assert live["customer_id"] != test["customer_id"]
    assert testing.get(f"/customers/{live['customer_id']}").status_code == 404
    assert [row["customer_id"] for row in testing.get("/customers").json()["customers"]] == [
        test["customer_id"]
    ]


def test_search_by_name_or_email(merchant: ApiClient) -> None:
    john = made(merchant, name="John Doe", email="jd@example.com")["customer_id"]
    company = made(merchant, name="Johnson & Sons", is_business=True)["customer_id"]
    ana = made(merchant, name="Ána Núñez", email="ana@john.example")["customer_id"]
    made(merchant, name="Someone Else")

    def found(text: str) -> set[str]:
        return {
            row["customer_id"]
            for row in merchant.get("/customers", search=text).json()["customers"]
        }

    assert found("john") == found("JOHN") == {john, company, ana}
    assert found("ana nunez") == {ana}
    assert found("jd@example.com") == {john}
    assert found("nobody") == set()
    assert len(found("")) == 4


def test_filters_by_type_and_status_combine(merchant: ApiClient, cast: Cast) -> None:
    office = ApiClient(user=cast.alice)
    rows = {}
    for name, business, statuses in [
        ("paid", False, ["completed"]),
        ("refunded", True, ["refunded"]),
        ("pending", True, ["pending", "failed"]),
        ("none", False, []),
    ]:
        rows[name] = made(merchant, name=f"Name {name}", is_business=business)["customer_id"]
        for status in statuses:
            paid = office.post(
                "/api/transactions",
                {"customer_id": rows[name], "gross_amount": 5, "status": status},
            )
            assert paid.status_code == 201, paid.content

    def found(**query: Any) -> set[str]:
        ids = {
            row["customer_id"] for row in merchant.get("/customers", **query).json()["customers"]
        }
        return {name for name, key in rows.items() if key in ids}

    assert found(status="active") == {"paid", "refunded"}
    assert found(status="inactive") == {"pending", "none"}
    assert found(status="all") == found() == set(rows)
    assert found(type="business") == {"refunded", "pending"}
    assert found(type="individual") == {"paid", "none"}
    assert found(type="all") == set(rows)
    assert found(type="business", status="active", search="name", page=1, pageSize=25) == {
        "refunded"
    }


def test_transactions_are_a_bare_array_of_completed_and_refunded_ones(
    merchant: ApiClient, cast: Cast, actor: Actor
) -> None:
    key = made(merchant, **JOHN)["customer_id"]
    office = ApiClient(user=cast.alice)
    assert merchant.get(f"/customers/{key}/transactions").json() == []
    ids = {}
    for status, amount in [("completed", 10000), ("pending", 1), ("failed", 2), ("refunded", 99)]:
        ids[status] = office.post(
            "/api/transactions",
            {
                "customer_id": key,
                "gross_amount": amount,
                "status": status,
                "currency_code": "XOF",
                "description": "Payment for Product A" if status == "completed" else None,
            },
        ).json()["data"]["transaction_id"]
    body = merchant.get(f"/customers/{key}/transactions").json()
    moments = [row.pop("created_at") for row in body]
    assert all(MOMENT.fullmatch(moment) for moment in moments)
    assert body == [
        {
            "transaction_id": ids["refunded"],
            "description": None,
            "gross_amount": 99,
            "currency_code": "XOF",
            "status": "refunded",
        },
        {
            "transaction_id": ids["completed"],
            "description": "Payment for Product A",
            "gross_amount": 10000,
            "currency_code": "XOF",
            "status": "completed",
        },
    ]


def test_a_doubled_request_with_an_idempotency_key_creates_once(merchant: ApiClient) -> None:
    first = merchant.post("/customers", JOHN, **{"Idempotency-Key": "one"})
    again = merchant.post("/customers", JOHN, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    other = merchant.post("/customers", {"name": "Other"}, **{"Idempotency-Key": "one"})
    assert other.status_code == 409
    assert merchant.get("/customers").json()["pagination"]["totalCount"] == 1


def test_a_stale_version_changes_nothing(merchant: ApiClient) -> None:
    path = f"/customers/{made(merchant, **JOHN)['customer_id']}"
    assert merchant.patch(path, {"city": "Thiès"}, **{"If-Match": '"1"'}).headers["ETag"] == '"2"'
    for response in (
        merchant.patch(path, {"city": "x"}, **{"If-Match": '"1"'}),
        merchant.delete(path, **{"If-Match": '"1"'}),
    ):
        assert (response.status_code, response.json()["statusCode"]) == (412, 412)
    assert merchant.get(path).json()["city"] == "Thiès"


def test_a_key_without_the_scope_is_refused_before_its_body_is_read(
    cast: Cast, merchant: ApiClient
) -> None:
    path = f"/customers/{made(merchant, **JOHN)['customer_id']}"
    reading = ApiClient(key=cast.read_key)
    for response, act in [
        (reading.post("/customers", {"nonsense": 1}), "create customers"),
        (reading.patch(path, {"nonsense": 1}), "update customers"),
        (reading.put(path, {"city": "x"}), "update customers"),
        (reading.delete(path), "delete, deactivate and restore customers"),
    ]:
        assert (response.status_code, response.json()) == (
            403,
            {"statusCode": 403, "message": f"You do not have permission to {act}"},
        )
    assert reading.get(path).json()["city"] == "Dakar"
    assert [reading.get(part).status_code for part in ("/customers", f"{path}/transactions")] == [
        200,
        200,
    ]
    feeding = ApiClient(
        key=store_key(
            actor=actor_of(cast.alice), name="feed", environment="live", scopes=["write"]
        )[1]
    )
    assert [
        feeding.get(part).status_code for part in ("/customers", path, f"{path}/transactions")
    ] == [403, 403, 403]
    assert feeding.post("/customers", {"name": "Fed"}).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Api-Key": ""}, {"X-Api-Key": "crm_live_wrong"}, {"Authorization": "Bearer x"}],
)
def test_a_missing_or_bad_key_is_the_documented_401(cast: Cast, headers: dict[str, str]) -> None:
    for path in (
        "/customers",
        f"/customers/{cast.acme.pk}",
        f"/customers/{cast.acme.pk}/transactions",
    ):
        response = ApiClient(**headers).get(path)
        assert (response.status_code, response.json()) == (
            401,
            {"statusCode": 401, "message": "Invalid API key"},
        )


def test_a_persons_token_is_no_key(api: ApiClient) -> None:
    assert api.get("/customers").status_code == 401


def test_another_organizations_customer_is_told_like_none(merchant: ApiClient, cast: Cast) -> None:
    strange = create_customer(
        actor=actor_of(cast.charlie), values={"first_name": "Not", "last_name": "Yours"}
    ).pk
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        response = merchant.send(method, f"/customers/{strange}", {} if method[0] == "P" else None)
        message = f"Customer with ID {strange} not found or access denied"
        assert (response.status_code, response.json()) == (
            404,
            {"statusCode": 404, "message": message},
        )


def test_a_conflict_is_409_with_a_sentence(merchant: ApiClient, actor: Actor) -> None:
    john = made(merchant, **JOHN)
    email = merchant.post("/customers", {"name": "Other", "email": "JOHN.DOE@example.com"})
    phone = merchant.post("/customers", {"name": "Other", "phone_number": "+221 77 123 45 67"})
    assert (email.status_code, email.json()) == (
        409,
        {
            "statusCode": 409,
            "message": "Customer with this email already exists",
            "customer_id": john["customer_id"],
        },
    )
    assert (phone.status_code, phone.json()) == (
        409,
        {
            "statusCode": 409,
            "message": "Customer with this phone number already exists",
            "customer_id": john["customer_id"],
        },
    )
    gone = create_customer(actor=actor, values={"email": "free@example.com"})
    delete_customer(actor=actor, customer_id=gone.pk)
    assert made(merchant, name="Other", email="free@example.com")["email"] == "free@example.com"


def test_a_list_takes_as_many_queries_for_thirty_as_for_three(
    merchant: ApiClient, django_assert_num_queries: Any
) -> None:
    def queries(count: int) -> int:
        with django_assert_num_queries(2):
            return len(merchant.get("/customers").json()["customers"])

    for number in range(3):
        made(merchant, name=f"C {number}")
    assert queries(3) == 3
    for number in range(27):
        made(merchant, name=f"D {number}")
    assert queries(30) == 30

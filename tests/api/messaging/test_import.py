"""Bulk import: row by row, thousands at a time."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from core.audit.models import AuditEntry, OutboxEvent
from core.identity.models import User
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.erasure import erase_customer
from tests.cast import Cast
from tests.client import ApiClient

PATH = "/api/v2/customers/bulk/import"


def imported(api: ApiClient, *rows: Any) -> Any:
    response = api.post(PATH, {"customers": list(rows)})
    assert response.status_code in (200, 201), response.content
    return response.json()


@pytest.mark.heavy
def test_ten_thousand_rows_arrive_each_with_its_answer(api: ApiClient, actor: Actor) -> None:
    rows: list[Any] = [
        {
            "phoneNumber": f"52999{number:07}",
            "firstName": "Customer",
            "lastName": f"Number{number}",
            "email": f"customer{number}@example.com",
            "tags": ["imported", f"group{number % 7}"],
            "source": "whatsapp",
            "address": {"city": "Cancún", "country": "México"},
            "preferences": {"language": "es"},
        }
        for number in range(10_000)
    ]
    rows[17]["phoneNumber"] = rows[3]["phoneNumber"]
    rows[9_999]["phoneNumber"] = rows[4]["phoneNumber"]
    rows[5_000]["email"] = "not an e-mail"
    body = imported(api, *rows)
    assert body["results"] == {"imported": 9_997, "duplicates": 2, "failed": 1}
    by_index = {row["index"]: row["_id"] for row in body["details"]["success"]}
    assert sorted(by_index) == [
        number for number in range(10_000) if number not in (17, 5_000, 9_999)
    ]
    assert {row["index"]: row["_id"] for row in body["details"]["duplicates"]} == {
        17: by_index[3],
        9_999: by_index[4],
    }
    (failed,) = body["details"]["failed"]
    assert failed == {
        "index": 5_000,
        "phoneNumber": "529990005000",
        "reason": "email: Enter a valid e-mail address.",
        "details": {"email": ["Enter a valid e-mail address."]},
    }
    assert Customer.objects.for_actor(actor).count() == 9_997
    assert api.get("/api/v2/customers", tags="group3").json()["pagination"]["total"] == len(
        [index for index in by_index if index % 7 == 3]
    )
    assert AuditEntry.objects.for_actor(actor).filter(action="customer.created").count() == 9_997
    assert OutboxEvent.objects.for_actor(actor).filter(type="customer.created").count() == 9_997


def test_an_imported_customer_is_as_a_created_one(api: ApiClient, actor: Actor) -> None:
    row = {
        "firstName": "Ana",
        "email": "Ana@Example.com",
        "tags": ["b", "a"],
        "segment": "vip",
        "status": "inactive",
        "alternativePhones": ["529998887766"],
        "customFields": {"k": 1},
        "preferences": {"communicationHours": {"start": "09:00"}},
    }
    created = api.post(
        "/api/v2/customers", {**row, "phoneNumber": "529990000001", "email": "Other@Example.com"}
    ).json()["customer"]
    body = imported(api, {**row, "phoneNumber": "529990000002"})
    key = body["details"]["success"][0]["_id"]
    taken = api.get(f"/api/v2/customers/{key}").json()["customer"]
    own = {"_id", "phoneNumber", "email", "createdAt", "updatedAt"}
    assert {name: taken[name] for name in taken if name not in own} == {
        name: created[name] for name in created if name not in own
    }
    assert taken["updatedAt"] == taken["createdAt"]
    first, second = Customer.objects.for_actor(actor).order_by("phone")
    columns = [field.attname for field in Customer._meta.concrete_fields]
    mine = {
        "id",
        "email",
        "email_key",
        "phone",
        "search_text",
        "created_at",
        "updated_at",
        "customer_since",
        "last_activity_at",
    }
    assert {name for name in columns if getattr(first, name) != getattr(second, name)} == mine
    told = [
        (entry.action, sorted(entry.changes), entry.via, entry.actor_label)
        for entry in AuditEntry.objects.for_actor(actor).filter(action="customer.created")
    ]
    assert told[0] == told[1]


def test_bad_rows_are_named_and_never_block_good_ones(api: ApiClient) -> None:
    body = imported(
        api,
        {"firstName": "No phone"},
        {"phoneNumber": "123"},
        {"phoneNumber": "529990000001", "firstName": ["x"], "nickname": "x"},
        "nonsense",
        {"phoneNumber": "529990000002", "status": "churned"},
        {"phoneNumber": "529990000003", "tags": ["a,b"], "email": "x"},
        {"phoneNumber": "529990000004"},
        {"phoneNumber": 529990000005},
        {"phoneNumber": None},
    )
    assert body["results"] == {"imported": 2, "duplicates": 0, "failed": 7}
    assert [(row["index"], row["phoneNumber"]) for row in body["details"]["success"]] == [
        (6, "529990000004"),
        (7, "529990000005"),
    ]
    assert {row["index"]: row["details"] for row in body["details"]["failed"]} == {
        0: {"phoneNumber": ["This field is required."]},
        1: {"phoneNumber": ["Enter a valid phone number: 7 to 15 digits."]},
        2: {"firstName": ["Must be a single value."]},
        3: {"": ["Must be an object."]},
        4: {"status": ["“churned” is not one of: active, inactive, blocked, vip."]},
        5: {
            "tags": ["Tags hold no comma or semicolon."],
            "email": ["Enter a valid e-mail address."],
        },
        8: {"phoneNumber": ["This field is required."]},
    }
    assert body["details"]["failed"][3]["reason"] == "Must be an object."


def test_a_repeated_phone_is_a_duplicate_of_the_first_however_it_is_written(api: ApiClient) -> None:
    body = imported(
        api,
        {"phoneNumber": "529990000001", "email": "bad"},
        {"phoneNumber": "529990000001", "firstName": "First"},
        {"phoneNumber": "+52 999 000 0001", "firstName": "Second"},
        {"phoneNumber": "529990000002", "email": "a@example.com"},
        {"phoneNumber": "529990000003", "email": "A@example.com"},
    )
    assert body["results"] == {"imported": 2, "duplicates": 2, "failed": 1}
    first, other = body["details"]["success"]
    assert (first["index"], other["index"]) == (1, 3)
    assert body["details"]["duplicates"] == [
        {
            "index": 2,
            "phoneNumber": "+52 999 000 0001",
            "_id": first["_id"],
            "reason": "Customer with this phone number already exists",
        },
        {
            "index": 4,
            "phoneNumber": "529990000003",
            "_id": other["_id"],
            "reason": "Customer with this email already exists",
        },
    ]
    assert api.get(f"/api/v2/customers/{first['_id']}").json()["customer"]["firstName"] == "First"


def test_erased_people_are_not_brought_back(api: ApiClient, actor: Actor) -> None:
    created = api.post(
        "/api/v2/customers", {"phoneNumber": "529990000001", "email": "gone@example.com"}
    ).json()["customer"]
    erase_customer(actor=actor, customer_id=UUID(created["_id"]), ground="asked")
    body = imported(
        api,
        {"phoneNumber": "529990000001"},
        {"phoneNumber": "529990000002", "email": "Gone@Example.com"},
    )
    assert body["results"] == {"imported": 0, "duplicates": 0, "failed": 2}
    sentence = "Suppressed: this person's data was erased at their request."
    assert [row["reason"] for row in body["details"]["failed"]] == [
        f"phoneNumber: {sentence}",
        f"email: {sentence}",
    ]
    assert api.post("/api/v2/customers", {"phoneNumber": "529990000001"}).status_code == 201


def test_another_organizations_customers_are_no_duplicates(
    api: ApiClient, client_of: Callable[[User], ApiClient], cast: Cast
) -> None:
    client_of(cast.charlie).post("/api/v2/customers", {"phoneNumber": "529990000001"})
    assert imported(api, {"phoneNumber": "529990000001"})["results"]["imported"] == 1


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, {"customers": ["Must be a list of 1 to 10000 customers."]}),
        ({"customers": []}, {"customers": ["Must be a list of 1 to 10000 customers."]}),
        (
            {"customers": {}, "mode": "x"},
            {"customers": ["Must be a list of 1 to 10000 customers."]},
        ),
        ({"customers": [{}] * 10_001}, {"customers": ["Must be a list of 1 to 10000 customers."]}),
    ],
)
def test_a_body_that_is_no_import_is_refused(api: ApiClient, body: Any, details: Any) -> None:
    response = api.post(PATH, body)
    assert (response.status_code, response.json()) == (
        400,
        {"success": False, "error": "Validation failed", "details": details},
    )


def test_a_body_that_is_no_object_is_refused_as_everywhere(api: ApiClient) -> None:
    response = api.post(PATH, [{"phoneNumber": "529991111111"}])
    assert (response.status_code, response.json()) == (
        400,
        {"success": False, "error": "The body must be a JSON object"},
    )
    assert api.get("/api/v2/customers").json()["pagination"]["total"] == 0


def test_the_same_key_imports_once(api: ApiClient, actor: Actor) -> None:
    body = {"customers": [{"phoneNumber": "529990000001"}]}
    first = api.post(PATH, body, Idempotency_Key="k1")
    again = api.post(PATH, body, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert Customer.objects.for_actor(actor).count() == 1


def test_imports_count_against_the_bulk_allowance(api: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_BULK = "1/day"
    assert api.post(PATH, {"customers": [{"phoneNumber": "529990000001"}]}).status_code == 201
    refused = api.post(PATH, {"customers": [{"phoneNumber": "529990000002"}]})
    assert (refused.status_code, refused.json()) == (
        429,
        {"success": False, "error": "Rate limit exceeded"},
    )
    assert int(refused.headers["Retry-After"]) > 0
    assert api.get("/api/v2/customers").json()["pagination"]["total"] == 1


def test_staff_may_not_import(
    client_of: Callable[[User], ApiClient], cast: Cast, actor: Actor
) -> None:
    response = client_of(cast.bob).post(PATH, {"customers": [{"phoneNumber": "529990000001"}]})
    assert (response.status_code, response.json()["success"]) == (403, False)
    assert Customer.objects.for_actor(actor).count() == 0
    assert (
        client_of(cast.mona)
        .post(PATH, {"customers": [{"phoneNumber": "529990000001"}]})
        .status_code
        == 201
    )

"""
Clients of the systems that the documents describe, moved here as they are: with old ids, with what
their libraries and databases add to bodies, with empty strings for nothing.
"""

from typing import Any
from uuid import uuid4

import pytest

from core.errors import Conflict
from core.tenancy.actor import Actor
from crm.api.registry import ENTRIES, DialectEntry
from customers.models import Customer
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient

OLD = "507f1f77bcf86cd799439011"


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(external_id=OLD, notes="x"))


def test_a_booking_widget(api: ApiClient, actor: Actor) -> None:
    create_customer(actor=actor, values=customer_values(external_id="cust_67890"))
    asked = {"customer_id": "cust_67890", "email": "", "include": ["appointments"]}
    found = api.post("/api/customers/retrieve", asked)
    assert (found.status_code, found.json()["last_name"]) == (200, "Smith1")
    by_phone = {"customer_id": None, "email": "", "phone": "+1 (248) 555-0001", "locale": "en"}
    assert api.post("/api/customers/retrieve", by_phone).json() == found.json()
    gone = api.post("/api/customers/delete", {"customer_id": "cust_67890", "reason": "GDPR"})
    assert (gone.status_code, gone.json()["customer_id"]) == (200, found.json()["customer_id"])
    assert gone.headers["X-Ignored"] == "reason"
    assert api.post("/api/customers/retrieve", asked).status_code == 404


def test_a_contractors_office(api: ApiClient, jane: Customer) -> None:
    path = f"/api/customers/{OLD}"
    whole = api.get(path).json()["data"]
    saved = api.put(path, {**whole, "lifetime_value": 5, "phone": "", "notes": "", "segment": ""})
    assert saved.status_code == 200, saved.content
    assert saved.headers["X-Ignored"] == "lifetime_value"
    assert [saved.json()["data"][key] for key in ("phone", "notes", "segment")] == [
        None,
        None,
        "standard",
    ]
    assert (
        api.get("/api/customers/", status=["active", "vip"], city="", page="1").status_code == 200
    )
    note = api.post(f"{path}/interactions", {"type": "phone_call", "notes": "Discussed"})
    assert note.json()["data"]["customer_id"] == str(jane.pk)
    refused = api.put(path, {"first_name": ""})
    assert refused.json()["details"] == {"first_name": ["This field is required."]}
    bulk = {"customer_ids": [OLD], "updates": {"campaign": "spring", "id": "x"}}
    assert api.post("/api/customers/bulk-update", bulk).status_code == 400


def test_a_chain_of_salons(api: ApiClient, jane: Customer, cast: Cast) -> None:
    path = f"/api/v1/customers/{OLD}"
    whole = api.get(path).json()
    assert (whole["has_password"], whole["external_id"], whole["is_active"]) == (False, OLD, True)
    odd = {**whole, "is_deleted": False, "__v": 2, "full_name": "Jane Smith", "gender": ""}
    saved = api.put(path, odd)
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"1"')
    assert saved.headers["X-Ignored"] == "is_deleted, __v, full_name"
    off = api.put(path, {**whole, "is_active": False})
    assert (off.json()["is_active"], api.get(path).json()["is_active"]) == (False, False)
    assert Customer.objects.unscoped().get().status == "inactive"
    assert api.patch(path, {"is_active": True}).json()["is_active"] is True
    bob, mona = ApiClient(user=cast.bob), ApiClient(user=cast.mona)
    assert mona.put(path, {"is_active": False}).status_code == 403
    assert mona.put(path, {"is_active": True, "first_name": "Joan"}).status_code == 200
    new = {"first_name": "New", "is_active": True, "preferences": [], "address": []}
    assert bob.post("/api/v1/customers", new).status_code == 201
    assert bob.post("/api/v1/customers", {**new, "is_active": False}).status_code == 403
    wrong = api.put(path, {"is_active": "perhaps"})
    assert wrong.json()["detail"][0]["loc"] == ["body", "is_active"]


def test_who_is_to_be_active_is_no_longer_blocked(api: ApiClient, jane: Customer) -> None:
    path = f"/api/v1/customers/{jane.pk}"
    api.patch(f"/api/v2/customers/{jane.pk}/block", {"isBlocked": True, "blockReason": "x"})
    assert api.get(path).json()["is_active"] is False
    assert api.put(path, {"is_active": True}).json()["is_active"] is True
    row = Customer.objects.unscoped().get()
    assert (row.is_blocked, row.block_reason, row.status) == (False, "", "active")


def test_a_support_desk(api: ApiClient, jane: Customer) -> None:
    path = f"/api/v2/customers/{OLD}"
    whole = api.get(path).json()["customer"]
    mongoose = {**whole, "__v": 0, "id": whole["_id"], "customFields": [], "address": []}
    saved = api.put(path, mongoose)
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"1"'), saved.content
    assert saved.headers["X-Ignored"] == "__v, id"
    emptied = api.put(path, {"email": "", "lastName": "", "status": "", "source": "", "notes": ""})
    assert [emptied.json()["customer"][key] for key in ("email", "lastName", "notes")] == [None] * 3
    assert api.put(path, {"phoneNumber": ""}).status_code == 400
    listed = api.get("/api/v2/customers", status="", tags=["a", "b"], search="", sortBy="")
    assert listed.json()["pagination"]["total"] == 0
    rows = [{"phoneNumber": "529991111111", "externalId": "old", "_id": "x", "__v": 0}]
    done = api.post("/api/v2/customers/bulk/import", {"customers": rows, "dryRun": False})
    assert (done.status_code, done.json()["results"]["imported"]) == (201, 1)
    assert done.headers["X-Ignored"] == "dryRun, customers.__v"
    assert api.get("/api/v2/customers/old").json()["customer"]["phoneNumber"] == "529991111111"


def test_a_support_desks_customer_without_a_phone_stays_without(
    api: ApiClient, actor: Actor
) -> None:
    row = create_customer(actor=actor, values={"email": "a@example.com"})
    whole = api.get(f"/api/v2/customers/{row.pk}").json()["customer"]
    assert api.put(f"/api/v2/customers/{row.pk}", {**whole, "notes": "x"}).status_code == 200


def test_a_payments_platform(cast: Cast, jane: Customer) -> None:
    merchant = ApiClient(Authorization=f"Bearer {cast.live_key}")
    new = {"name": "Php", "metadata": [], "email": "", "phone_number": "", "created_by": "x"}
    made = merchant.post("/customers", new)
    assert (made.status_code, made.json()["metadata"], made.json()["email"]) == (201, {}, None)
    assert made.headers["X-Ignored"] == "created_by"
    path = f"/customers/{OLD}"
    for method in ("PUT", "PATCH"):
        saved = merchant.send(method, path, {**merchant.get(path).json(), "city": method})
        assert (saved.status_code, saved.json()["city"]) == (200, method)
    assert merchant.get("/customers", status="", type="", search="").status_code == 200
    assert merchant.patch(path, {"name": ""}).json()["message"] == ["name should not be empty"]
    assert merchant.patch(path, {"metadata": [1]}).status_code == 400
    assert merchant.get(f"{path}/transactions").json() == []
    assert merchant.delete(path).json() == {"message": "Customer deleted successfully"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.dialect.name)
def test_a_conflict_names_the_customer_who_is_there(entry: DialectEntry) -> None:
    conflict, key = Conflict("Customer", "email"), uuid4()
    _, usual = entry.dialect.describe(conflict, str, "")
    conflict.customer_id = key
    _, named = entry.dialect.describe(conflict, str, "")
    added = {name: value for name, value in named.items() if name not in usual}
    expected = {"booking": {}, "messaging": {"customerId": key}}
    assert added == expected.get(entry.dialect.name, {"customer_id": key})


SINCE = {"customer_since": "2019-01-01T00:00:00Z"}


def test_since_when_is_for_those_who_may_change_customers(cast: Cast, api: ApiClient) -> None:
    body = {"first_name": "Ann", "last_name": "Other", "email": "ann@example.com"}
    refused = ApiClient(user=cast.bob).post("/api/customers", {**body, **SINCE})
    assert (refused.status_code, Customer.objects.unscoped().count()) == (403, 0)
    made = ApiClient(user=cast.mona).post("/api/customers", {**body, **SINCE})
    assert made.json()["data"]["customer_since"] == SINCE["customer_since"]


def test_read_only_values_are_named_only_when_they_are_others(
    api: ApiClient, jane: Customer
) -> None:
    path = f"/api/v1/customers/{jane.pk}"
    whole: dict[str, Any] = api.get(path).json()
    assert "X-Ignored" not in api.put(path, {**whole, "gender": "f"}).headers
    other = {"id": OLD, "total_appointments": 7, "created_at": whole["created_at"]}
    assert api.put(path, other).headers["X-Ignored"] == "id, total_appointments"

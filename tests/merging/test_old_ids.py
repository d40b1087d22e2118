"""Who was merged answers under every old id, in every dialect, to readers and to writers."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.tenancy.actor import Actor
from customers.imports.linked import Owners
from customers.imports.rows import KnownPeople
from customers.models import Customer, Project
from customers.selectors.lookup import customers_with_keys
from customers.services.customers import create_customer
from tests.api.dialects import CREATING, EVERY, Call, Ways
from tests.api.test_external_ids import NESTED, addressed
from tests.cast import Cast, customer_values
from tests.client import ApiClient
from tests.merging.people import FIRST, SECOND, merge, person, unmerge

every = pytest.mark.parametrize("ways", EVERY, ids=lambda ways: ways.name)


@pytest.fixture
def pair(actor: Actor) -> tuple[Customer, Customer]:
    """Hannah, and Hanna, who was merged into her by way of a third."""
    hannah = person(actor, FIRST, full=False)
    hanna = person(actor, SECOND, full=False)
    third = create_customer(actor=actor, values=customer_values(3))
    merge(actor, third, hanna)
    merge(actor, hannah, third)
    return hannah, hanna


@every
@pytest.mark.parametrize("text", ["", "cust_67890", "cust_ours"])
def test_reading_changing_and_deleting_by_an_old_id_is_the_survivors(
    ways: Ways, cast: Cast, pair: tuple[Customer, Customer], text: str
) -> None:
    hannah, hanna = pair
    client = ways.client(cast)
    written = text.replace("ours", hanna.pk.hex)

    def old(call: Call) -> Call:
        return addressed(call, hanna.pk, written) if written else call

    read = old(ways.read(hanna.pk)).by(client)
    assert (read.status_code, b"hannah@example.com" in read.content) == (200, True), read.content
    assert str(hannah.pk).encode() in read.content or hannah.pk.hex.encode() in read.content
    if ways.update:
        changed = old(ways.update(hanna.pk)).by(client)
        assert changed.status_code == 200, changed.content
        assert b"hannah@example.com" in changed.content
    assert old(ways.remove(hanna.pk)).by(client).status_code == 200
    rows = Customer.objects.unscoped().filter(pk=hannah.pk, deleted_at=None)
    assert not rows.exclude(status="inactive").exists()


@pytest.mark.parametrize("ways", CREATING, ids=lambda ways: ways.name)
def test_another_systems_old_id_stays_taken(
    ways: Ways, cast: Cast, pair: tuple[Customer, Customer]
) -> None:
    assert ways.create
    call = ways.create(9)
    name = "externalId" if ways.name == "messaging" else "external_id"
    body = {**call.body, name: "cust_67890"}
    refused = Call(call.method, call.path, body).by(ways.client(cast))
    assert refused.status_code in (409, 400), refused.content
    ways.words(refused.status_code, refused.json())


@pytest.mark.parametrize("text", ["ours", "cust_67890", "cust_ours"])
@pytest.mark.parametrize(("path", "body"), NESTED)
def test_bodies_and_filters_take_an_old_id(
    api: ApiClient, pair: tuple[Customer, Customer], path: str, body: dict[str, Any], text: str
) -> None:
    hannah, hanna = pair
    old = str(hanna.pk) if text == "ours" else text.replace("ours", hanna.pk.hex)
    created = api.post(path, {"customer_id": old, **body})
    assert created.status_code == 201, created.content
    assert created.json()["data"]["customer_id"] == str(hannah.pk)
    assert api.get(path, customer_id=old).json()["data"] == [created.json()["data"]]


def test_bulk_updates_and_upserts_take_an_old_id(
    api: ApiClient, pair: tuple[Customer, Customer]
) -> None:
    hannah, hanna = pair
    answer = api.post(
        "/api/customers/bulk-update",
        {
            "customer_ids": [str(hanna.pk), "cust_67890", f"cust_{hanna.pk.hex}"],
            "updates": {"campaign": "autumn"},
        },
    ).json()
    assert (answer["updated"], answer["failed"]) == (1, [])
    body = {"first_name": "H", "last_name": "W", "email": "hannah@example.com"}
    changed = api.put("/api/customers/by-external-id/cust_67890", body)
    assert (changed.status_code, changed.json()["data"]["id"]) == (200, str(hannah.pk))
    row = api.get(f"/api/customers/{hannah.pk}").json()
    assert (row.get("data", row)["campaign"], row.get("data", row)["first_name"]) == ("autumn", "H")


def test_a_list_and_its_export_asked_for_an_old_external_id_hold_the_survivor(
    api: ApiClient, pair: tuple[Customer, Customer]
) -> None:
    hannah, _hanna = pair
    listed = api.get("/api/customers", external_id="cust_67890").json()
    assert ([row["id"] for row in listed["data"]], listed["pagination"]["total"]) == (
        [str(hannah.pk)],
        1,
    )
    file = api.get("/api/customers/export", external_id="cust_67890", fields="id")
    assert file.getvalue().decode().split() == ["id", str(hannah.pk)]
    assert (
        api.get("/api/customers", external_id="cust_67890", city="Elsewhere").json()["data"] == []
    )
    assert api.get("/api/customers", external_id="cust_6789").json()["data"] == []


@pytest.mark.parametrize("column", ["customer_id", "customer_external_id"])
def test_files_take_an_old_id(actor: Actor, pair: tuple[Customer, Customer], column: str) -> None:
    hannah, hanna = pair
    text = str(hanna.pk) if column == "customer_id" else "cust_67890"
    cells = {column: text}
    assert Owners(actor, [cells]).find(cells) == hannah.pk
    people = KnownPeople(actor, [{"referred_by": [str(hanna.pk)]}])
    assert people.find("referred_by", str(hanna.pk)).pk == hannah.pk
    keys = customers_with_keys(actor=actor, rows=[{"external_id": "cust_67890"}])
    assert keys == {("external_id", "cust_67890"): hannah.pk}


def test_the_api_merges_lists_and_undoes(api: ApiClient, actor: Actor) -> None:
    hannah, hanna = person(actor, FIRST), person(actor, SECOND, day=2)
    path = f"/api/customers/{hannah.pk}/merge"
    answer = api.post(
        path, {"loser": "cust_67890", "fields": {"street_address": "loser", "notes": "survivor"}}
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["data"]["id"], body["data"]["notes"]) == (str(hannah.pk), "Likes mornings.")
    made = body["merge"]
    assert (made["survivor"], made["loser"]) == (str(hannah.pk), str(hanna.pk))
    assert made["fields"] == {"street_address": "loser", "notes": "survivor"}
    assert made["moved"]["project"] == 1
    assert body["double_bookings"] == []
    assert api.get("/api/merges", survivor=str(hannah.pk)).json()["data"] == [made]
    assert api.get("/api/merges", undone="true").json()["data"] == []
    assert api.get(f"/api/merges/{made['id']}").json()["data"] == made
    undone = api.post(f"/api/merges/{made['id']}/undo")
    assert undone.status_code == 200, undone.content
    assert (undone.json()["kept"], undone.json()["data"]["undone_at"] is None) == ([], False)
    assert api.post(f"/api/merges/{made['id']}/undo").status_code == 409
    assert api.get(f"/api/customers/{hanna.pk}").status_code == 200


def test_the_api_refuses_clearly(api: ApiClient, actor: Actor, cast: Cast) -> None:
    hannah, hanna = person(actor, FIRST, full=False), person(actor, SECOND, full=False)
    path = f"/api/customers/{hannah.pk}/merge"
    for body, status in (
        ({"loser": str(hannah.pk)}, 409),
        ({"loser": "nobody"}, 404),
        ({"loser": "5f3a1c9e-8b7d-4e2a-9c61-0d2f4b6a8e10"}, 404),
        ({}, 400),
        ({"loser": str(hanna.pk), "fields": {"tags": "loser"}}, 400),
        ({"loser": str(hanna.pk), "fields": {"city": "both"}}, 400),
        ({"loser": str(hanna.pk), "fields": []}, 400),
        ({"loser": str(hanna.pk), "x": 1}, 400),
    ):
        assert api.post(path, body).status_code == status, body
    unknown = api.post(path, {"loser": str(hanna.pk), "fields": {"lifetime_value": "loser"}})
    assert list(unknown.json()["details"]) == ["fields.lifetime_value"]
    assert api.post(path, {"loser": str(hanna.pk)}, If_Match='"99"').status_code == 412
    mona = ApiClient(user=cast.mona)
    assert mona.post(path, {"loser": str(hanna.pk)}).status_code == 200
    again = mona.post(path, {"loser": str(hanna.pk)})
    assert (again.status_code, "merged already" in again.json()["error"]) == (409, True)


@every
def test_our_own_id_takes_no_more_queries_than_before(
    ways: Ways, cast: Cast, pair: tuple[Customer, Customer]
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert ways.read(pair[0].pk).by(ways.client(cast)).status_code == 200
    assert not any('"merged_into_id" FROM' in query["sql"] for query in queries)


def test_once_undone_an_old_id_is_a_customers_own_again(api: ApiClient, actor: Actor) -> None:
    hannah, hanna = person(actor, FIRST, full=False), person(actor, SECOND, full=False)
    row = merge(actor, hannah, hanna, external_id="loser").merge
    shown = api.get(f"/api/customers/{hannah.pk}").json()
    assert shown.get("data", shown)["external_id"] == "cust_67890"
    unmerge(actor, row)
    for text in (str(hanna.pk), "cust_67890"):
        shown = api.get(f"/api/customers/{text}").json()
        assert shown.get("data", shown)["id"] == str(hanna.pk)
    shown = api.get("/api/customers/shop-1").json()
    assert UUID(shown.get("data", shown)["id"]) == hannah.pk
    assert Project.objects.unscoped().count() == 0

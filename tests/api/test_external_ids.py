"""A client that moves here goes on with the ids of the system that it comes from."""

from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer, Project
from customers.services.customers import create_customer, delete_customer
from customers.services.work import create_project
from tests.api.dialects import CREATING, EVERY, UPDATING, Call, Ways
from tests.cast import Cast, customer_values
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

every = pytest.mark.parametrize("ways", EVERY, ids=lambda ways: ways.name)
updating = pytest.mark.parametrize("ways", UPDATING, ids=lambda ways: ways.name)

OLD = [
    "cust_67890",
    "507f1f77bcf86cd799439011",
    "122",
    "a b",
    "José:Ñ#1",
    "Jose\u0301 2",  # composed when it is stored
    "123e4567-e89b-12d3-a456-426614174000",  # in form it might be ours
    "cust_123e4567e89b12d3a456426614174000",
]


def addressed(call: Call, key: UUID, text: str) -> Call:
    """The same call with another text in the id's place."""
    path = call.path.replace(str(key), quote(text, safe=""))
    body = call.body
    if isinstance(body, dict) and "customer_id" in body:
        body = {"customer_id": text}
    return Call(call.method, path, body)


def made(actor: Actor, text: str, number: int = 1) -> Customer:
    return create_customer(actor=actor, values=customer_values(number, external_id=text))


@every
@pytest.mark.parametrize("text", OLD)
def test_another_systems_id_stands_wherever_ours_does(
    ways: Ways, cast: Cast, actor: Actor, text: str
) -> None:
    client, row = ways.client(cast), made(actor, text)
    read = addressed(ways.read(row.pk), row.pk, text).by(client)
    assert (read.status_code, b"jane1@example.com" in read.content) == (200, True)
    assert (str(row.pk).encode() in read.content) or (row.pk.hex.encode() in read.content)
    if ways.update:
        changed = addressed(ways.update(row.pk), row.pk, text).by(client)
        assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"'), changed.content
    assert addressed(ways.remove(row.pk), row.pk, text).by(client).status_code == 200


@every
def test_our_own_id_wins_over_another_systems(ways: Ways, cast: Cast, actor: Actor) -> None:
    ours = made(actor, "")
    made(actor, str(ours.pk), 2)
    made(actor, f"cust_{ours.pk.hex}", 3)
    assert b"jane1@example.com" in ways.read(ours.pk).by(ways.client(cast)).content


@every
@pytest.mark.parametrize(
    "text", ["cust_67890", "507f1f77bcf86cd799439011", "5f3a1c9e-8b7d-4e2a-9c61-0d2f4b6a8e10"]
)
def test_an_id_of_anothers_or_the_deleteds_is_nobodys(
    ways: Ways, cast: Cast, actor: Actor, text: str
) -> None:
    made(actor_of(cast.charlie), text)
    gone = made(actor, text)
    delete_customer(actor=actor, customer_id=gone.pk)
    malformed = ways.name == "roofing" and len(text) != 36
    for call in (ways.read, ways.remove, *([ways.update] if ways.update else [])):
        response = addressed(call(gone.pk), gone.pk, text).by(ways.client(cast))
        assert response.status_code == (400 if malformed else 404), response.content
        ways.words(response.status_code, response.json())


@every
def test_an_id_is_taken_behind_its_own_nouns_word_alone(
    ways: Ways, cast: Cast, actor: Actor
) -> None:
    row = made(actor, "")
    for text in (f"order_{row.pk.hex}", f"Cust_{row.pk.hex}", f"cust_{row.pk}"):
        answer = addressed(ways.read(row.pk), row.pk, text).by(ways.client(cast))
        assert answer.status_code == (400 if ways.name == "roofing" else 404), answer.content
    project = create_project(actor=actor, values={"customer": row.pk})
    api = ApiClient(user=cast.alice)
    for text, status in ((project.pk.hex, 200), (f"cust_{project.pk.hex}", 400)):
        assert api.get(f"/api/projects/{text}").status_code == status
    assert api.get("/api/projects", customer_id=f"cust_{row.pk.hex}").json()["data"]
    assert api.get("/api/projects", assigned_to=f"cust_{row.pk.hex}").status_code == 400


@every
def test_our_own_id_takes_no_more_queries_than_before(ways: Ways, cast: Cast, actor: Actor) -> None:
    row = made(actor, "cust_67890")
    with CaptureQueriesContext(connection) as queries:
        assert ways.read(row.pk).by(ways.client(cast)).status_code == 200
    assert not any('external_id" IN' in query["sql"] for query in queries)


@pytest.mark.parametrize("ways", CREATING, ids=lambda ways: ways.name)
def test_creating_takes_and_shows_the_other_systems_id(ways: Ways, cast: Cast) -> None:
    assert ways.create
    client, call = ways.client(cast), ways.create(1)
    name = "externalId" if ways.name == "messaging" else "external_id"
    response = Call(call.method, call.path, {**call.body, name: "cust_67890"}).by(client)
    assert response.status_code == 201, response.content
    body = response.json()
    assert (body.get("data") or body.get("customer") or body)[name] == "cust_67890"
    assert Customer.objects.unscoped().get().external_id == "cust_67890"


def test_a_deleted_customer_is_restored_by_the_other_systems_id(
    api: ApiClient, actor: Actor
) -> None:
    for path in ("/api/customers", "/api/v1/customers"):
        for text in ("cust_67890", str(uuid4())):
            row = made(actor, text)
            delete_customer(actor=actor, customer_id=row.pk)
            assert api.post(f"{path}/{text}/restore").status_code == 200
            delete_customer(actor=actor, customer_id=row.pk)
            Customer.objects.unscoped().update(external_id="")


def test_fixed_paths_win(api: ApiClient, actor: Actor) -> None:
    for number, text in enumerate(("stats", "export", "bulk-update")):
        made(actor, text, number)
    assert "total_customers" in api.get("/api/customers/stats").json()
    assert api.get("/api/customers/export").headers["Content-Type"].startswith("text/csv")


NESTED: list[tuple[str, dict[str, Any]]] = [
    ("/api/projects", {"total_amount": 5}),
    ("/api/interactions", {"type": "note"}),
    ("/api/appointments", {"appointment_date": "2026-02-02", "start_time": "10:00"}),
    ("/api/conversations", {"channel": "sms"}),
    ("/api/transactions", {"gross_amount": 5}),
]


@pytest.mark.parametrize("text", ["cust_67890", "123e4567-e89b-12d3-a456-426614174000"])
@pytest.mark.parametrize(("path", "body"), NESTED)
def test_bodies_and_filters_take_it(
    api: ApiClient, actor: Actor, path: str, body: dict[str, Any], text: str
) -> None:
    row = made(actor, text)
    created = api.post(path, {"customer_id": text, **body})
    assert created.status_code == 201, created.content
    assert created.json()["data"]["customer_id"] == str(row.pk)
    assert api.get(path, customer_id=text).json()["data"] == [created.json()["data"]]
    assert api.get(path, customer_id=str(row.pk)).json()["pagination"]["total"] == 1
    assert api.get(path, customer_id=str(uuid4())).json()["data"] == []
    assert api.get(path, customer_id="nobody").status_code == 400
    key = created.json()["data"].get("id") or created.json()["data"]["transaction_id"]
    whole = {**created.json()["data"], "customer_id": text}
    assert api.put(f"{path}/{key}", whole).status_code == 200
    refused = api.post(path, {"customer_id": "nobody", **body})
    assert refused.json()["details"] == {"customer_id": ["Must be a valid UUID."]}


def test_who_referred_somebody_is_told_by_it(api: ApiClient, actor: Actor) -> None:
    referrer, row = made(actor, "cust_67890"), made(actor, "", 2)
    Project.objects.add(actor, customer=row, total_amount=500)
    response = api.put(f"/api/customers/{row.pk}", {"referred_by": "cust_67890"})
    assert response.json()["data"]["referred_by"] == str(referrer.pk)
    assert api.get("/api/customers/cust_67890").json()["data"]["referral_count"] == 1


def test_a_list_of_ids_takes_all_kinds_and_names_the_failed_as_they_were_written(
    api: ApiClient, actor: Actor
) -> None:
    uuid = "123E4567-E89B-12D3-A456-426614174000"
    rows = [made(actor, text, number) for number, text in enumerate(("old 1", "", uuid))]
    nobody = str(uuid4()).upper()
    ids = ["old 1", str(rows[1].pk), uuid, "old 1", str(rows[0].pk), "nobody", nobody, "\0"]
    response = api.post(
        "/api/customers/bulk-update", {"customer_ids": ids, "updates": {"campaign": "spring"}}
    )
    assert (response.status_code, response.json()) == (
        207,
        {
            "message": "Updated 3 customers",
            "updated": 3,
            "requested": 8,
            "failed": ["nobody", nobody, "\0"],
        },
    )
    assert set(Customer.objects.unscoped().values_list("campaign", "version")) == {("spring", 2)}


def test_an_export_is_asked_for_by_it(api: ApiClient, actor: Actor) -> None:
    made(actor, "cust_67890")
    asked = {"resource": "projects", "filters": {"customer_id": "cust_67890"}}
    assert api.post("/api/exports", asked).status_code == 201


@updating
def test_what_was_read_under_it_may_be_sent_back_whole(
    ways: Ways, cast: Cast, actor: Actor
) -> None:
    client, row = ways.client(cast), made(actor, "cust_67890")
    read = addressed(ways.read(row.pk), row.pk, "cust_67890")
    body = read.by(client).json()
    whole = body.get("data") or body.get("customer") or body
    response = client.put(read.path, whole)
    assert (response.status_code, response.headers["ETag"]) == (200, '"1"')
    assert "X-Ignored" not in response.headers

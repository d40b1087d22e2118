"""A customer is created or changed by another system's id, however many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from core.tenancy.actor import Actor
from customers.models import Customer
from tests.cast import Cast
from tests.client import ApiClient
from tests.conftest import on_postgresql

PATH = "/api/customers/by-external-id/crm-77"
JANE = {"first_name": "Jane", "last_name": "Smith", "email": "jane@example.com", "city": "Troy"}


def put(api: ApiClient, body: dict[str, Any], path: str = PATH) -> Any:
    return api.send("PUT", path, body)


def test_the_first_creates_and_the_next_change(api: ApiClient, actor: Actor) -> None:
    first = put(api, JANE)
    assert (first.status_code, first.json()["data"]["external_id"]) == (201, "crm-77")
    second = put(api, {**JANE, "first_name": "Anna"} | {"city": None})
    assert (second.status_code, second.json()["data"]["id"]) == (200, first.json()["data"]["id"])
    third = put(api, {"first_name": "Anna", "last_name": "Berg", "email": "jane@example.com"})
    row = Customer.objects.for_actor(actor).get()
    assert (row.first_name, row.last_name, row.city, row.version) == ("Anna", "Berg", "", 3)
    assert third.headers["ETag"] == '"3"'


def test_what_is_sent_is_checked_as_on_creating(api: ApiClient, actor: Actor) -> None:
    assert put(api, {"first_name": "Jane"}).status_code == 400
    assert put(api, {**JANE, "external_id": "other"}).status_code == 400
    assert put(api, {**JANE, "external_id": "crm-77"}).status_code == 201
    assert put(api, JANE, "/api/customers/by-external-id/" + "x" * 300).status_code == 400
    assert put(api, JANE, "/api/customers/by-external-id/a%00b").status_code == 400
    assert put(api, JANE, "/api/customers/by-external-id/%20").status_code == 400
    taken = put(api, JANE, "/api/customers/by-external-id/crm-78")
    assert taken.status_code == 409
    assert Customer.objects.for_actor(actor).count() == 1


def test_an_id_is_one_however_its_accents_are_written(api: ApiClient, actor: Actor) -> None:
    for text, body in (
        ("Jose\u0301", JANE),
        ("José", JANE),
        ("Jos%C3%A9\u200b", {**JANE, "external_id": "Jose\u0301"}),
    ):
        assert put(api, body, f"/api/customers/by-external-id/{text}").status_code in (200, 201)
    assert Customer.objects.for_actor(actor).get().external_id == "José"
    assert put(api, JANE, "/api/customers/by-external-id/\u200b").status_code == 400
    number = {**JANE, "email": "n@example.com", "external_id": 122}
    assert put(api, number, "/api/customers/by-external-id/122").status_code == 201


def test_a_version_is_heeded(api: ApiClient) -> None:
    stale = api.send("PUT", PATH, JANE, **{"If-Match": '"1"'})
    assert stale.status_code == 412
    assert put(api, JANE).status_code == 201
    assert api.send("PUT", PATH, JANE, **{"If-Match": '"7"'}).status_code == 412
    assert api.send("PUT", PATH, JANE, **{"If-Match": '"1"'}).status_code == 200


def test_a_client_may_demand_to_create_or_to_change(api: ApiClient, actor: Actor) -> None:
    changing, creating = {"If-Match": "*"}, {"If-None-Match": "*"}
    assert api.send("PUT", PATH, JANE, **changing).status_code == 412
    assert not Customer.objects.for_actor(actor).exists()
    assert api.send("PUT", PATH, JANE, **creating).status_code == 201
    again = api.send("PUT", PATH, {**JANE, "city": "Novi"}, **creating)
    assert (again.status_code, "precondition" in again.json()["error"]) == (412, True)
    assert api.send("PUT", PATH, {**JANE, "notes": "x"}, **changing).status_code == 200
    row = Customer.objects.for_actor(actor).get()
    assert (row.city, row.version) == ("Troy", 2)


def test_another_organizations_id_is_nobodys(api: ApiClient, cast: Cast, actor: Actor) -> None:
    assert put(ApiClient(user=cast.charlie), JANE).status_code == 201
    assert put(api, JANE).status_code == 201
    assert Customer.objects.for_actor(actor).count() == 1
    assert put(ApiClient(user=cast.bob), JANE).status_code == 403


@on_postgresql
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_creates(cast: Cast, actor: Actor) -> None:
    def send(number: int) -> int:
        try:
            body = {**JANE, "notes": f"by {number}"}
            return int(put(ApiClient(user=cast.alice), body).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(send, range(8)))
    assert statuses == [200] * 7 + [201]
    assert Customer.objects.for_actor(actor).get().version == 8

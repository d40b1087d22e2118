"""
No request reads or changes another organization's or environment's row, and none can tell whether such a row exists.

Every text of the others' rows holds a canary. Every operation that the resolver knows is sent as Acme's administrator (who may do all
but cross organizations), with one foreign id in one place at a time; the answer must be that of an id that no one has.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import Scene
from tests.api.policy_matrix import MATRIX
from tests.api.requests import FILTERS, ITEMS, body_of, path_of
from tests.api.test_policy import undone
from tests.api.world import Operation, dump, operations
from tests.client import ApiClient

OPERATIONS = [operation for operation in operations() if operation.name in MATRIX and operation.name != "POST /api/auth/logout"]
BY_NAME = {operation.name: operation for operation in OPERATIONS}
SHARED = {"outlet", "service", "tag", "user"}
"""Kinds of rows that both environments of an organization share."""

Attempt = tuple[str, Any, dict[str, str]]


def attempts(operation: Operation, own: dict[str, str], kind: str, key: str) -> Iterator[Attempt]:
    """Path, body and query of the operation with `key` wherever an id of that kind may stand, one place at a time."""
    wrong = {**own, kind: key, **({"deleted": key} if kind == "customer" else {})}
    if path_of(operation, wrong) != path_of(operation, own):
        yield path_of(operation, wrong), body_of(operation, own), {}
    body = body_of(operation, own)
    for spot in places(body, own[kind]):
        yield path_of(operation, own), with_at(body, spot, key), {}
    if operation.method == "GET":
        for parameter, kind_of_parameter in FILTERS.get(operation.route, {}).items():
            if kind_of_parameter == kind:
                yield path_of(operation, own), None, {parameter: key}


def places(value: Any, wanted: str, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in pairs:
        yield from places(inner, wanted, (*at, step))
    if value == wanted:
        yield at


def with_at(value: Any, spot: tuple[Any, ...], new: Any) -> Any:
    if not spot:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[spot[0]] = with_at(value[spot[0]], spot[1:], new)
    return changed


def answer(client: ApiClient, operation: Operation, attempt: Attempt, key: str) -> tuple[int, bytes]:
    path, body, query = attempt
    with undone():
        response = client.send(operation.method, path, body, query)
        content = response.getvalue()
    return response.status_code, content.replace(key.encode(), b"<id>")


def compare(client: ApiClient, operation: Operation, own: dict[str, str], foreign: dict[str, str], canary: bytes, kinds: set[str]) -> int:
    """Every place for every kind; returns how many were tried."""
    tried = 0
    for kind in sorted(kinds):
        nobody = str(uuid4())
        told = attempts(operation, own, kind, foreign["deleted" if operation.route.endswith("/restore") else kind])
        for there, nowhere in zip(told, attempts(operation, own, kind, nobody), strict=True):
            key = foreign["deleted"] if operation.route.endswith("/restore") else foreign[kind]
            seen, unseen = answer(client, operation, there, key), answer(client, operation, nowhere, nobody)
            assert canary not in seen[1], (operation.name, kind, there, seen)
            assert seen == unseen, (operation.name, kind, there)
            tried += 1
    return tried


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_another_organizations_ids_are_answered_like_ids_that_no_one_has(name: str, scene: Scene, db: None) -> None:
    operation = BY_NAME[name]
    client = ApiClient(user=scene.cast.alice)
    before = dump()
    with undone():
        response = client.send(operation.method, path_of(operation, scene.acme), body_of(operation, scene.acme))
        assert b"canary" not in response.getvalue()
        after = dump()
    assert foreign_rows(after, scene) == foreign_rows(before, scene)
    compare(client, operation, scene.acme, scene.other, b"canary", set(scene.acme) - {"deleted"})
    assert dump() == before


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_test_environment_and_the_live_one_do_not_know_each_other(name: str, scene: Scene, db: None) -> None:
    operation = BY_NAME[name]
    kinds = set(scene.acme) - SHARED - {"deleted"}
    compare(ApiClient(key=scene.cast.live_key), operation, scene.acme, scene.test, b"testmark", kinds)
    compare(ApiClient(key=scene.cast.test_key), operation, scene.test, scene.acme, b"acmeLast", kinds)


def foreign_rows(rows: dict[str, list[Any]], scene: Scene) -> dict[str, list[Any]]:
    """Those that name the other organization anywhere."""
    mark = scene.cast.other.pk
    return {table: [row for row in found if mark in row] for table, found in rows.items()}


def test_every_item_with_an_id_was_tried_at_its_path() -> None:
    with_ids = {operation.route for operation in OPERATIONS if "<str:" in operation.route}
    resources = {route.split("/<")[0] for route in with_ids}
    assert resources == {*ITEMS, "/api/customers"}


@pytest.mark.parametrize("text", ["canary", "canaryFirst", "2485559903", "5559903", "canary@customer.test"])
def test_searching_for_another_organizations_customer_finds_nothing(text: str, scene: Scene, db: None) -> None:
    for client in (ApiClient(user=scene.cast.alice), ApiClient(user=scene.cast.sue), ApiClient(key=scene.cast.test_key)):
        assert client.get("/api/customers", search=text).json()["pagination"]["total"] == 0
        assert client.get("/api/customers", search=text, deleted="true").json()["pagination"]["total"] == 0


@pytest.mark.parametrize(
    ("path", "parameter", "value"),
    [
        ("/api/customers", "external_id", "canary-external"),
        ("/api/customers", "city", "canaryville"),
        ("/api/customers", "tags", "canary-tag"),
        ("/api/tags", "name", "canary-tag"),
        ("/api/services", "category", "canary category"),
    ],
)
def test_filters_by_text_find_no_foreign_row(path: str, parameter: str, value: str, scene: Scene, db: None) -> None:
    assert ApiClient(user=scene.cast.alice).get(path, **{parameter: value}).json()["pagination"]["total"] == 0
    assert ApiClient(user=scene.cast.charlie).get(path, **{parameter: value}).json()["pagination"]["total"] >= 1


@pytest.mark.parametrize("who", ["alice", "mona", "bob"])
def test_only_a_super_admin_works_elsewhere_and_says_so(who: str, scene: Scene, db: None) -> None:
    refused = ApiClient(user=getattr(scene.cast, who), **{"X-Organization": "other"})
    assert (refused.get("/api/customers").status_code, refused.post("/api/customers", {}).status_code) == (403, 403)
    sue = ApiClient(user=scene.cast.sue, **{"X-Organization": "other"})
    assert [row["first_name"] for row in sue.get("/api/customers").json()["data"]] == ["canaryFirst"]
    assert b"canary" not in ApiClient(user=scene.cast.sue).get("/api/customers").getvalue()


def test_the_same_email_phone_and_external_id_may_stand_in_each_organization_and_environment(scene: Scene, db: None) -> None:
    body = {"first_name": "A", "last_name": "B", "email": "one@everywhere.test", "phone": "2485550000", "external_id": "1"}
    for client in (ApiClient(user=scene.cast.alice), ApiClient(key=scene.cast.test_key), ApiClient(user=scene.cast.charlie)):
        assert client.post("/api/customers", body).status_code == 201
        assert client.post("/api/customers", body).status_code == 409


def test_tables_of_an_organization_are_never_named_by_another_in_an_answer_of_figures(scene: Scene, db: None) -> None:
    stats = ApiClient(user=scene.cast.alice).get("/api/customers/stats").json()
    assert (stats["total_customers"], stats["by_location"], stats["by_source"]) == (1, {"acmeville": 1}, {"acme-source": 1})

"""Roles and scopes do exactly what the published matrix says, at every operation that the resolver knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from core.identity.services import actor_of
from core.tenancy.keys import store_key
from tests.api.conftest import Scene
from tests.api.policy_matrix import MATRIX, ROLES
from tests.api.requests import body_of, path_of
from tests.api.world import Operation, dump, operations
from tests.cast import Cast
from tests.client import ApiClient

OTHERS = ("write key", "read key", "anonymous")
OPERATIONS = [operation for operation in operations() if operation.name in MATRIX]


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def clients(cast: Cast) -> dict[str, ApiClient]:
    people = {role: ApiClient(user=user) for role, user in cast.roles.items()}
    return people | {"write key": ApiClient(key=cast.live_key), "read key": ApiClient(key=cast.read_key), "anonymous": ApiClient()}


def test_the_matrix_and_the_resolver_know_the_same_operations_of_the_native_api() -> None:
    others = ("/api/v1/", "/api/v2/", "/api/customers/retrieve", "/api/customers/delete")
    known = {operation.name for operation in operations() if not operation.route.startswith(others)}
    assert known == set(MATRIX)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_cell_of_the_matrix(operation: Operation, scene: Scene, db: None) -> None:
    path, body, rule = path_of(operation, scene.acme), body_of(operation, scene.acme), MATRIX[operation.name]
    everyone = clients(scene.cast)
    before = dump()
    for who, client in everyone.items():
        with undone():
            response = client.send(operation.method, path, body)
            told = (operation.name, who, response.status_code, response.getvalue()[:200])
            if rule.allows(who) and operation.route.startswith("/api/auth/"):
                assert response.status_code in (200, 401), told
            elif rule.allows(who):
                assert response.status_code < 300 or response.json() == {"error": "Still in use"}, told
            else:
                refused(operation, who, response, told)
                assert dump() == before


def refused(operation: Operation, who: str, response: Any, told: object) -> None:
    """401 without a credential that the path takes, 403 with one that may not; both in the documented shape."""
    missing = who == "anonymous" or (operation.route == "/api/auth/me" and who not in ROLES)
    assert response.status_code == (401 if missing else 403), told
    assert set(response.json()) == {"error"}, told
    assert isinstance(response.json()["error"], str), told


def test_the_deleted_are_listed_only_for_those_who_may_restore(scene: Scene, db: None) -> None:
    seen = {who: client.get("/api/customers", deleted="true").status_code for who, client in clients(scene.cast).items()}
    assert seen == {
        "staff": 403,
        "outlet_manager": 403,
        "tenant_admin": 200,
        "super_admin": 200,
        "write key": 200,
        "read key": 403,
        "anonymous": 401,
    }


def test_a_key_that_only_writes_gets_its_answer_and_reads_nothing_else(scene: Scene, db: None) -> None:
    ids = scene.acme
    feeding = ApiClient(key=write_only_key(scene.cast))
    assert feeding.get("/api/projects").status_code == 403
    created = feeding.post("/api/projects", {"customer_id": ids["customer"], "total_amount": 7})
    assert (created.status_code, created.json()["data"]["total_amount"]) == (201, 7)
    logged = feeding.post(f"/api/customers/{ids['customer']}/interactions", {"type": "note"})
    assert logged.status_code == 201


def write_only_key(cast: Cast) -> str:
    return store_key(actor=actor_of(cast.alice), name="feed", environment="live", scopes=["write"])[1]

"""
Roles and scopes do exactly what the published matrix says, at every operation of every dialect that
the resolver knows.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from rest_framework.views import APIView

from core.identity.services import actor_of
from core.imports.errors import NotRun
from core.tenancy.keys import store_key
from crm.api.registry import dialect_of
from tests.api.conftest import Scene
from tests.api.policy_matrix import EVERYWHERE, ROLES
from tests.api.requests import body_of, path_of
from tests.api.world import Operation, dump, operations
from tests.cast import Cast
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

KNOWN = {
    operation.name: operation
    for operation in operations("")
    if dialect_of(operation.route) or issubclass(operation.view, APIView)
}
CASES = [(dialect, name) for dialect, rules in EVERYWHERE.items() for name in rules]
SHAPES: dict[str, dict[str, type]] = {
    "roofing": {"error": str},
    "booking": {"error": str, "message": str},
    "outlets": {"detail": str},
    "messaging": {"success": bool, "error": str},
    "merchants": {"statusCode": int, "message": str},
}
"""Dialect → what a refusal says, key by key."""
SAID = {
    ("booking", 401): {"error": "unauthorized"},
    ("booking", 403): {"error": "forbidden"},
    ("messaging", 401): {"success": False},
    ("messaging", 403): {"success": False},
    ("merchants", 401): {"statusCode": 401, "message": "Invalid API key"},
    ("merchants", 403): {"statusCode": 403},
}
"""(Dialect, status) → what stands in every such answer."""


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def clients(cast: Cast) -> dict[str, ApiClient]:
    """Four roles, keys with both scopes and with either, and nobody."""
    people = {role: ApiClient(user=user) for role, user in cast.roles.items()}
    keys = {"write key": cast.live_key, "read key": cast.read_key, "feed key": write_only_key(cast)}
    return (
        people | {who: ApiClient(key=key) for who, key in keys.items()} | {"anonymous": ApiClient()}
    )


def test_the_matrix_and_the_resolver_know_the_same_operations() -> None:
    assert {name.partition("?")[0] for _, name in CASES} == set(KNOWN)


def test_every_operation_stands_under_the_dialect_that_answers_for_its_path() -> None:
    answering = {name: dialect_of(KNOWN[name.partition("?")[0]].route) for _, name in CASES}
    assert {name: dialect and dialect.name for name, dialect in answering.items()} == {
        name: dialect for dialect, name in CASES
    }


@pytest.mark.parametrize(("dialect", "name"), CASES, ids=[name for _, name in CASES])
def test_every_cell_of_the_matrix(dialect: str, name: str, scene: Scene, db: None) -> None:
    plain, mark, query = name.partition("?")
    operation, rule = KNOWN[plain], EVERYWHERE[dialect][name]
    path, body = path_of(operation, scene.acme) + mark + query, body_of(operation, scene.acme)
    everyone = clients(scene.cast)
    before = dump()
    for who, client in everyone.items():
        with undone():
            response = client.send(operation.method, path, body)
            told = (name, who, response.status_code, response.getvalue()[:200])
            if rule.allows(who) and operation.route.startswith("/api/auth/"):
                assert response.status_code in (200, 401), told
            elif who in rule.finds_own:
                assert response.status_code == 404, told
            elif rule.allows(who):
                done = response.status_code < 300
                assert done or response.json()["error"] in ("Still in use", NotRun.message), told
            else:
                refused(dialect, operation, who, response, told)
                assert dump() == before, told


def refused(dialect: str, operation: Operation, who: str, response: Any, told: object) -> None:
    """
    401 without a credential that the path takes, 403 with one that may not; both in the dialect's
    documented shape.
    """
    person = who in ROLES
    untaken = person if dialect == "merchants" else not person and operation.route == "/api/auth/me"
    status = 401 if who == "anonymous" or untaken else 403
    assert response.status_code == status, told
    said = response.json()
    assert {key: type(value) for key, value in said.items()} == SHAPES[dialect], told
    assert said.items() >= SAID.get((dialect, status), {}).items(), told
    assert response.headers["Content-Type"] == "application/json", told


def test_the_merchants_api_heeds_the_key_and_not_the_person_beside_it(
    scene: Scene, db: None
) -> None:
    path = f"/customers/{scene.acme['customer']}"
    both = ApiClient(user=scene.cast.sue, key=scene.cast.read_key)
    before = dump()
    assert both.get(path).status_code == 200
    assert both.patch(path, {"city": "Changed"}).status_code == 403
    assert dump() == before


def test_the_deleted_are_listed_only_for_those_who_may_restore(scene: Scene, db: None) -> None:
    seen = {
        who: client.get("/api/customers", deleted="true").status_code
        for who, client in clients(scene.cast).items()
    }
    assert seen == {
        "staff": 403,
        "outlet_manager": 403,
        "tenant_admin": 200,
        "super_admin": 200,
        "write key": 200,
        "read key": 403,
        "feed key": 403,
        "anonymous": 401,
    }


def test_a_key_that_only_writes_gets_its_answer_and_reads_nothing_else(
    scene: Scene, db: None
) -> None:
    ids = scene.acme
    feeding = ApiClient(key=write_only_key(scene.cast))
    assert feeding.get("/api/projects").status_code == 403
    created = feeding.post("/api/projects", {"customer_id": ids["customer"], "total_amount": 7})
    assert (created.status_code, created.json()["data"]["total_amount"]) == (201, 7)
    logged = feeding.post(f"/api/customers/{ids['customer']}/interactions", {"type": "note"})
    assert logged.status_code == 201


def write_only_key(cast: Cast) -> str:
    return store_key(actor=actor_of(cast.alice), name="feed", environment="live", scopes=["write"])[
        1
    ]

"""
What a generator makes of the documents of all dialects: no 5xx, no undocumented status, no answer
that breaks its schema.

Generated ids are no one's, so every request is also sent with ids that are there.
"""

import json
import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet

from crm.api.registry import DIALECTS, dialect_of
from tests.api.conftest import Scene
from tests.api.requests import path_of
from tests.api.test_openapi import UNDESCRIBED, described, keeps_to_the_document
from tests.api.test_policy import undone
from tests.api.world import Operation, spoken
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

DESCRIBED = [operation for operation in spoken() if not operation.route.startswith(UNDESCRIBED)]
GENERATED = {
    found.ok().label: found.ok()
    for dialect in DIALECTS
    for found in schemathesis.openapi.from_dict(described(dialect)).get_all_operations()
}
EXAMPLES = max(5, int(os.environ.get("EXAMPLES", "0")) // 20)
"""Requests of each operation; a proof that takes its time sets more."""
CREDENTIALS = ("authorization", "x-api-key", "x-organization")


def label(operation: Operation) -> str:
    return operation.name.replace("<str:", "{").replace(">", "}")


def client_for(operation: Operation, scene: Scene) -> ApiClient:
    """Of one who may do all that the operation's dialect has."""
    dialect = dialect_of(operation.route)
    keys_alone = dialect is not None and dialect.name == "merchants"
    return ApiClient(key=scene.cast.live_key) if keys_alone else ApiClient(user=scene.cast.alice)


def sent(client: ApiClient, case: Any, path: str) -> Any:
    headers = {
        name: str(value)
        for name, value in dict(case.headers or {}).items()
        if name.lower() not in CREDENTIALS
    }
    body = None if isinstance(case.body, NotSet) else json.dumps(case.body).encode()
    query = {name: value for name, value in dict(case.query or {}).items() if name != "token"}
    return client.send(case.method, path, body, query, **headers)


def test_every_operation_of_every_dialect_is_described_and_tried() -> None:
    assert {label(operation) for operation in DESCRIBED} == set(GENERATED)
    assert {getattr(dialect_of(operation.route), "name", "") for operation in DESCRIBED} == set(
        DIALECTS
    )


@pytest.mark.parametrize("operation", DESCRIBED, ids=lambda operation: operation.name)
def test_generated_requests_are_answered_as_documented(
    operation: Operation, scene: Scene, db: None
) -> None:
    client, told = client_for(operation, scene), Counter[int]()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=GENERATED[label(operation)].as_strategy())
    def answered(case: Any) -> None:
        for path in dict.fromkeys((case.formatted_path, path_of(operation, scene.acme))):
            with undone():
                response = sent(client, case, path)
                assert response.status_code < 500, (operation.name, path, case.query, case.body)
                assert response.headers["Content-Type"].partition(";")[0] in (
                    "application/json",
                    "text/csv",
                    "application/zip",
                )
                keeps_to_the_document(operation, response)
                told[response.status_code] += 1

    answered()
    assert 401 not in told or operation.route.startswith("/api/auth/"), told

"""What a generator makes of the native API's document: no 5xx, no undocumented status, no answer that breaks its schema."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet

from tests.api.conftest import Scene
from tests.api.test_openapi import WALKED, described, keeps_to_the_document
from tests.api.test_policy import undone
from tests.api.world import Operation
from tests.client import ApiClient

SCHEMA = schemathesis.openapi.from_dict(described("roofing"))
LABELS = {operation.name: operation.name.replace("<str:", "{").replace(">", "}") for operation in WALKED}
GENERATED = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
EXAMPLES = 5


def sent(client: ApiClient, case: Any) -> Any:
    headers = {name: value for name, value in dict(case.headers or {}).items() if name.lower() not in ("authorization", "x-organization")}
    body = None if isinstance(case.body, NotSet) else json.dumps(case.body).encode()
    query = {name: value for name, value in dict(case.query or {}).items() if name != "token"}
    return client.send(case.method, case.formatted_path, body, query, **{name: str(value) for name, value in headers.items()})


@pytest.mark.parametrize("operation", WALKED, ids=lambda operation: operation.name)
def test_generated_requests_are_answered_as_documented(operation: Operation, scene: Scene, db: None) -> None:
    alice = ApiClient(user=scene.cast.alice)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=GENERATED[LABELS[operation.name]].as_strategy())
    def answered(case: Any) -> None:
        with undone():
            keeps_to_the_document(operation, sent(alice, case))

    answered()

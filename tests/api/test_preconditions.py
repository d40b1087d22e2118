"""A write under a version that its row isn't at is 412 and changes nothing, whichever it is."""

import pytest

from crm.api.kernel.viewsets import DialectViewSet
from tests.api.conftest import Scene
from tests.api.requests import body_of, path_of
from tests.api.world import Operation, dump, operations
from tests.client import ApiClient

pytestmark = pytest.mark.heavy

BESIDE = {
    "POST /api/customers/<str:customer_id>/interactions",
    "POST /api/customers/<str:customer_id>/loyalty",
    "POST /api/customers/<str:customer_id>/calculate-ltv",
    "POST /api/conversations/<str:row_id>/messages",
    "POST /api/v2/customers/<str:customer_id>/conversations",
    "POST /api/v2/conversations/<str:conversation_id>/messages",
    "POST /api/webhooks/<str:row_id>/test",
    "POST /api/webhooks/<str:row_id>/replay",
    "POST /api/users/<str:row_id>/invitation",
    "DELETE /api/users/<str:row_id>/second-factor",
}
"""What writes beside the row that its address names, and never moves that one's version."""


def heeding() -> list[Operation]:
    return [
        operation
        for operation in operations("")
        if operation.method != "GET"
        and issubclass(operation.view, DialectViewSet)
        and operation.view.versioned
        and f":{operation.view.lookup_url_kwarg}>" in operation.route
        and operation.name not in BESIDE
    ]


@pytest.mark.parametrize("operation", heeding(), ids=lambda operation: operation.name)
def test_a_stale_version_is_412_and_changes_nothing(
    operation: Operation, scene: Scene, db: None
) -> None:
    client = ApiClient(user=scene.cast.sue)
    if operation.route.startswith("/customers"):
        client = ApiClient(key=scene.cast.live_key)
    path, body = path_of(operation, scene.acme), body_of(operation, scene.acme)
    before = dump()
    for precondition in ({"If-Match": '"999"'}, {"If-None-Match": "*"}):
        answer = client.send(operation.method, path, body, **precondition)
        assert answer.status_code == 412, answer.content
    assert dump() == before

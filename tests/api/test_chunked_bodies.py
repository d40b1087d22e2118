"""Bodies that come in chunks (RFC 9112, 7.1), as the server hands them on: without a length."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from core.tenancy.actor import Actor
from crm.wsgi import application
from customers.models import Customer
from customers.services.customers import create_customer
from tests.api.dialects import UPDATING, Ways
from tests.cast import PASSWORD, Cast, customer_values
from tests.client import ApiClient


def sent(method: str, path: str, body: bytes, headers: dict[str, str], **more: Any) -> Any:
    """The status and the answer."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/json",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        **more,
    }
    answer = b"".join(application(environ, lambda status, _headers: told.append(status)))
    return int(told[0].split()[0]), orjson.loads(answer)


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The handler of real requests would close the test's connection, as the test client knows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def key(actor: Actor) -> UUID:
    return create_customer(actor=actor, values=customer_values()).pk


@pytest.mark.parametrize("ways", UPDATING, ids=lambda ways: ways.name)
def test_they_are_read_like_any_other(ways: Ways, cast: Cast, key: UUID, settings: Any) -> None:
    assert ways.update
    call, headers = ways.update(key), ways.client(cast).headers
    status, _ = sent(call.method, call.path, orjson.dumps(call.body), headers)
    assert (status, Customer.objects.unscoped().get().version) == (200, 2)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    status, body = sent(call.method, call.path, b'{"city": "' + b"x" * 1000 + b'"}', headers)
    assert (status, bool(ways.words(413, body))) == (413, True)


@pytest.mark.parametrize("ways", UPDATING, ids=lambda ways: ways.name)
def test_a_server_that_cant_tell_their_end_has_them_refused(
    ways: Ways, cast: Cast, key: UUID
) -> None:
    assert ways.update
    call, headers = ways.update(key), ways.client(cast).headers
    unread = {"wsgi.input_terminated": False}
    status, body = sent(call.method, call.path, orjson.dumps(call.body), headers, **unread)
    assert (status, bool(ways.words(411, body))) == (411, True)
    assert Customer.objects.unscoped().get().version == 1


def test_signing_in_and_preferences_take_them(cast: Cast, key: UUID, api: ApiClient) -> None:
    signing_in = {"email": cast.alice.email, "password": PASSWORD}
    status, body = sent("POST", "/api/auth/token", orjson.dumps(signing_in), {})
    assert (status, set(body)) == (200, {"access", "refresh"})
    path = f"/api/v1/customers/{key}/preferences"
    status, body = sent("PUT", path, b'{"marketing_consent": true}', api.headers)
    assert (status, body["marketing_consent"]) == (200, True)

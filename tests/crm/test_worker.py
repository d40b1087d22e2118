"""What the application server refuses before any view sees it."""

import socket
from types import SimpleNamespace
from typing import Any
from unittest import mock

import orjson
import pytest
from gunicorn.http.errors import (
    InvalidChunkSize,
    InvalidRequestLine,
    LimitRequestHeaders,
    LimitRequestLine,
)

from crm.worker import Worker


def told(path: str | None, error: Exception) -> tuple[str, bytes]:
    """The status line and the body that the client gets."""
    worker = Worker.__new__(Worker)
    worker.log, worker.cfg = mock.Mock(), mock.Mock()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        request = None if path is None else SimpleNamespace(path=path)
        worker.handle_error(request, ours, ("127.0.0.1", 1), error)
        ours.close()
        answer = b"".join(iter(lambda: theirs.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0].decode(), body


@pytest.mark.parametrize(
    ("path", "error", "status", "body"),
    [
        (None, LimitRequestLine(9000, 8190), "414 URI Too Long", {"error"}),
        (None, LimitRequestHeaders("x"), "431 Request Header Fields Too Large", {"error"}),
        (None, InvalidRequestLine("x"), "400 Bad Request", {"error"}),
        ("/api/customers/1", InvalidChunkSize(b"zz"), "400 Bad Request", {"error"}),
        ("/api/v1/customers/1", InvalidChunkSize(b"zz"), "400 Bad Request", {"detail"}),
        ("/api/v2/customers/1", InvalidChunkSize(b"zz"), "400 Bad Request", {"success", "error"}),
        ("/customers/1", InvalidChunkSize(b"zz"), "400 Bad Request", {"statusCode", "message"}),
    ],
)
def test_the_apis_clients_are_told_in_their_shape(
    path: Any, error: Exception, status: str, body: set[str]
) -> None:
    line, content = told(path, error)
    assert (line, set(orjson.loads(content))) == (f"HTTP/1.1 {status}", body)

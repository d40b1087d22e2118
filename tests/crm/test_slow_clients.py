"""Who opens connections and sends nothing, or too slowly, holds no thread of the server."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm import worker
from crm.worker import ReadingSocket
from tests.live.stack import ROOT, free_port

pytestmark = pytest.mark.heavy

HEAD = b"POST /api/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Reads the body, and answers with its length."""
    length = str(len(environ["wsgi.input"].read()))
    start_response("200 OK", [("Content-Length", str(len(length)))])
    return [length.encode()]


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Of a server with two threads that waits five seconds for the next bytes."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "tests.crm.test_slow_clients:app"),
        *("--worker-class", "crm.worker.Worker", "--threads", "2"),
        *("--bind", f"127.0.0.1:{port}", "--no-control-socket"),
    ]
    environment = {"PATH": "", "WEB_SILENCE": "5", "HOME": str(tmp_path)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        # it listens before it has begun
        answer(call(port, HEAD + b"Connection: close\r\n\r\n" + b"x" * 1000))
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def call(port: int, sent: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    client.sendall(sent)
    return client


def answer(client: socket.socket) -> bytes:
    with client:
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("sent", [HEAD, HEAD + b"\r\nx"], ids=["headers", "body"])
def test_stalled_requests_end_and_others_are_answered(port: int, sent: bytes) -> None:
    stalled = [call(port, sent) for _ in range(6)]
    begun = time.monotonic()
    asked = call(port, HEAD + b"Connection: close\r\n\r\n" + b"x" * 1000)
    assert answer(asked).endswith(b"\r\n\r\n1000")
    assert time.monotonic() < begun + 10, "three rounds of two threads, and each ends sooner"
    assert [answer(client) for client in stalled] == [b""] * 6


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ReadingSocket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ReadingSocket(fileno=ours.detach()) as reading, theirs:
        reading.begin()
        yield reading, theirs


def test_a_request_that_trickles_in_ends(
    pair: tuple[ReadingSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, theirs = pair
    clock = [0.0]
    monkeypatch.setattr(worker.time, "monotonic", lambda: clock[0])
    reading.begin()
    for _ in range(21):
        theirs.sendall(b"x")
        assert reading.recv(100) == b"x"
        clock[0] += 1
    theirs.sendall(b"x")
    with pytest.raises(ConnectionResetError):
        reading.recv(100)


def test_a_large_request_that_keeps_coming_may_take_its_time(
    pair: tuple[ReadingSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, theirs = pair
    clock = [0.0]
    monkeypatch.setattr(worker.time, "monotonic", lambda: clock[0])
    reading.begin()
    for _ in range(100):
        theirs.sendall(b"x" * 25_000)
        assert len(reading.recv(25_000)) == 25_000
        clock[0] += 1

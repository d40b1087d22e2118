"""
The application server's worker. A request that can't be read is refused before any view sees it;
the APIs' clients are told in their shape, where the path is known, else in the native one. Who
sends too slowly is no longer waited for, and soonest where others wait for a thread, so that nobody
holds them all.
"""

import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import orjson
from django.utils.module_loading import import_string
from gunicorn import util
from gunicorn.http.errors import (
    ConfigurationProblem,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.gthread import ThreadWorker

from core.errors import Malformed

_OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
"""Not the client's fault."""
_TOO_LONG = {
    LimitRequestLine: (414, "URI Too Long"),
    LimitRequestHeaders: (431, "Request Header Fields Too Large"),
}


SILENCE = float(os.environ.get("WEB_SILENCE", "10"))
"""Seconds in which the next bytes of a request must come."""
HURRY = min(2.0, SILENCE / 5)
"""The same while others wait for a thread."""
GRACE = 2 * SILENCE
"""Seconds from which on a request must have come at `SLOWEST` bytes a second on the whole."""
SLOWEST = 20_000
LINGER = 0.2
"""Seconds in which an answered client that still sends is heard, so that it reads its answer."""


class ReadingSocket(socket.socket):
    """A client's connection, whose request must come at a speed that people's connections have."""

    def begin(self, do_others_wait: Callable[[], bool] = lambda: False) -> None:
        """From here on another request is read."""
        self.deadline = time.monotonic() + GRACE
        self.do_others_wait = do_others_wait
        self.lingers_until: float | None = None

    def shutdown(self, how: int) -> None:
        """The server closes: it reads what is left, in the one loop that accepts connections."""
        self.lingers_until = 0.0
        super().shutdown(how)

    def _drain(self, size: int, flags: int) -> bytes:
        """Who sends nothing isn't waited for; who sends on is, for a moment altogether."""
        self.settimeout(max(0.0, (self.lingers_until or 0.0) - time.monotonic()))
        data = super().recv(size, flags)
        self.lingers_until = self.lingers_until or time.monotonic() + LINGER
        return data

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Raises ConnectionResetError, as if the client had gone."""
        if self.lingers_until is not None:
            return self._drain(size, flags)
        begun = time.monotonic()
        while True:
            left = min(self.deadline, begun + SILENCE) - time.monotonic()
            if left <= 0:
                raise ConnectionResetError(errno.ECONNRESET, "the request comes too slowly")
            self.settimeout(min(left, HURRY))
            try:
                data = super().recv(size, flags)
            except TimeoutError as error:
                if self.do_others_wait():
                    stopped = "the request stopped coming, and others wait"
                    raise ConnectionResetError(errno.ECONNRESET, stopped) from error
            else:
                self.settimeout(None)
                self.deadline += len(data) / SLOWEST
                return data


class Worker(ThreadWorker):
    """
    Threads that tell in JSON what is wrong with a request of the APIs, and read no request forever.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lock, self._waiting = threading.Lock(), 0

    def enqueue_req(self, conn: Any) -> None:
        with self._lock:
            self._waiting += 1
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        with self._lock:
            self._waiting -= 1
        if type(conn.sock) is socket.socket:
            conn.sock = ReadingSocket(fileno=conn.sock.detach())
        conn.sock.begin(lambda: self._waiting > 0)
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        path = getattr(req, "path", None)
        # Django is ready only once the worker has begun
        find, native = import_string("crm.api.registry.dialect_of"), "/api"
        dialect = find(path or native)
        if not isinstance(exc, ParseException) or isinstance(exc, _OURS) or dialect is None:
            super().handle_error(req, client, addr, exc)
            return
        status, reason = _TOO_LONG.get(type(exc), (400, "Bad Request"))
        _, body = dialect.describe(Malformed(f"The request could not be read: {reason}"), str, "")
        self.log.warning("Invalid request: %s", type(exc).__name__)
        content = orjson.dumps(body)
        head = (
            f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        try:
            util.write_nonblock(client, head.encode() + content)
        except OSError:
            self.log.debug("The client has gone")

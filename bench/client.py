"""
Full requests inside this process: the WSGI application with all its middleware, sign-in, limits and
policy, without a socket.
"""

import io
import json
import time
from typing import Any
from urllib.parse import urlsplit

from django.core.wsgi import get_wsgi_application

APPLICATION = get_wsgi_application()
LOGIN = {"email": "admin@demo.test", "password": "demo-password"}
RENEW = 600  # seconds; a token is good for 900
_token = ("", 0.0)


class Refused(Exception):
    pass


def token() -> str:
    global _token
    if time.monotonic() - _token[1] > RENEW or not _token[0]:
        _token = (
            json.loads(call("POST", "/api/auth/token", LOGIN, signed=False))["access"],
            time.monotonic(),
        )
    return _token[0]


def call(
    method: str, path: str, body: Any = None, *, signed: bool = True, kept: bool = True
) -> bytes:
    """
    The answer's body (unless `kept`, read piece by piece and dropped). Raises Refused unless the
    status is a success.
    """
    data = json.dumps(body).encode() if body is not None else b""
    url = urlsplit(path)
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(data)),
        "wsgi.input": io.BytesIO(data),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if signed:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token()}"
    told: list[str] = []
    answer = APPLICATION(environ, lambda status, headers, *rest: told.append(status))
    content = b"".join(piece for piece in answer if kept)
    answer.close()
    if not told[0].startswith("2"):
        raise Refused(f"{method} {path}: {told[0]} {content[:300]!r}")
    return content


def get(path: str) -> Any:
    return json.loads(call("GET", path))

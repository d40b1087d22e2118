"""
Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): the same request, sent again, runs
once.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from rest_framework.response import Response

from core.errors import Malformed
from core.requests.idempotency import run_once
from core.tenancy.actor import Actor
from crm.api.kernel.json import dumps

_KEPT_HEADERS = ("ETag", "Location")


def once(request: Any, actor: Actor, work: Callable[[], Response]) -> Response:
    """
    `work`, or what it answered to the key first. Raises Malformed, and IdempotencyMismatch when the
    key came with another request before.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return work()
    if not (0 < len(key) <= 255 and key.isprintable()):
        raise Malformed("Idempotency-Key must be 1 to 255 printable characters")
    return run_once(
        actor=actor,
        key=key,
        fingerprint=_fingerprint(request, actor),
        work=work,
        dump=_dump,
        load=_load,
    )


def _dump(response: Response) -> tuple[int, str]:
    kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return response.status_code, dumps([response.data, kept]).decode()


def _load(status: int, text: str) -> Response:
    body, headers = orjson.loads(text)
    return Response(body, status=status, headers={**headers, "Idempotent-Replayed": "true"})


def _fingerprint(request: Any, actor: Actor) -> str:
    parts = [
        request.method,
        request.path.rstrip("/"),
        str(actor.organization.pk),
        actor.environment,
        "",
    ]
    return hashlib.sha256("\n".join(parts).encode() + getattr(request, "raw_body", b"")).hexdigest()

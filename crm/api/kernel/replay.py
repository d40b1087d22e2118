"""
Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header): the same request, sent again, runs
once.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from rest_framework.response import Response

from core.clock import now
from core.errors import IdempotencyMismatch, Malformed
from core.requests.models import IdempotencyRecord
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor
from crm.api.kernel.json import dumps

LIFETIME = dt.timedelta(days=1)
_KEPT_HEADERS = ("ETag", "Location")


def once(request: Any, actor: Actor, work: Callable[[], Response]) -> Response:
    """
    `work`, or what it answered first. The key is taken in the transaction of the work, so that
    neither happens without the other; a simultaneous second request waits for the first at the
    unique index. Answers of failed requests are not kept.

    Raises IdempotencyMismatch when the key came with another request before.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return work()
    if not (0 < len(key) <= 255 and key.isprintable()):
        raise Malformed("Idempotency-Key must be 1 to 255 printable characters")
    holder = f"{actor.kind}:{actor.id}:{actor.organization.pk.hex[-8:]}"
    mark = _fingerprint(request, actor)

    def first() -> Response | None:
        with transaction.atomic():
            record = _taken(holder, key, mark)
            if record is None:
                return None
            response = work()
            kept = {
                name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
            }
            record.status, record.body = response.status_code, dumps([response.data, kept]).decode()
            record.save(update_fields=["status", "body"])
            return response

    response = retry_on_deadlock(first)
    return (
        response
        if response is not None
        else _again(request, actor, work, holder=holder, key=key, mark=mark)
    )


def _taken(holder: str, key: str, mark: str) -> IdempotencyRecord | None:
    """A new record of the key; None when there is one."""
    record = IdempotencyRecord(holder=holder, key=key, fingerprint=mark)
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError:
        return None
    return record


def _again(
    request: Any, actor: Actor, work: Callable[[], Response], *, holder: str, key: str, mark: str
) -> Response:
    record = IdempotencyRecord.objects.filter(holder=holder, key=key).first()
    if record is None or record.created_at < now() - LIFETIME:
        if record:
            record.delete()
        return once(request, actor, work)
    if record.fingerprint != mark:
        raise IdempotencyMismatch
    body, headers = orjson.loads(record.body)
    return Response(body, status=record.status, headers={**headers, "Idempotent-Replayed": "true"})


def _fingerprint(request: Any, actor: Actor) -> str:
    parts = [
        request.method,
        request.path.rstrip("/"),
        str(actor.organization.pk),
        actor.environment,
        "",
    ]
    return hashlib.sha256("\n".join(parts).encode() + getattr(request, "raw_body", b"")).hexdigest()

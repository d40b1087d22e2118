"""The same request, sent again, is carried out once."""

import datetime as dt
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core.clock import now
from core.errors import IdempotencyMismatch
from core.requests.models import IdempotencyRecord
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor

R = TypeVar("R")

LIFETIME = dt.timedelta(days=1)
"""How long an answer is remembered."""


def run_once(
    *,
    actor: Actor,
    key: str,
    fingerprint: str,
    work: Callable[[], R],
    dump: Callable[[R], tuple[int, str]],
    load: Callable[[int, str], R],
) -> R:
    """
    What `work` answers, or what it answered first when the actor has used `key` before: `dump` says
    what is kept of an answer (status and text), `load` makes the answer of it again.

    The key is taken in the transaction of the work, so that neither happens without the other; a
    simultaneous second request waits for the first at the unique index. Answers of failed requests
    are not kept. Raises IdempotencyMismatch when the key came with another `fingerprint` before.
    """

    def first() -> R | None:
        with transaction.atomic():
            record = _take(actor, key, fingerprint)
            if record is None:
                return None
            answer = work()
            record.status, record.body = dump(answer)
            record.save(update_fields=["status", "body"])
            return answer

    while (answer := retry_on_deadlock(first)) is None:
        record = _records(actor, key).first()
        if record is not None and record.created_at >= now() - LIFETIME:
            if record.fingerprint != fingerprint:
                raise IdempotencyMismatch
            return load(record.status or 0, record.body)
        _records(actor, key).filter(created_at__lt=now() - LIFETIME).delete()
    return answer


def _take(actor: Actor, key: str, fingerprint: str) -> IdempotencyRecord | None:
    """A new record of the key; None when there is one."""
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.add(
                actor, holder=_holder(actor), key=key, fingerprint=fingerprint
            )
    except IntegrityError:
        return None


def _records(actor: Actor, key: str) -> "QuerySet[IdempotencyRecord]":
    return IdempotencyRecord.objects.for_actor(actor).filter(holder=_holder(actor), key=key)


def _holder(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"

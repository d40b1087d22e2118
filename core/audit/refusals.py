"""
What failed or was refused, in the audit trail: a wrong password, a stolen token, a permission that
somebody doesn't have.

It is noted where it happens and written when the request is over, for what is refused rolls its
transaction back. Of many alike in a quarter of an hour the 1st, the 10th, the 100th … are written.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DatabaseError, models

from core.audit.ledger import entry
from core.audit.models import AuditEntry
from core.requests.limits import Allowance
from core.tenancy.actor import Actor

log = logging.getLogger(__name__)

ALIKE = Allowance.parse("refusals", "1000000/15min")

_noted: ContextVar[list[AuditEntry] | None] = ContextVar("noted refusals", default=None)


def note_refusal(
    actor: Actor, action: str, *, subject: models.Model | None = None, **said: Any
) -> None:
    """
    An audit entry of a refused `action`, with what `said` tells of it and how many `times` it came.
    """
    about = subject.pk if subject else said
    standing = ALIKE.take(f"{actor.organization.pk}:{action}:{actor.kind}:{actor.id}:{about}")
    times = standing.limit - standing.remaining
    if times < 1 or str(times).strip("0") != "1":
        return
    changes = {**said, "times": times}
    row = entry(
        actor,
        action,
        subject=subject,
        changes={name: (None, value) for name, value in changes.items()},
    )
    waiting = _noted.get()
    if waiting is None:
        row.save(force_insert=True)
    else:
        waiting.append(row)


@contextmanager
def written_at_the_end() -> Iterator[None]:
    """What is noted inside is written at its end, whatever became of the transactions in it."""
    waiting: list[AuditEntry] = []
    token = _noted.set(waiting)
    try:
        yield
    finally:
        _noted.reset(token)
        if waiting:
            _write(waiting)


def _write(rows: list[AuditEntry]) -> None:
    """An answer that is ready isn't held back by a trail that can't be written: the log says so."""
    try:
        AuditEntry.objects.unscoped().bulk_create(rows)
    except DatabaseError:
        log.exception("refusals couldn't be written into the audit trail")

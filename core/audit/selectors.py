"""Reading the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from core.audit.filters import AuditConditions
from core.audit.models import AuditChain, AuditEntry
from core.errors import NotFound
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission


@dataclass(frozen=True, slots=True)
class Entries:
    """
    Some entries, the newest first; `older` is the id that the next ones come before, None at the
    trail's beginning.
    """

    rows: Sequence[AuditEntry]
    older: UUID | None


def entries(*, actor: Actor, conditions: AuditConditions | None = None) -> "QuerySet[AuditEntry]":
    """
    Those of the organization and environment that meet the conditions, the newest first. Raises
    Forbidden.
    """
    actor.require(Permission.VIEW_AUDIT)
    return (
        (conditions or AuditConditions()).apply(AuditEntry.objects.for_actor(actor)).order_by("-id")
    )


def entries_before(
    *,
    actor: Actor,
    conditions: AuditConditions | None = None,
    before: UUID | None = None,
    size: int = 50,
) -> Entries:
    """
    The `size` entries that precede the entry `before` (None: the newest), however far back that
    lies. Raises Forbidden.
    """
    rows = entries(actor=actor, conditions=conditions)
    found = list((rows.filter(id__lt=before) if before else rows)[: size + 1])
    return Entries(found[:size], found[size - 1].pk if len(found) > size else None)


def entry(*, actor: Actor, entry_id: UUID) -> AuditEntry:
    """Raises Forbidden and NotFound."""
    row = entries(actor=actor).filter(pk=entry_id).first()
    if row is None:
        raise NotFound("Audit entry", entry_id)
    return row


def chain(*, actor: Actor) -> AuditChain | None:
    """How far the trail is sealed, and what verifying it last found. Raises Forbidden."""
    actor.require(Permission.VIEW_AUDIT)
    return AuditChain.objects.for_actor(actor).first()

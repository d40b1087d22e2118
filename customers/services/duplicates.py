"""What people decide about customers who may be one."""

from uuid import UUID

from core.audit.ledger import entry, write_entries
from core.clock import now
from core.rows import get_row
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import DuplicateStatus
from customers.models import DuplicatePair


@writes(Permission.MERGE)
def refuse_duplicate(*, actor: Actor, pair_id: UUID) -> DuplicatePair:
    """
    These two are not the same, and are never offered as such again; said twice it changes nothing.
    Raises Forbidden and NotFound.
    """
    return _decide(actor, pair_id, DuplicateStatus.REFUSED)


@writes(Permission.MERGE)
def reopen_duplicate(*, actor: Actor, pair_id: UUID) -> DuplicatePair:
    """Takes a refusal back. Raises Forbidden and NotFound."""
    return _decide(actor, pair_id, DuplicateStatus.OPEN)


def _decide(actor: Actor, pair_id: UUID, status: DuplicateStatus) -> DuplicatePair:
    row = get_row(DuplicatePair, actor=actor, key=pair_id, lock=True)
    if row.status == status:
        return row
    before, row.status = row.status, status
    refused = status == DuplicateStatus.REFUSED
    row.decided_at = now() if refused else None
    row.decided_by = actor.label if refused else ""
    row.save(update_fields=["status", "decided_at", "decided_by"])
    action = "duplicate.refused" if refused else "duplicate.reopened"
    write_entries(
        actor,
        [
            entry(actor, action, subject=row, customer_id=key, changes={"status": (before, status)})
            for key in (row.customer_id, row.other_id)
        ],
    )
    return row

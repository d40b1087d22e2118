"""Computed columns follow, in the transaction of the write that changed what they are made of."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from core.audit.ledger import announce_events, announcement
from core.tenancy.actor import Actor
from customers.figures import recalculate_rows
from customers.models import Customer
from customers.selectors.customers import lock_customers


def refresh_figures(
    *,
    actor: Actor,
    customers: Sequence[Customer],
    announce: bool = True,
    labels_only: bool = False,
) -> None:
    """
    Computed columns of locked customers follow their rows, in the database and on the instances.

    A changed status or segment emits `customer.updated` (unless the caller emits it), a changed
    lifetime value reaches the referrer. `labels_only` promises that their figures are right as they
    stand.
    """
    before = {row.pk: (row.status, row.segment, row.lifetime_value) for row in customers}
    rows = {row.pk: row for row in customers}
    changed: list[Customer] = []
    fresh = _recalculate(actor, list(rows), labels_only=labels_only)
    for key, figures in fresh.items():
        changed.append(rows[key])
        for name, value in figures.items():
            setattr(rows[key], name, value)
    if announce:
        moved = [row for row in changed if (row.status, row.segment) != before[row.pk][:2]]
        announce_events(
            [
                announcement(
                    actor,
                    "customer.updated",
                    subject_id=row.pk,
                    customer_id=row.pk,
                    changed=["segment", "status"],
                )
                for row in moved
            ]
        )
    refresh_referrers(
        actor=actor,
        referrers=[
            row.referred_by_id for row in changed if row.lifetime_value != before[row.pk][2]
        ],
    )


def refresh_referrers(*, actor: Actor, referrers: Iterable[UUID | None]) -> None:
    """Computed columns of those who referred a customer that came, went or changed its value."""
    keys = {key for key in referrers if key is not None}
    if keys:
        locked = lock_customers(actor=actor, customer_ids=keys)
        if locked:  # one who was merged refers nobody
            _recalculate(actor, [row.pk for row in locked])


def _recalculate(
    actor: Actor, customers: Sequence[UUID], *, labels_only: bool = False
) -> dict[UUID, dict[str, Any]]:
    return recalculate_rows(
        organization=actor.organization,
        environment=actor.environment,
        customers=customers,
        labels_only=labels_only,
    )

"""Loyalty points: a ledger, and the balance that is its sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from core.audit.ledger import record
from core.cleaning import clean
from core.errors import Invalid
from core.inserting import insert
from core.rows import get_row, initial_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer, LoyaltyEntry
from customers.selectors.customers import locked_customer
from customers.services.figures import refresh_figures

MOST = 2**31 - 1
"""The largest balance that a customer's column holds."""


@writes(Permission.ADJUST_LOYALTY)
def adjust_loyalty(*, actor: Actor, customer_id: UUID, values: Mapping[str, Any]) -> LoyaltyEntry:
    """
    Adds (or with a negative number takes) `points` for a `reason`.

    Raises Forbidden, NotFound and Invalid (also for a balance that would fall below zero or outgrow
    its column).
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    cleaned = clean(LoyaltyEntry, values, actor=actor, required=["points", "reason"])
    points = cleaned["points"]
    if points == 0 or not -1_000_000 <= points <= 1_000_000:
        raise Invalid.one(
            "points", "out_of_range", "Must be between -1000000 and 1000000, and not 0."
        )
    return _add(actor, customer, cleaned)


@writes(Permission.ADJUST_LOYALTY)
def reverse_points(*, actor: Actor, entry_id: UUID, points: int) -> LoyaltyEntry:
    """
    Takes back that `points` were given by hand: by a movement of its own, which the audit tells of
    as another of that entry. Raises Forbidden, NotFound and Invalid (the customer has used them).
    """
    given = get_row(LoyaltyEntry, actor=actor, key=entry_id)
    customer = locked_customer(actor=actor, customer_id=given.customer_id)
    return _add(actor, customer, {"points": -points, "reason": given.reason}, told_of=given)


def _add(
    actor: Actor,
    customer: Customer,
    columns: Mapping[str, Any],
    told_of: LoyaltyEntry | None = None,
) -> LoyaltyEntry:
    """A movement of a locked customer's points. Raises Invalid."""
    points, balance = columns["points"], customer.loyalty_points
    if balance + points < 0:
        raise Invalid.one("points", "insufficient", f"Only {balance} points are there to take.")
    if balance + points > MOST:
        raise Invalid.one("points", "out_of_range", f"The balance can't exceed {MOST}.")
    entry = LoyaltyEntry.objects.add(actor, customer=customer, **columns)
    record(
        actor,
        "loyalty.adjusted",
        subject=told_of or entry,
        customer_id=customer.pk,
        changes=initial_changes(columns),
    )
    refresh_figures(actor=actor, customers=[customer])
    return entry


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a customer has `spent` (in currency units) on the appointment `source_id`."""

    customer: Customer
    source_id: UUID
    spent: Decimal


def settle_points(*, actor: Actor, purchases: Sequence[Purchase]) -> None:
    """
    The ledger entries by which the points of each purchase become those that what was spent earns
    at the organization's rate.

    For locked customers whose figures are up to date, and will be refreshed after. Purchases
    called off are settled with nothing spent; points that the customer has used by then aren't
    taken, so that no balance falls below zero.
    """
    told = LoyaltyEntry.objects.for_actor(actor).filter(
        source_id__in=[each.source_id for each in purchases]
    )
    given = dict(told.order_by().values_list("source_id").annotate(sum=Sum("points")))
    balances = {each.customer.pk: each.customer.loyalty_points for each in purchases}
    entries = []
    for each in purchases:
        earned = Decimal(each.spent) * actor.organization.loyalty_points_per_unit
        due = int(earned.to_integral_value(ROUND_FLOOR)) - given.get(each.source_id, 0)
        balance = balances[each.customer.pk]
        points = max(-balance, min(due, MOST - balance))
        if points:
            balances[each.customer.pk] += points
            entries.append(
                LoyaltyEntry.objects.new(
                    actor,
                    customer=each.customer,
                    points=points,
                    reason="appointment",
                    source_id=each.source_id,
                )
            )
    insert(entries)

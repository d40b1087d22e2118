"""Reading who was merged into whom."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from core.changes.selectors import kept_since
from core.errors import NotFound
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.filters import MergeConditions
from customers.models import Customer, Merge
from customers.parts import DoubleBooking, customer_parts


def merges(*, actor: Actor, conditions: MergeConditions | None = None) -> "QuerySet[Merge]":
    """The merges that meet the conditions, undone ones too. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or MergeConditions()).apply(Merge.objects.for_actor(actor))


def merge(*, actor: Actor, merge_id: UUID) -> Merge:
    """Raises Forbidden and NotFound."""
    row = merges(actor=actor).filter(pk=merge_id).first()
    if row is None:
        raise NotFound("Merge", merge_id)
    return row


def merges_of(*, actor: Actor, customer_id: UUID) -> "QuerySet[Merge]":
    """Who was merged into a customer and still is, the latest first. Raises Forbidden."""
    rows = merges(actor=actor, conditions=MergeConditions(customer_id=customer_id, undone=False))
    return rows.select_related("loser").order_by("-id")


def can_be_undone(row: Merge) -> bool:
    """Whether it isn't too long ago, nor undone."""
    return row.undone_at is None and row.at >= kept_since()


def merged_into(keys: Collection[UUID]) -> list[UUID]:
    """
    Everybody who was merged into one of the customers, or into one of those, for who may see the
    customers.
    """
    found: list[UUID] = []
    asked = list(keys)
    while asked:
        rows = Customer.objects.unscoped().filter(merged_into__in=asked)
        asked = list(rows.order_by("pk").values_list("pk", flat=True))
        found += asked
    return found


def known_as(keys: Collection[UUID]) -> set[UUID]:
    """The customers and all who were ever one with them, for who may see the customers."""
    found: set[UUID] = set(keys)
    asked = found
    while asked:
        near = Q(customer__in=asked) | Q(loser__in=asked)
        pairs = Merge.objects.unscoped().filter(near).values_list("customer", "loser")
        asked = {key for pair in pairs for key in pair} - found
        found |= asked
    return found


def known_in_merges(*, actor: Actor, customer_ids: Collection[UUID]) -> set[UUID]:
    """Those of the customers, and of whoever was one with them, that a merge tells of."""
    rows = Merge.objects.for_actor(actor).filter(
        Q(customer__in=customer_ids) | Q(loser__in=customer_ids)
    )
    return {key for pair in rows.values_list("customer", "loser") for key in pair}


def double_bookings(*, actor: Actor, first: Customer, second: Customer) -> list[DoubleBooking]:
    """Where two customers are expected at the same time, the soonest first. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return [each for part in customer_parts() for each in part.double_bookings(first, second)]

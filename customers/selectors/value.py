"""What a customer is worth, over time."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth

from core.clock import months_before, now
from core.tenancy.actor import Actor
from customers.choices import ProjectStatus, TransactionStatus
from customers.filters import ProjectConditions, TransactionConditions
from customers.models import Transaction
from customers.selectors.work import projects, transactions


def project_value_by_month(
    *, actor: Actor, customer_id: UUID, months: int
) -> list[tuple[dt.date, Decimal]]:
    """
    The value of a customer's projects (those that count for its lifetime value) in each of the last
    `months` months on the organization's clock, the present one last; a project counts when it was
    completed, before that when it starts or was added. Raises Forbidden.
    """
    zone = ZoneInfo(actor.organization.time_zone)
    this_month = now().astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    firsts = [months_before(this_month, number).date() for number in reversed(range(months))]
    rows = projects(actor=actor, conditions=ProjectConditions(customer_id=customer_id)).exclude(
        status=ProjectStatus.CANCELLED
    )
    dated = rows.annotate(counted_at=Coalesce("completed_at", "start_date", "created_at"))
    recent = dated.filter(counted_at__gte=months_before(this_month, months - 1)).annotate(
        month=TruncMonth("counted_at", tzinfo=zone)
    )
    sums = {
        month.date(): total
        for month, total in recent.order_by().values_list("month").annotate(Sum("total_amount"))
    }
    return [(first, sums.get(first, Decimal(0))) for first in firsts]


def collected(*, actor: Actor, customer_id: UUID) -> Decimal:
    """
    What the customer has paid in the organization's currency: completed payments, without those
    refunded. Raises Forbidden.
    """
    rows = _paid(actor).filter(customer=customer_id)
    total: Decimal = rows.aggregate(total=Sum("gross_amount", default=Decimal(0)))["total"]
    return total


def paid_for(*, actor: Actor, project_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """Project → what was paid for it, counted likewise; those with nothing are left out."""
    rows = _paid(actor).filter(project__in=project_ids).order_by().values_list("project")
    return dict(rows.annotate(Sum("gross_amount"))) if project_ids else {}


def _paid(actor: Actor) -> "QuerySet[Transaction]":
    paid = TransactionConditions(status=TransactionStatus.COMPLETED)
    return transactions(actor=actor, conditions=paid).filter(
        currency_code=actor.organization.currency
    )

"""Figures over all customers of an actor."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import Segment, Status
from customers.models import Customer


@dataclass(frozen=True, slots=True)
class CustomerStatistics:
    """Counts of living customers; `revenue` is the sum of their lifetime values in the organization's currency."""

    total: int
    revenue: Decimal
    by_status: dict[str, int]
    by_segment: dict[str, int]
    by_city: dict[str, int]
    by_source: dict[str, int]
    promoters: int
    passives: int
    detractors: int

    @property
    def average_value(self) -> int:
        """Revenue a customer, in whole units."""
        return round(self.revenue / self.total) if self.total else 0

    @property
    def nps(self) -> int:
        """Net promoter score, −100 to 100: the share of promoters less that of detractors, in percent of those who answered."""
        answered = self.promoters + self.passives + self.detractors
        return round(100 * (self.promoters - self.detractors) / answered) if answered else 0


def customer_statistics(*, actor: Actor) -> CustomerStatistics:
    """Raises Forbidden."""
    actor.require(Permission.VIEW_STATISTICS)
    living = Customer.objects.for_actor(actor).filter(deleted_at=None).order_by()
    totals = living.aggregate(
        total=Count("*"),
        revenue=Sum("lifetime_value", default=Decimal(0)),
        promoters=Count("pk", filter=Q(nps_score__gte=9)),
        passives=Count("pk", filter=Q(nps_score__in=(7, 8))),
        detractors=Count("pk", filter=Q(nps_score__lte=6)),
    )

    def by(column: str) -> dict[Any, int]:
        groups = living.exclude(**{column: ""}).values_list(column).annotate(count=Count("*")).order_by("-count", column)
        return dict(groups)

    return CustomerStatistics(
        by_status={**dict.fromkeys(Status.values, 0), **by("status")},
        by_segment={**dict.fromkeys(Segment.values, 0), **by("segment")},
        by_city=by("city"),
        by_source=by("source"),
        **totals,
    )

"""Figures over all customers of an actor."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import Segment, Status
from customers.health import PASSIVE, PROMOTER
from customers.models import Customer


@dataclass(frozen=True, slots=True)
class CustomerStatistics:
    """
    Counts of living customers; `revenue` is the sum of their lifetime values in the organization's
    currency.
    """

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
        """
        Net promoter score, −100 to 100: the share of promoters less that of detractors, in percent
        of those who answered.
        """
        answered = self.promoters + self.passives + self.detractors
        return round(100 * (self.promoters - self.detractors) / answered) if answered else 0


def customer_statistics(*, actor: Actor) -> CustomerStatistics:
    """Two passes over indexes and one over the rows. Raises Forbidden."""
    actor.require(Permission.VIEW_STATISTICS)
    living = Customer.objects.for_actor(actor).filter(deleted_at=None).order_by()
    by_label = living.values_list("status", "segment").annotate(
        count=Count("*"), value=Sum("lifetime_value")
    )
    by_source = living.values_list("source").annotate(
        count=Count("*"),
        promoters=Count("pk", filter=Q(nps_score__gte=PROMOTER)),
        passives=Count("pk", filter=Q(nps_score__gte=PASSIVE, nps_score__lt=PROMOTER)),
        detractors=Count("pk", filter=Q(nps_score__lt=PASSIVE)),
    )
    labels, sources = list(by_label), list(by_source)
    return CustomerStatistics(
        total=sum(count for _, _, count, _ in labels),
        revenue=sum((value for *_, value in labels), Decimal(0)),
        by_status={
            **dict.fromkeys(Status.values, 0),
            **_summed((status, count) for status, _, count, _ in labels),
        },
        by_segment={
            **dict.fromkeys(Segment.values, 0),
            **_summed((segment, count) for _, segment, count, _ in labels),
        },
        by_city=_summed(living.values_list("city").annotate(count=Count("*"))),
        by_source=_summed((source, count) for source, count, *_ in sources),
        promoters=sum(row[2] for row in sources),
        passives=sum(row[3] for row in sources),
        detractors=sum(row[4] for row in sources),
    )


def _summed(groups: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Name → count, the largest first; the unnamed left out."""
    counts: Counter[str] = Counter()
    for name, count in groups:
        counts[name] += count
    return dict(
        sorted(
            ((name, count) for name, count in counts.items() if name),
            key=lambda pair: (-pair[1], pair[0]),
        )
    )

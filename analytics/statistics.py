"""Figures over all customers of an actor."""

from dataclasses import dataclass
from decimal import Decimal

from core.amounts import whole_average
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import Segment, Status
from customers.counts import ALL, NOBODY, counted, sizes


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
        return whole_average(self.revenue, self.total)

    @property
    def nps(self) -> int:
        """
        Net promoter score, −100 to 100: the share of promoters less that of detractors, in percent
        of those who answered.
        """
        answered = self.promoters + self.passives + self.detractors
        return round(100 * (self.promoters - self.detractors) / answered) if answered else 0


def customer_statistics(*, actor: Actor) -> CustomerStatistics:
    """Raises Forbidden."""
    actor.require(Permission.VIEW_STATISTICS)
    found = counted(actor=actor, dimensions=(ALL, "status", "segment", "city", "source", "nps"))
    everyone = found[ALL].get("", NOBODY)
    by = {name: sizes(groups) for name, groups in found.items()}
    return CustomerStatistics(
        total=everyone.customers,
        revenue=everyone.lifetime_value,
        by_status={**dict.fromkeys(Status.values, 0), **by["status"]},
        by_segment={**dict.fromkeys(Segment.values, 0), **by["segment"]},
        by_city=_named(by["city"]),
        by_source=_named(by["source"]),
        promoters=by["nps"].get("promoter", 0),
        passives=by["nps"].get("passive", 0),
        detractors=by["nps"].get("detractor", 0),
    )


def _named(groups: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in groups.items() if name}

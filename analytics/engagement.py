"""How engaged an organization's customers are."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from core.clock import day_bounds, now
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import Engagement, Status
from customers.counts import ALL, NOBODY, counted, sizes
from customers.models import Customer


@dataclass(frozen=True, slots=True)
class EngagementStatistics:
    """
    Counts of living customers. `unblocked_by_status` and `by_engagement` hold every value there is;
    `new_this_month` are customers since the first of the present month on the organization's clock.
    """

    total: int
    blocked: int
    new_this_month: int
    unblocked_by_status: dict[str, int]
    by_engagement: dict[str, int]


def engagement_statistics(*, actor: Actor) -> EngagementStatistics:
    """Raises Forbidden."""
    actor.require(Permission.VIEW_STATISTICS)
    zone = actor.organization.time_zone
    first = now().astimezone(ZoneInfo(zone)).date().replace(day=1)
    new = Customer.objects.for_actor(actor).filter(
        deleted_at=None, customer_since__gte=day_bounds(first, zone)[0]
    )
    found = counted(actor=actor, dimensions=(ALL, "unblocked", "engagement"))
    total = found[ALL].get("", NOBODY).customers
    unblocked = dict.fromkeys(Status.values, 0) | sizes(found["unblocked"])
    return EngagementStatistics(
        total=total,
        blocked=total - sum(unblocked.values()),
        new_this_month=new.count(),
        unblocked_by_status=unblocked,
        by_engagement=dict.fromkeys(Engagement.values, 0) | sizes(found["engagement"]),
    )

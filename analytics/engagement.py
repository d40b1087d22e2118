"""How engaged an organization's customers are, in one pass."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from core.clock import day_bounds, now
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import Engagement, Status
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
    new = Count("pk", filter=Q(customer_since__gte=day_bounds(first, zone)[0]))
    groups = (
        Customer.objects.for_actor(actor)
        .filter(deleted_at=None)
        .order_by()
        .values_list("status", "is_blocked", "engagement")
    )
    total = blocked = new_this_month = 0
    by_status: dict[str, int] = dict.fromkeys(Status.values, 0)
    by_engagement: dict[str, int] = dict.fromkeys(Engagement.values, 0)
    for status, is_blocked, engagement, count, fresh in groups.annotate(
        count=Count("pk"), fresh=new
    ):
        total += count
        new_this_month += fresh
        by_engagement[engagement] += count
        if is_blocked:
            blocked += count
        else:
            by_status[status] += count
    return EngagementStatistics(total, blocked, new_this_month, by_status, by_engagement)

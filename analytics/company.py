"""
Figures over all customers and appointments of a company, as the salon chain's API documents them:
for all time or for a period.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from appointments.choices import AppointmentStatus
from appointments.models import Appointment
from core.clock import day_bounds, months_before, now
from core.errors import Invalid
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import Engagement, Status
from customers.counts import ALL, DELETED, NOBODY, counted, sizes
from customers.models import Customer
from customers.selectors.customers import is_of_deleted

TOP = 10
CONTACT = ("email", "phone", "whatsapp_number")
_LIVING = Q(deleted_at=None)
ACTIVE_STATUSES = (Status.ACTIVE, Status.VIP)
"""Those of the unblocked who are called active."""

_COMPLETED = Q(status=AppointmentStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class Period:
    """
    From the first moment to the moment after the last; open on a side where it is None. `before` is
    as many days, right before.
    """

    start: dt.datetime | None = None
    end: dt.datetime | None = None
    before: dt.datetime | None = None

    def holds(self, column: str) -> Q:
        """That the moment in `column` falls into the period."""
        bounds = {f"{column}__gte": self.start, f"{column}__lt": self.end}
        return Q(**{name: value for name, value in bounds.items() if value is not None})


@dataclass(frozen=True, slots=True)
class TopCustomer:
    """
    A living customer with their appointments (of every status) and what they spent on completed
    ones, in the organization's currency.
    """

    customer_id: UUID
    full_name: str
    email: str
    total_appointments: int
    total_spent: Decimal


@dataclass(frozen=True, slots=True)
class CompanyStatistics:
    """
    Counts of customers, loyalty points and segments are of those not deleted, as they stand now;
    `segments` counts the inactive among those at risk.

    New customers (by `customer_since`), appointments (by their start), revenue and top lists are
    those of the period. Appointments and revenue include those of customers deleted or erased
    since: what was earned stays earned. Amounts are in the organization's currency. Rates are
    percentages; 0 of no one.
    """

    total_customers: int
    active_customers: int
    inactive_customers: int
    deleted_customers: int
    verified_emails: int
    customers_with_password: int
    walk_in_customers: int
    new_customers_in_period: int
    total_appointments: int
    total_revenue: Decimal
    total_loyalty_points: int
    retention_rate: Decimal
    churn_rate: Decimal
    segments: dict[str, int]
    top_by_appointments: list[TopCustomer]
    top_by_revenue: list[TopCustomer]

    @property
    def avg_appointments_per_customer(self) -> Decimal:
        return _quotient(Decimal(self.total_appointments), self.total_customers)

    @property
    def avg_spent_per_customer(self) -> Decimal:
        return _quotient(self.total_revenue, self.total_customers)


def company_statistics(
    *, actor: Actor, from_date: dt.date | None = None, to_date: dt.date | None = None
) -> CompanyStatistics:
    """
    The figures for the days `from_date` to `to_date` (both included, of the organization's time
    zone), in a constant number of queries.

    A period without an end ends today; without either it is all time. Raises Forbidden, and Invalid
    for an end before the beginning.
    """
    actor.require(Permission.VIEW_COMPANY_STATISTICS)
    period = _period(actor, from_date, to_date)
    booked = Appointment.objects.for_actor(actor).filter(period.holds("start_at")).order_by()
    totals = booked.aggregate(
        total_appointments=Count("*"),
        total_revenue=Sum("price", filter=_COMPLETED, default=Decimal(0)),
    )
    by_appointments, by_revenue = _tops(
        actor, booked, everything=period.start is None and period.end is None
    )
    return CompanyStatistics(
        **_customer_counts(actor, period),
        **totals,
        retention_rate=_retention(actor, period),
        top_by_appointments=by_appointments,
        top_by_revenue=by_revenue,
    )


def _period(actor: Actor, first: dt.date | None, last: dt.date | None) -> Period:
    zone = actor.organization.time_zone
    end = day_bounds(last, zone)[1] if last else None
    if first is None:
        return Period(end=end)
    start, end = day_bounds(first, zone)[0], end or now()
    last = last or end.astimezone(start.tzinfo).date()
    if last < first:
        raise Invalid.one("from_date", "invalid_range", "Must not be after the end of the period.")
    days = (last - first).days + 1
    earliest = first - dt.timedelta(days=min(days, (first - dt.date.min).days - 1))
    return Period(start, end, day_bounds(earliest, zone)[0])


def _customer_counts(actor: Actor, period: Period) -> dict[str, Any]:
    names = (ALL, DELETED, "unblocked", "engagement", "verified", "walk_in", "status")
    found = counted(actor=actor, dimensions=names)
    everyone = found[ALL].get("", NOBODY)
    numbers = {name: sizes(groups) for name, groups in found.items()}
    total, walk_in = everyone.customers, numbers["walk_in"].get("", 0)
    active = sum(numbers["unblocked"].get(status, 0) for status in ACTIVE_STATUSES)
    asked = {"new": total, "churned": numbers["status"].get(Status.CHURNED, 0), "base": total}
    if period.start is not None or period.end is not None:
        living = Customer.objects.for_actor(actor).filter(_LIVING).order_by()
        new = Count("pk", filter=period.holds("customer_since"))
        asked |= living.aggregate(new=new, **_churn(actor, period))
    return {
        "total_customers": total,
        "active_customers": active,
        "inactive_customers": total - active,
        "deleted_customers": numbers[DELETED].get("", 0),
        "verified_emails": numbers["verified"].get("", 0),
        "customers_with_password": total - walk_in,
        "walk_in_customers": walk_in,
        "new_customers_in_period": asked["new"],
        "total_loyalty_points": everyone.loyalty_points,
        "churn_rate": _percent(asked["churned"], asked["base"]),
        "segments": _segments(numbers["engagement"]),
    }


def _churn(actor: Actor, period: Period) -> dict[str, Count]:
    """
    How many churned in the period, and of how many they are a share: those active before it began.
    Nothing without a beginning or an end, when they are all customers who are churned, of all.

    A customer churns at the moment at which the organization's months without activity are over;
    one whose status a person has set is churned when that says so.
    """
    if period.start is None or period.end is None:
        return {}
    months = actor.organization.churned_months
    limit = months_before(min(period.end, now()), months)
    base = Q(
        customer_since__lt=period.start, last_activity_at__gte=months_before(period.start, months)
    )
    churned = Q(last_activity_at__lt=limit) & ~Q(Q(status_pinned=True) & ~Q(status=Status.CHURNED))
    return {"churned": Count("pk", filter=base & churned), "base": Count("pk", filter=base)}


def _retention(actor: Actor, period: Period) -> Decimal:
    """
    Of the customers with a completed appointment in the period before, the share with one in the
    period; without a period before, of those with a completed appointment, the share with two or
    more.
    """
    visits = (
        Appointment.objects.for_actor(actor)
        .filter(_COMPLETED, customer__isnull=False)
        .exclude(is_of_deleted(actor))
        .order_by()
    )
    if period.start is None or period.before is None:
        visitors = (
            visits.filter(period.holds("start_at"))
            .values("customer_id")
            .annotate(visits=Count("*"))
        )
        found = visitors.aggregate(
            base=Count("customer_id"), kept=Count("customer_id", filter=Q(visits__gte=2))
        )
    else:
        both = visits.filter(start_at__gte=period.before, start_at__lt=period.end).values(
            "customer_id"
        )
        earlier = both.annotate(
            earlier=Count("start_at", filter=Q(start_at__lt=period.start)),
            visits=Count("start_at", filter=Q(start_at__gte=period.start)),
        ).filter(earlier__gt=0)
        found = earlier.aggregate(
            base=Count("customer_id"), kept=Count("customer_id", filter=Q(visits__gt=0))
        )
    return _percent(found["kept"], found["base"])


def _segments(by_engagement: dict[str, int]) -> dict[str, int]:
    counts = dict.fromkeys(Engagement.values, 0) | by_engagement
    return {
        "vip": counts[Engagement.VIP],
        "regular": counts[Engagement.REGULAR],
        "new": counts[Engagement.NEW],
        "at_risk": counts[Engagement.AT_RISK] + counts[Engagement.INACTIVE],
    }


def _tops(
    actor: Actor, booked: "QuerySet[Appointment]", *, everything: bool
) -> tuple[list[TopCustomer], list[TopCustomer]]:
    """
    The ten with most appointments and the ten who spent most; among equals the one with the lower
    id first.
    """
    living = Customer.objects.for_actor(actor).filter(_LIVING).order_by()
    if everything:
        rows: Any = living.values("pk", count=F("total_appointments"), spent=F("total_spent"))
    else:
        chosen = booked.filter(customer__isnull=False).exclude(is_of_deleted(actor))
        rows = chosen.values(pk=F("customer_id")).annotate(
            count=Count("*"), spent=Sum("price", filter=_COMPLETED, default=Decimal(0))
        )
    most = list(rows.filter(count__gt=0).order_by("-count", "pk")[:TOP])
    richest = list(rows.filter(spent__gt=0).order_by("-spent", "pk")[:TOP])
    names = ("first_name", "last_name", "company_name", "is_business", *CONTACT)
    people = living.only(*names).in_bulk([row["pk"] for row in [*most, *richest]])

    def top_customer(row: dict[str, Any]) -> TopCustomer:
        person = people[row["pk"]]
        return TopCustomer(person.pk, person.display_name, person.email, row["count"], row["spent"])

    return [top_customer(row) for row in most], [top_customer(row) for row in richest]


def _quotient(amount: Decimal, count: int) -> Decimal:
    return amount / count if count else Decimal(0)


def _percent(part: int, whole: int) -> Decimal:
    return _quotient(Decimal(100 * part), whole)

"""
The dashboard's figures, and the rows behind each of them.

A figure and its rows are made of the same conditions. What was earned stays earned: appointments,
projects and payments count whether or not their customer has been deleted or erased since;
customers are the living ones. All reads raise Forbidden.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import connection
from django.db.models import (
    Aggregate,
    Avg,
    Case,
    Count,
    IntegerField,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)

from analytics.company import ACTIVE_STATUSES
from analytics.periods import Span, month_from
from appointments.choices import AppointmentStatus
from appointments.models import Appointment
from core.clock import day_bounds
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import ProjectStatus, TransactionStatus
from customers.counts import ALL, NOBODY, counted, sizes
from customers.models import Customer, Project, Transaction
from customers.selectors.customers import customers, is_of_deleted
from interactions.choices import ConversationStatus
from interactions.models import Conversation, Message

COHORTS = 12
"""Months of the retention grid."""

HEALTH_BANDS = ((0, 19), (20, 39), (40, 59), (60, 79), (80, 100))
"""Scores from … to …."""

CITIES = 8
RECENCY_DAYS = (30, 90, 180, 365, None)
"""The latest visit was at most so many days ago."""

FREQUENCIES = ((1, 1), (2, 2), (3, 4), (5, 9), (10, None))
"""Visits, from … to …."""

COMPLETED = Q(status=AppointmentStatus.COMPLETED)
MISSED = Q(status=AppointmentStatus.NO_SHOW)
NOTHING = Decimal(0)

Groups = Any
"""A query whose rows are groups with figures of their own, which the checker can't follow."""


@dataclass(frozen=True, slots=True)
class FigureScope:
    """What the figures are of; the outlet narrows those of appointments."""

    span: Span
    outlet_id: UUID | None = None


class Moved(NamedTuple):
    """A figure of the span and of the one before; None when there was nothing to take it from."""

    now: Any
    before: Any


@dataclass(frozen=True, slots=True)
class Cohort:
    """
    Of those who came first in `month`, how many came in each month since; the first is all of them.
    """

    month: dt.date
    came: list[int]


@dataclass(frozen=True, slots=True)
class CohortCell:
    """How many customers, and what they spent in all."""

    count: int
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Dashboard:
    """
    Amounts are in the organization's currency (payments in another aren't among them). Steps are
    those of the span.
    """

    total: int
    by_status: dict[str, int]
    by_segment: dict[str, int]
    by_city: dict[str, int]
    active: int
    at_risk: int
    by_health: list[int]
    new: Moved
    new_by_step: list[int]
    new_by_source: dict[str, int]
    revenue: Moved
    revenue_by_step: list[Moved]
    completed: Moved
    missed: Moved
    no_show_rate_by_step: list[float]
    won: Moved
    won_by_type: dict[str, CohortCell]
    paid: Moved
    open_conversations: int
    response_seconds: Moved

    @property
    def no_show_rate(self) -> Moved:
        """Of the appointments that were kept or missed, the missed in percent."""
        rates = [
            100 * missed / (kept + missed) if kept + missed else None
            for kept, missed in zip(self.completed, self.missed, strict=True)
        ]
        return Moved(*rates)


@dataclass(frozen=True, slots=True)
class Returning:
    """
    Who returned, the retention grid, and the RFM grid: (recency, frequency) → the customers.

    Which customers came when can't be added up from sums, so that this is a pass over all visits:
    it is asked for on its own, after everything else is shown.
    """

    customers: Moved
    retention: list[Cohort]
    rfm: dict[tuple[int, int], CohortCell]


def dashboard(*, actor: Actor, scope: FigureScope) -> Dashboard:
    """All figures but those of `returning`, in a constant number of queries."""
    actor.require(Permission.VIEW_ANALYTICS)
    return Dashboard(
        **_customers(actor, scope.span),
        **_appointments(actor, scope),
        **_projects(actor, scope.span),
        paid=_paid(actor, scope.span),
        open_conversations=_open(actor).count(),
        response_seconds=_response(actor, scope.span),
    )


def returning(*, actor: Actor, scope: FigureScope) -> Returning:
    """How customers come again, in one query."""
    now, before = scope.span.days, scope.span.before.days
    this = now.last.replace(day=1)
    months = [
        month_from(this - relativedelta(months=back), scope.span.zone)
        for back in reversed(range(COHORTS))
    ]
    cohorts = (When(first__lt=month.end, then=place) for place, month in enumerate(months))
    came = {
        f"came_{place}": _whether_any(month.holds("start_at")) for place, month in enumerate(months)
    }
    visitors = (
        _ranked(actor, scope)
        .annotate(came_before=_whether_any(before.holds("start_at")), **came)
        .annotate(
            cohort=Case(
                When(first__lt=months[0].start, then=None), *cohorts, output_field=IntegerField()
            ),
            returned=_whether(Q(first__lt=now.start, latest__gte=now.start)),
            returned_before=_whether(Q(first__lt=before.start, came_before=1)),
        )
    )
    summed = ["returned", "returned_before", *came]
    rows = _grouped(
        visitors,
        ["cohort", "recency", "frequency"],
        ["COUNT(*)", "SUM(spent)", *(f"SUM({name})" for name in summed)],
    )
    sizes: Counter[tuple[int, int]] = Counter()
    spent: Counter[tuple[int, int]] = Counter()
    cohort_came = [[0] * COHORTS for _month_ in months]
    returned_in_all = [0, 0]
    for cohort, recency, frequency, size, value, returned, returned_before, *in_months in rows:
        sizes[recency, frequency] += size
        spent[recency, frequency] += Decimal(f"{value:.2f}")  # type: ignore[assignment]
        returned_in_all = [returned_in_all[0] + returned, returned_in_all[1] + returned_before]
        if cohort is not None:
            cohort_came[cohort] = [
                one + more for one, more in zip(cohort_came[cohort], in_months, strict=True)
            ]
    return Returning(
        Moved(*returned_in_all),
        [Cohort(month.first, cohort_came[place][place:]) for place, month in enumerate(months)],
        {cell: CohortCell(sizes[cell], Decimal(spent[cell])) for cell in sizes},
    )


# The rows behind the figures


def completed_appointments(*, actor: Actor, scope: FigureScope) -> "QuerySet[Appointment]":
    """Those that brought the revenue."""
    return _booked(actor, scope).filter(COMPLETED, scope.span.days.holds("start_at"))


def missed_appointments(*, actor: Actor, scope: FigureScope) -> "QuerySet[Appointment]":
    return _booked(actor, scope).filter(MISSED, scope.span.days.holds("start_at"))


def won_projects(
    *, actor: Actor, scope: FigureScope, project_type: str = ""
) -> "QuerySet[Project]":
    """Projects created in the span and not cancelled; of one type, or of all."""
    rows = _all_won(actor).filter(scope.span.days.holds("created_at"))
    return rows.filter(project_type=project_type) if project_type else rows


def payments(*, actor: Actor, scope: FigureScope) -> "QuerySet[Transaction]":
    """Completed transactions of the span in the organization's currency."""
    return _all_paid(actor).filter(scope.span.days.holds("created_at"))


def answered_messages(*, actor: Actor, scope: FigureScope) -> "QuerySet[Message]":
    """Messages of living customers that came in the span and were answered."""
    return _answered(actor).filter(scope.span.days.holds("sent_at"))


# What they share


def _living(actor: Actor) -> "QuerySet[Customer]":
    actor.require(Permission.VIEW_ANALYTICS)
    return customers(actor=actor).order_by()


def _booked(actor: Actor, scope: FigureScope) -> "QuerySet[Appointment]":
    actor.require(Permission.VIEW_ANALYTICS)
    rows = Appointment.objects.for_actor(actor).order_by()
    return rows.filter(outlet_id=scope.outlet_id) if scope.outlet_id else rows


def _visits(actor: Actor, scope: FigureScope) -> "QuerySet[Appointment]":
    """Completed appointments of living customers."""
    rows = _booked(actor, scope).filter(COMPLETED, customer__isnull=False)
    return rows.exclude(is_of_deleted(actor))


def _visitors(actor: Actor, scope: FigureScope) -> Groups:
    """A row for everyone who came until the end of the span, with their first and latest visit."""
    until: Groups = _visits(actor, scope).filter(start_at__lt=scope.span.days.end)
    return until.values("customer_id").annotate(first=Min("start_at"), latest=Max("start_at"))


def _ranked(actor: Actor, scope: FigureScope) -> Groups:
    """The same, with the bands of the RFM grid and what they spent."""
    recency = [
        When(latest__gte=day_bounds(first, scope.span.zone)[0], then=place)
        for place in range(len(RECENCY_DAYS))
        if (first := recency_days(scope.span, place)[0])
    ]
    frequency = [
        When(visits__lte=most, then=place) for place, (_, most) in enumerate(FREQUENCIES) if most
    ]
    return (
        _visitors(actor, scope)
        .annotate(visits=Count("*"), spent=Sum("price"))
        .annotate(
            recency=Case(*recency, default=len(recency), output_field=IntegerField()),
            frequency=Case(*frequency, default=len(frequency), output_field=IntegerField()),
        )
    )


def recency_days(span: Span, place: int) -> tuple[dt.date | None, dt.date]:
    """The days of a band's latest visits: the first (None: all before) and the last."""
    last, least, most = span.days.last, RECENCY_DAYS[place - 1] if place else 0, RECENCY_DAYS[place]
    return (
        last - dt.timedelta(days=most - 1) if most else None,
        last - dt.timedelta(days=least or 0),
    )


def _all_won(actor: Actor) -> "QuerySet[Project]":
    actor.require(Permission.VIEW_ANALYTICS)
    return Project.objects.for_actor(actor).exclude(status=ProjectStatus.CANCELLED).order_by()


def _all_paid(actor: Actor) -> "QuerySet[Transaction]":
    actor.require(Permission.VIEW_ANALYTICS)
    own = {"status": TransactionStatus.COMPLETED, "currency_code": actor.organization.currency}
    return Transaction.objects.for_actor(actor).filter(**own).order_by()


def _open(actor: Actor) -> "QuerySet[Conversation]":
    """Conversations with living customers that are open; one joined into another is none."""
    rows = Conversation.objects.for_actor(actor).filter(
        status=ConversationStatus.OPEN, joined_into=None
    )
    return rows.exclude(is_of_deleted(actor)).order_by()


def _answered(actor: Actor) -> "QuerySet[Message]":
    actor.require(Permission.VIEW_ANALYTICS)
    return (
        Message.objects.for_actor(actor)
        .filter(response_seconds__isnull=False)
        .exclude(is_of_deleted(actor))
        .order_by()
    )


# The figures


def _customers(actor: Actor, span: Span) -> dict[str, Any]:
    dimensions = (ALL, "status", "segment", "unblocked", "city", "health", "at_risk")
    found = counted(actor=actor, dimensions=dimensions)
    numbers = {name: sizes(groups) for name, groups in found.items()}
    named = {city: number for city, number in numbers["city"].items() if city}
    scores = numbers["health"].items()
    return {
        "total": found[ALL].get("", NOBODY).customers,
        "by_status": numbers["status"],
        "by_segment": numbers["segment"],
        "by_city": dict(islice(named.items(), CITIES)),
        "active": sum(numbers["unblocked"].get(status, 0) for status in ACTIVE_STATUSES),
        "at_risk": numbers["at_risk"].get("", 0),
        "by_health": [
            sum(number for score, number in scores if low <= int(score) <= high)
            for low, high in HEALTH_BANDS
        ],
        **_new(actor, span),
    }


def _new(actor: Actor, span: Span) -> dict[str, Any]:
    """Those who came in the span and in the one before, along the index of when they came."""
    living = _living(actor)
    step = Case(
        *(When(days.holds("customer_since"), then=place) for place, days in enumerate(span.steps)),
        output_field=IntegerField(),
    )
    came: Groups = living.filter(span.days.holds("customer_since")).annotate(step=step)
    by_step, by_source = [0 for _step in span.steps], Counter[str]()
    for place, source, number in came.values_list("step", "source").annotate(number=Count("*")):
        by_step[place] += number
        by_source[source] += number
    before = living.filter(span.before.days.holds("customer_since"))
    return {
        "new": Moved(sum(by_step), before.count()),
        "new_by_step": by_step,
        "new_by_source": dict(sorted(by_source.items(), key=lambda pair: (-pair[1], pair[0]))),
    }


def _appointments(actor: Actor, scope: FigureScope) -> dict[str, Any]:
    steps = _by_step(
        _booked(actor, scope).filter(COMPLETED | MISSED),
        scope.span,
        "start_at",
        revenue=Sum("price", filter=COMPLETED, default=NOTHING),
        completed=Count("pk", filter=COMPLETED),
        missed=Count("pk", filter=MISSED),
    )
    blank = {"revenue": NOTHING, "completed": 0, "missed": 0}
    pairs = [Moved(now or blank, before or blank) for now, before in steps]

    def of(name: str) -> list[Moved]:
        return [Moved(now[name], before[name]) for now, before in pairs]

    shares = [
        100 * now["missed"] / ((now["missed"] + now["completed"]) or 1) for now, _before in pairs
    ]
    return {
        "revenue_by_step": of("revenue"),
        "no_show_rate_by_step": shares,
        **{name: Moved(*map(sum, zip(*of(name), strict=True))) for name in blank},
    }


def _projects(actor: Actor, span: Span) -> dict[str, Any]:
    groups = _of_both(_all_won(actor), span, "created_at").values_list("is_now", "project_type")
    rows = list(groups.annotate(count=Count("*"), value=Sum("total_amount")))
    now, before = ([row[1:] for row in rows if row[0] == is_now] for is_now in (1, 0))
    return {
        "won": Moved(*(sum((row[-1] for row in each), NOTHING) for each in (now, before))),
        "won_by_type": {
            name: CohortCell(count, value)
            for name, count, value in sorted(now, key=lambda row: (-row[1], row[0]))
        },
    }


def _paid(actor: Actor, span: Span) -> Moved:
    return _compared(_all_paid(actor), span, "created_at", Sum("gross_amount"), NOTHING)


def _response(actor: Actor, span: Span) -> Moved:
    return _compared(_answered(actor), span, "sent_at", Avg("response_seconds"))


def _compared(
    rows: "QuerySet[Any]", span: Span, column: str, figure: Aggregate, of_none: Any = None
) -> Moved:
    found = dict(_of_both(rows, span, column).values_list("is_now").annotate(figure))
    return Moved(found.get(1, of_none), found.get(0, of_none))


# Means


def _of_both(rows: "QuerySet[Any]", span: Span, column: str) -> Groups:
    """
    The rows of the span and of the one before, with `is_now` (1 or 0): one piece of an index, for
    either of two pieces would make PostgreSQL look at the rows themselves.
    """
    now, before = span.days, span.before.days
    chosen = rows.filter(**{f"{column}__gte": before.start, f"{column}__lt": now.end})
    if before.end < now.start:
        chosen = chosen.exclude(**{f"{column}__gte": before.end, f"{column}__lt": now.start})
    return chosen.annotate(is_now=_whether(Q(**{f"{column}__gte": now.start})))


def _whether(condition: Q) -> Case:
    """1 or 0."""
    return Case(When(condition, then=1), default=0, output_field=IntegerField())


def _whether_any(condition: Q) -> Max:
    """1 when any row of the group meets the condition, else 0."""
    return Max(_whether(condition))


def _by_step(
    rows: "QuerySet[Any]", span: Span, column: str, **figures: Any
) -> list[tuple[Any, Any]]:
    """
    The figures of every step of the span, each beside that of the span before; None where there is
    no row.
    """
    steps = [*span.before.steps, *span.steps]
    place = Case(
        *(
            When(**{f"{column}__lt": days.end}, then=Value(number))
            for number, days in enumerate(steps)
        ),
        output_field=IntegerField(),
    )
    chosen = _of_both(rows, span, column).values(step=place)
    found = {row["step"]: row for row in chosen.annotate(**figures)}
    count = len(span.steps)
    return [(found.get(number + count), found.get(number)) for number in range(count)]


def _grouped(rows: Groups, by: Sequence[str], figures: Sequence[str]) -> list[tuple[Any, ...]]:
    """
    Groups of rows that are groups themselves, which the ORM can't say; names and figures are this
    module's own words.
    """
    inner, parameters = rows.query.sql_with_params()
    names = ", ".join(by)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names}, {', '.join(figures)} FROM ({inner}) visitors GROUP BY {names}",
            parameters,
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found

"""The dashboard's figures, against rows counted by hand."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics import dashboard as reads
from analytics.company import company_statistics
from analytics.dashboard import CohortCell, FigureScope, Moved, dashboard, returning
from analytics.periods import between, days_until, month_from, months_until
from appointments.services import book_appointment
from core.clock import day_bounds
from core.errors import Forbidden
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from customers.filters import CustomerConditions
from customers.models import Customer, Project, Transaction
from customers.selectors.customers import customers
from customers.services.customers import create_customer, delete_customer
from customers.services.erasure import erase_customer
from customers.services.management import block_customer
from customers.services.work import create_project, create_transaction
from interactions.services import add_message, open_conversation
from tests.cast import Cast, customer_values

ZONE = "America/Detroit"
MARCH = FigureScope(between(dt.date(2025, 3, 1), dt.date(2025, 3, 31), ZONE))


@pytest.fixture
def visit(actor: Actor) -> Callable[..., Any]:
    """An appointment of a customer on a day, at noon in Detroit."""

    def visit(
        customer: Customer, day: str, price: Any = 10, status: str = "completed", **more: Any
    ) -> Any:
        values = {
            "customer": customer.pk,
            "day": day,
            "start_time": "12:00",
            "price": price,
            "status": status,
            **more,
        }
        return book_appointment(actor=actor, values=values)

    return visit


@pytest.fixture
def people(actor: Actor) -> list[Customer]:
    """Four customers since 2020."""
    return [
        create_customer(
            actor=actor, values=customer_values(number, customer_since="2020-01-01T00:00:00Z")
        )
        for number in range(4)
    ]


def created_at(row: Any, moment: str) -> None:
    type(row).objects.unscoped().filter(pk=row.pk).update(created_at=moment)


def test_of_no_one_there_is_nothing(actor: Actor) -> None:
    found = dashboard(actor=actor, scope=MARCH)
    assert (found.total, found.new, found.revenue, found.paid) == (0, (0, 0), (0, 0), (0, 0))
    assert (found.no_show_rate, found.response_seconds) == ((None, None), (None, None))
    again = returning(actor=actor, scope=MARCH)
    assert (again.customers, again.rfm) == ((0, 0), {})
    assert [sum(cohort.came) for cohort in again.retention] == [0] * 12


def test_thirty_days_end_today_and_twelve_months_are_compared_with_the_same_days_a_year_earlier() -> (  # noqa: E501
    None
):
    month = days_until(dt.date(2025, 3, 30), 30, ZONE)
    assert (month.days.first, month.before.days.first, month.before.days.last) == (
        dt.date(2025, 3, 1),
        dt.date(2025, 1, 30),
        dt.date(2025, 2, 28),
    )
    assert [step.first.day for step in month.steps] == [1, 3, 10, 17, 24]
    year = months_until(dt.date(2024, 2, 29), 12, ZONE)
    assert (year.days.first, year.days.last, len(year.steps)) == (
        dt.date(2023, 3, 1),
        dt.date(2024, 2, 29),
        12,
    )
    assert (year.before.days.first, year.before.days.last) == (
        dt.date(2022, 3, 1),
        dt.date(2023, 2, 28),
    )
    assert year.before.steps[-1].first == dt.date(2023, 2, 1)


def test_new_customers_are_those_since_a_day_of_the_period_on_the_organizations_clock(
    actor: Actor,
) -> None:
    moments = [
        "2025-03-01T04:59:59Z",
        "2025-03-01T05:00:00Z",
        "2025-03-08T05:00:00Z",
        "2025-04-01T03:59:59Z",
        "2025-04-01T04:00:00Z",
    ]
    for number, moment in enumerate(moments):
        values = customer_values(
            number, customer_since=moment, source="website_form" if number % 2 else ""
        )
        create_customer(actor=actor, values=values)
    found = dashboard(actor=actor, scope=MARCH)
    assert (found.new, found.new_by_step) == (Moved(3, 1), [1, 1, 0, 0, 1])
    assert found.new_by_source == {"website_form": 2, "": 1}


def test_active_are_the_unblocked_who_are_active_or_vip(actor: Actor) -> None:
    rows = [
        create_customer(actor=actor, values=customer_values(n, status=s))
        for n, s in enumerate(["active", "vip", "churned", "active"])
    ]
    block_customer(actor=actor, customer_id=rows[3].pk, values={"is_blocked": True})
    found = dashboard(actor=actor, scope=MARCH)
    assert (found.total, found.active, found.at_risk) == (
        4,
        2,
        Customer.objects.for_actor(actor).filter(is_at_risk=True).count(),
    )
    assert found.by_status == {"active": 2, "churned": 1, "vip": 1}
    assert sum(found.by_segment.values()) == sum(found.by_health) == 4


def test_every_customer_has_a_health_band(actor: Actor, people: list[Customer]) -> None:
    for person, score in zip(people, [0, 19, 20, 100], strict=True):
        Customer.objects.unscoped().filter(pk=person.pk).update(health_score=score)
    assert dashboard(actor=actor, scope=MARCH).by_health == [2, 1, 0, 0, 1]


def test_revenue_is_the_sum_of_completed_appointments_by_step_and_before(
    actor: Actor, people: list[Customer], visit: Any
) -> None:
    for day, price in [
        ("2025-03-01", "10.10"),
        ("2025-03-07", "20.20"),
        ("2025-03-31", "0.03"),
        ("2025-02-28", "5"),
        ("2025-04-01", "99"),
    ]:
        visit(people[0], day, price)
    visit(people[1], "2025-03-05", 1000, status="cancelled")
    found = dashboard(actor=actor, scope=MARCH)
    assert found.revenue == Moved(Decimal("30.33"), Decimal(5))
    assert [moved.now for moved in found.revenue_by_step] == [
        Decimal("10.10"),
        Decimal("20.20"),
        0,
        0,
        Decimal("0.03"),
    ]
    assert [moved.before for moved in found.revenue_by_step] == [0, 0, 0, 0, 5]
    assert (
        reads.completed_appointments(actor=actor, scope=MARCH).count() == found.completed.now == 3
    )


def test_between_the_year_so_far_and_the_one_before_lie_days_of_neither(
    actor: Actor, people: list[Customer], visit: Any
) -> None:
    for day, price in [
        ("2023-03-01", 1),
        ("2024-02-10", 2),
        ("2024-02-11", 4),
        ("2024-02-29", 8),
        ("2024-03-01", 16),
        ("2025-02-10", 32),
    ]:
        visit(people[0], day, price)
    found = dashboard(actor=actor, scope=FigureScope(months_until(dt.date(2025, 2, 10), 12, ZONE)))
    assert found.revenue == Moved(48, 3)
    assert [moved.now for moved in found.revenue_by_step] == [16, *[0] * 10, 32]
    assert [moved.before for moved in found.revenue_by_step] == [1, *[0] * 10, 2]


def test_what_was_earned_stays_earned_as_in_the_companys_statistics(
    actor: Actor, people: list[Customer], visit: Any
) -> None:
    for person in people[:3]:
        visit(person, "2025-03-05", 7)
        project = create_project(actor=actor, values={"customer": person, "total_amount": "100"})
        payment = create_transaction(
            actor=actor, values={"customer": person, "gross_amount": "3", "status": "completed"}
        )
        created_at(project, "2025-03-09T12:00:00Z")
        created_at(payment, "2025-03-09T12:00:00Z")
    delete_customer(actor=actor, customer_id=people[0].pk)
    erase_customer(actor=actor, customer_id=people[1].pk, ground="request")
    found = dashboard(actor=actor, scope=MARCH)
    company = company_statistics(
        actor=actor, from_date=dt.date(2025, 3, 1), to_date=dt.date(2025, 3, 31)
    )
    assert found.revenue.now == company.total_revenue == 21
    assert (found.won.now, found.paid.now) == (300, 9)
    assert sum(cell.count for cell in returning(actor=actor, scope=MARCH).rfm.values()) == 1


def test_the_no_show_rate_is_of_kept_and_missed_appointments(
    actor: Actor, people: list[Customer], visit: Any
) -> None:
    for person, status in zip(
        people, ["completed", "completed", "no_show", "cancelled"], strict=True
    ):
        visit(person, "2025-03-05", status=status)
    visit(people[0], "2025-02-20", status="no_show")
    found = dashboard(actor=actor, scope=MARCH)
    assert (found.completed, found.missed) == ((2, 0), (1, 1))
    assert found.no_show_rate == Moved(pytest.approx(100 / 3), 100)
    assert reads.missed_appointments(actor=actor, scope=MARCH).count() == 1


def test_an_outlet_narrows_the_figures_of_appointments_alone(
    actor: Actor, cast: Cast, people: list[Customer], visit: Any
) -> None:
    uptown = Outlet.objects.add(actor, name="Uptown", time_zone=ZONE)
    visit(people[0], "2025-03-05", 10, outlet=cast.outlet.pk)
    visit(people[1], "2025-03-05", 32, outlet=uptown.pk)
    asked = FigureScope(MARCH.span, uptown.pk)
    found = dashboard(actor=actor, scope=asked)
    assert (found.revenue.now, found.completed.now, found.total) == (32, 1, 4)
    assert sum(cell.count for cell in returning(actor=actor, scope=asked).rfm.values()) == 1


def test_projects_won_are_those_created_and_not_cancelled(
    actor: Actor, people: list[Customer]
) -> None:
    rows = [
        ("repair", "100.50", "planned"),
        ("repair", "1", "completed"),
        ("siding", "40", "cancelled"),
        ("gutters", "7", "planned"),
    ]
    for kind, amount, status in rows:
        project = create_project(
            actor=actor,
            values={
                "customer": people[0],
                "project_type": kind,
                "total_amount": amount,
                "status": status,
            },
        )
        created_at(project, "2025-02-10T12:00:00Z" if kind == "gutters" else "2025-03-10T12:00:00Z")
    found = dashboard(actor=actor, scope=MARCH)
    assert found.won == Moved(Decimal("101.50"), Decimal(7))
    assert found.won_by_type == {"repair": CohortCell(2, Decimal("101.50"))}
    assert reads.won_projects(actor=actor, scope=MARCH, project_type="repair").count() == 2
    assert reads.won_projects(actor=actor, scope=MARCH).count() == 2
    assert Project.objects.for_actor(actor).count() == 4


def test_payments_are_the_completed_ones_in_the_organizations_currency(
    actor: Actor, people: list[Customer]
) -> None:
    for amount, status, currency in [
        ("10.05", "completed", "USD"),
        ("4", "refunded", "USD"),
        ("99", "completed", "EUR"),
    ]:
        values = {
            "customer": people[0],
            "gross_amount": amount,
            "status": status,
            "currency_code": currency,
        }
        created_at(create_transaction(actor=actor, values=values), "2025-03-10T12:00:00Z")
    assert dashboard(actor=actor, scope=MARCH).paid == Moved(Decimal("10.05"), 0)
    assert list(
        reads.payments(actor=actor, scope=MARCH).values_list("gross_amount", flat=True)
    ) == [Decimal("10.05")]
    assert Transaction.objects.for_actor(actor).count() == 3


def test_returning_are_those_who_came_in_the_period_and_before_it(
    actor: Actor, people: list[Customer], visit: Any
) -> None:
    visits = [
        (0, "2025-01-10"),
        (0, "2025-03-10"),
        (1, "2025-03-02"),
        (1, "2025-03-20"),
        (2, "2025-01-15"),
        (2, "2025-02-20"),
    ]
    for number, day in visits:
        visit(people[number], day)
    assert returning(actor=actor, scope=MARCH).customers == Moved(1, 1)
    march = MARCH.span.days
    came = CustomerConditions(
        visited_from=march.start, visited_before=march.end, first_visit_before=march.start
    )
    assert list(customers(actor=actor, conditions=came)) == [people[0]]
    stayed_away = CustomerConditions(last_visit_before=march.start)
    assert list(customers(actor=actor, conditions=stayed_away)) == [people[2]]


def test_retention_is_the_months_after_the_first_visit(
    actor: Actor, people: list[Customer], visit: Any
) -> None:
    for number, days in enumerate(
        [
            ["2025-01-10", "2025-01-20", "2025-03-10"],
            ["2025-01-31"],
            ["2025-02-01", "2025-03-31"],
            ["2023-01-01"],
        ]
    ):
        for day in days:
            visit(people[number], day)
    visit(people[3], "2025-03-05")
    grid = {
        f"{cohort.month:%Y-%m}": cohort.came
        for cohort in returning(actor=actor, scope=MARCH).retention
    }
    assert next(iter(grid)) == "2024-04"
    assert (grid["2025-01"], grid["2025-02"], grid["2025-03"]) == ([2, 0, 1], [1, 1], [0])
    months = {
        month: month_from(dt.date(2025, month, 1), actor.organization.time_zone)
        for month in (1, 2, 3)
    }
    came = [
        CustomerConditions(
            first_visit_from=months[month].start,
            first_visit_before=months[month].end,
            visited_from=months[month + later].start,
            visited_before=months[month + later].end,
        )
        for month, later in [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)]
    ]
    found = [customers(actor=actor, conditions=each).count() for each in came]
    assert found == [2, 0, 1, 1, 1, 0]


def test_the_rfm_grid_counts_each_visitor_once_with_what_they_spent(
    actor: Actor, people: list[Customer], visit: Any
) -> None:
    for day in ("2025-03-30", "2025-03-20", "2025-03-10"):
        visit(people[0], day, "10.50")
    visit(people[1], "2025-01-15", 7)
    visit(people[2], "2023-01-15", 8)
    found = returning(actor=actor, scope=MARCH).rfm
    assert found == {
        (0, 2): CohortCell(1, Decimal("31.50")),
        (1, 0): CohortCell(1, Decimal(7)),
        (4, 0): CohortCell(1, Decimal(8)),
    }


def test_a_list_asks_how_often_and_when_last_they_came_in_a_span_and_at_an_outlet(
    actor: Actor, cast: Cast, people: list[Customer], visit: Any
) -> None:
    uptown = Outlet.objects.add(actor, name="Uptown", time_zone=ZONE)
    for day in ("2025-03-05", "2025-03-20", "2025-04-20"):
        visit(people[0], day, 1, outlet=uptown.pk)
    visit(people[1], "2025-03-20", 1, outlet=uptown.pk)
    visit(people[1], "2025-03-21", 1, outlet=cast.outlet.pk)
    march = MARCH.span.days

    def found(**asked: Any) -> list[Customer]:
        conditions = CustomerConditions(visited_before=march.end, **asked)
        return [row for row in people if row in customers(actor=actor, conditions=conditions)]

    at_uptown = {"visited_outlet": uptown.pk}
    assert found(min_visits=2, max_visits=2) == people[:2]
    assert found(min_visits=3) == []
    assert found(min_visits=2, **at_uptown) == people[:1]
    assert found(max_visits=1, **at_uptown) == people[1:2]
    late = day_bounds(dt.date(2025, 3, 21), ZONE)[0]
    assert found(latest_visit_from=late) == people[1:2]
    assert found(latest_visit_before=late) == people[:1]
    assert found(latest_visit_before=late, **at_uptown) == people[:2]


def test_response_time_is_the_average_of_what_was_asked_in_the_period(
    actor: Actor, people: list[Customer]
) -> None:
    talk = open_conversation(actor=actor, values={"customer": people[0], "channel": "sms"})
    for direction, moment in [
        ("inbound", "2025-03-05T12:00:00Z"),
        ("outbound", "2025-03-05T12:01:00Z"),
        ("inbound", "2025-03-06T12:00:00Z"),
        ("outbound", "2025-03-06T12:03:00Z"),
        ("inbound", "2025-03-07T12:00:00Z"),
    ]:
        add_message(
            actor=actor,
            conversation_id=talk.pk,
            values={"direction": direction, "body": "x", "sent_at": moment},
        )
    found = dashboard(actor=actor, scope=MARCH)
    assert (found.response_seconds, found.open_conversations) == (Moved(120, None), 1)
    assert reads.answered_messages(actor=actor, scope=MARCH).count() == 2


def test_nothing_of_another_organization_is_counted(
    cast: Cast, people: list[Customer], visit: Any
) -> None:
    visit(people[0], "2025-03-05")
    charlie = actor_of(cast.charlie)
    found = dashboard(actor=charlie, scope=MARCH)
    assert (found.total, found.revenue.now) == (0, 0)
    assert returning(actor=charlie, scope=MARCH).rfm == {}


def test_the_queries_are_nine_however_many_customers_there_are(actor: Actor, visit: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            dashboard(actor=actor, scope=MARCH)
            returning(actor=actor, scope=MARCH)
        return len(found)

    for number in range(3):
        visit(create_customer(actor=actor, values=customer_values(number)), "2025-03-05")
    assert queries() == 9
    for number in range(3, 30):
        visit(create_customer(actor=actor, values=customer_values(number)), "2025-03-05")
    assert queries() == 9


def test_staff_may_read_neither_figures_nor_what_is_behind(cast: Cast) -> None:
    staff = actor_of(cast.bob)
    for read in (
        dashboard,
        returning,
        reads.completed_appointments,
        reads.won_projects,
        reads.payments,
        reads.answered_messages,
    ):
        with pytest.raises(Forbidden):
            read(actor=staff, scope=MARCH)

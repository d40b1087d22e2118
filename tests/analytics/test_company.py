"""The company's statistics, against figures counted by hand."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics import company
from analytics.company import company_statistics
from appointments.services import book_appointment, change_appointment
from core.errors import Forbidden, Invalid
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from customers.figures import recalculate
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from customers.services.erasure import erase_customer
from customers.services.loyalty import adjust_loyalty
from customers.services.management import block_customer, register_customer
from tests.cast import Cast, customer_values


@pytest.fixture
def visit(actor: Actor) -> Callable[..., Any]:
    """An appointment of a customer on a day, at noon in Detroit."""

    def visit(customer: Customer, day: str, price: Any = 10, status: str = "completed") -> Any:
        values = {
            "customer": customer.pk,
            "day": day,
            "start_time": "12:00",
            "price": price,
            "status": status,
        }
        return book_appointment(actor=actor, values=values)

    return visit


@pytest.fixture
def people(actor: Actor) -> list[Customer]:
    """Six customers since 2020."""
    return [
        create_customer(
            actor=actor, values=customer_values(number, customer_since="2020-01-01T00:00:00Z")
        )
        for number in range(6)
    ]


def test_of_no_one_everything_is_zero(actor: Actor) -> None:
    found = company_statistics(actor=actor)
    assert (found.total_customers, found.total_revenue, found.retention_rate, found.churn_rate) == (
        0,
        0,
        0,
        0,
    )
    assert (found.avg_appointments_per_customer, found.avg_spent_per_customer) == (0, 0)
    assert found.segments == {"vip": 0, "regular": 0, "new": 0, "at_risk": 0}
    assert (found.top_by_appointments, found.top_by_revenue) == ([], [])


def test_customers_are_counted_by_kind(actor: Actor) -> None:
    kinds = ["active", "active", "vip", "inactive", "churned", "active", "active"]
    rows = [
        create_customer(actor=actor, values=customer_values(number, status=status))
        for number, status in enumerate(kinds)
    ]
    register_customer(actor=actor, values=customer_values(20), password="SecurePass123!")
    block_customer(actor=actor, customer_id=rows[0].pk, values={"is_blocked": True})
    delete_customer(actor=actor, customer_id=rows[6].pk)
    Customer.objects.unscoped().filter(pk__in=[rows[1].pk, rows[6].pk]).update(email_verified=True)
    adjust_loyalty(actor=actor, customer_id=rows[1].pk, values={"points": 30, "reason": "x"})
    adjust_loyalty(actor=actor, customer_id=rows[2].pk, values={"points": 12, "reason": "x"})
    found = company_statistics(actor=actor)
    assert (
        found.total_customers,
        found.active_customers,
        found.inactive_customers,
        found.deleted_customers,
    ) == (7, 4, 3, 1)
    assert (found.verified_emails, found.customers_with_password, found.walk_in_customers) == (
        1,
        1,
        6,
    )
    assert (found.new_customers_in_period, found.total_loyalty_points) == (7, 42)


def test_the_inactive_are_among_those_at_risk(actor: Actor) -> None:
    for number, label in enumerate(
        ["vip", "vip", "regular", "new", "at_risk", "inactive", "inactive"]
    ):
        create_customer(actor=actor, values=customer_values(number))
        Customer.objects.unscoped().filter(email_key=f"jane{number}@example.com").update(
            engagement=label
        )
    assert company_statistics(actor=actor).segments == {
        "vip": 2,
        "regular": 1,
        "new": 1,
        "at_risk": 3,
    }


def test_new_customers_are_those_since_a_day_of_the_period(actor: Actor) -> None:
    moments = [
        "2025-03-09T04:59:59Z",
        "2025-03-09T05:00:00Z",
        "2025-03-10T03:59:59Z",
        "2025-03-10T04:00:00Z",
    ]
    for number, moment in enumerate(moments):
        create_customer(actor=actor, values=customer_values(number, customer_since=moment))
    ninth = dt.date(2025, 3, 9)
    assert (
        company_statistics(actor=actor, from_date=ninth, to_date=ninth).new_customers_in_period == 2
    )
    assert company_statistics(actor=actor, to_date=ninth).new_customers_in_period == 3
    assert company_statistics(actor=actor, from_date=ninth).new_customers_in_period == 3


def test_revenue_is_exact_and_of_completed_appointments(
    actor: Actor, people: list[Customer], visit: Callable[..., Any]
) -> None:
    for customer, day, price, status in [
        (people[0], "2025-01-31", "0.10", "completed"),
        (people[0], "2025-02-01", "0.20", "completed"),
        (people[1], "2025-02-28", "100.05", "completed"),
        (people[1], "2025-02-10", "500", "no_show"),
        (people[2], "2025-02-11", "500", "cancelled"),
        (people[2], "2025-03-01", "9", "completed"),
    ]:
        visit(customer, day, price, status)
    everything = company_statistics(actor=actor)
    assert (everything.total_appointments, everything.total_revenue) == (6, Decimal("109.35"))
    assert (everything.avg_appointments_per_customer, everything.avg_spent_per_customer) == (
        Decimal(1),
        Decimal("18.225"),
    )
    february = company_statistics(
        actor=actor, from_date=dt.date(2025, 2, 1), to_date=dt.date(2025, 2, 28)
    )
    assert (february.total_appointments, february.total_revenue) == (4, Decimal("100.25"))
    assert (february.avg_appointments_per_customer, february.avg_spent_per_customer) == (
        Decimal(4) / 6,
        Decimal("100.25") / 6,
    )


def test_what_deleted_and_erased_customers_paid_stays_earned(
    actor: Actor, people: list[Customer], visit: Callable[..., Any]
) -> None:
    for customer in people[:3]:
        visit(customer, "2025-01-10", 50)
    delete_customer(actor=actor, customer_id=people[0].pk)
    erase_customer(actor=actor, customer_id=people[1].pk, ground="request")
    for found in (
        company_statistics(actor=actor),
        company_statistics(actor=actor, from_date=dt.date(2025, 1, 1)),
    ):
        assert (
            found.total_appointments,
            found.total_revenue,
            found.total_customers,
            found.deleted_customers,
        ) == (3, 150, 4, 1)
        assert [row.customer_id for row in found.top_by_appointments] == [people[2].pk]


def test_retention_over_all_time_is_the_share_who_came_again(
    actor: Actor, people: list[Customer], visit: Callable[..., Any]
) -> None:
    for number, visits in enumerate([1, 2, 3]):
        for day in range(visits):
            visit(people[number], f"2025-01-1{day}")
    visit(people[3], "2025-01-10", status="no_show")
    visit(people[3], "2025-01-11", status="no_show")
    assert round(company_statistics(actor=actor).retention_rate, 1) == Decimal("66.7")
    assert company_statistics(actor=actor, to_date=dt.date(2025, 1, 10)).retention_rate == 0


def test_retention_in_a_period_is_the_share_of_those_before_who_came(
    actor: Actor, people: list[Customer], visit: Callable[..., Any]
) -> None:
    """February 2025 has 28 days, so the period before is 4 to 31 January."""
    for number, days in enumerate(
        [
            ["2025-01-04", "2025-02-28"],  # came in both
            ["2025-01-31", "2025-02-01"],  # came in both
            ["2025-01-20"],  # stayed away
            ["2025-01-03", "2025-02-10"],  # came too early before
            ["2025-01-10", "2025-03-01"],  # came too late after
            ["2025-02-10"],  # is new
        ]
    ):
        for day in days:
            visit(people[number], day)
    february = {"from_date": dt.date(2025, 2, 1), "to_date": dt.date(2025, 2, 28)}
    assert company_statistics(actor=actor, **february).retention_rate == 50
    delete_customer(actor=actor, customer_id=people[2].pk)
    assert round(company_statistics(actor=actor, **february).retention_rate, 1) == Decimal("66.7")


def test_churn_is_the_share_of_the_active_who_fell_silent(
    actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eighteen months of silence make a customer churned; the period is June 2025, in Detroit."""
    monkeypatch.setattr(company, "now", lambda: dt.datetime(2025, 9, 1, tzinfo=dt.UTC))
    for number, since in enumerate(
        [
            "2023-11-30T12:00:00Z",  # churned in May
            "2023-12-01T12:00:00Z",  # churned on 1 June
            "2023-12-31T12:00:00Z",  # churned on 30 June
            "2024-01-02T12:00:00Z",  # churned in July
            "2025-05-31T12:00:00Z",  # came just before
            "2025-06-15T12:00:00Z",  # came in the period
        ]
    ):
        create_customer(actor=actor, values=customer_values(number, customer_since=since))
    june = {"from_date": dt.date(2025, 6, 1), "to_date": dt.date(2025, 6, 30)}
    assert company_statistics(actor=actor, **june).churn_rate == 50
    monkeypatch.setattr(company, "now", lambda: dt.datetime(2025, 6, 15, tzinfo=dt.UTC))
    assert company_statistics(actor=actor, **june).churn_rate == 25, "the end of June hasn't come"


def test_a_status_that_a_person_set_decides_about_churn(actor: Actor) -> None:
    for number, status in enumerate([None, "active"]):
        create_customer(
            actor=actor,
            values=customer_values(number, customer_since="2020-01-15T00:00:00Z", status=status),
        )
    recalculate(organization=actor.organization, environment=actor.environment)
    assert company_statistics(actor=actor).churn_rate == 50
    july = {"from_date": dt.date(2021, 7, 1), "to_date": dt.date(2021, 7, 31)}
    assert company_statistics(actor=actor, **july).churn_rate == 50


def test_top_lists_hold_ten_and_the_lower_id_wins_a_tie(
    actor: Actor, visit: Callable[..., Any]
) -> None:
    rows = [create_customer(actor=actor, values=customer_values(number)) for number in range(12)]
    for number, row in enumerate(rows):
        visit(row, "2025-01-10", 100 if number < 11 else 300)
    visit(rows[5], "2025-01-11", 0, "no_show")
    visit(rows[5], "2025-06-11", 1000)
    for period in ({}, {"from_date": dt.date(2025, 1, 1), "to_date": dt.date(2025, 12, 31)}):
        found = company_statistics(actor=actor, **period)
        most = [rows[5], *rows[:5], *rows[6:10]]
        assert [row.customer_id for row in found.top_by_appointments] == [row.pk for row in most]
        assert [row.customer_id for row in found.top_by_revenue] == [
            row.pk for row in [rows[5], rows[11], *rows[:5], *rows[6:9]]
        ]
        first = found.top_by_revenue[0]
        assert (first.full_name, first.email) == ("Jane Smith5", "jane5@example.com")
        assert (first.total_appointments, first.total_spent) == (3, 1100)
    january = company_statistics(
        actor=actor, from_date=dt.date(2025, 1, 1), to_date=dt.date(2025, 1, 31)
    )
    assert (january.top_by_revenue[0].customer_id, january.top_by_appointments[0].total_spent) == (
        rows[11].pk,
        100,
    )


def test_a_cancelled_appointment_is_no_visit_that_pays(
    actor: Actor, people: list[Customer], visit: Callable[..., Any]
) -> None:
    booked = visit(people[0], "2025-01-10", 50)
    change_appointment(actor=actor, appointment_id=booked.pk, values={"status": "cancelled"})
    found = company_statistics(actor=actor)
    assert (found.total_appointments, found.total_revenue, found.top_by_revenue) == (1, 0, [])
    assert [row.total_appointments for row in found.top_by_appointments] == [1]


def test_each_organization_and_environment_has_its_own(
    cast: Cast, actor: Actor, people: list[Customer], visit: Callable[..., Any]
) -> None:
    visit(people[0], "2025-01-10")
    for stranger in (actor_of(cast.charlie), replace(actor, environment=Environment.TEST)):
        found = company_statistics(actor=stranger)
        assert (found.total_customers, found.total_appointments, found.top_by_revenue) == (0, 0, [])


def test_only_administrators_see_them(cast: Cast) -> None:
    for user in (cast.bob, cast.mona):
        with pytest.raises(Forbidden):
            company_statistics(actor=actor_of(user))
    assert company_statistics(actor=actor_of(cast.sue)).total_customers == 0


def test_the_end_must_not_come_before_the_beginning(actor: Actor) -> None:
    with pytest.raises(Invalid):
        company_statistics(actor=actor, from_date=dt.date(2025, 1, 2), to_date=dt.date(2025, 1, 1))
    with pytest.raises(Invalid):
        company_statistics(actor=actor, from_date=dt.date(9000, 1, 1))
    assert (
        company_statistics(
            actor=actor, from_date=dt.date(1000, 1, 1), to_date=dt.date(9998, 12, 31)
        ).retention_rate
        == 0
    )


def test_more_customers_take_no_more_queries(
    actor: Actor, people: list[Customer], visit: Callable[..., Any]
) -> None:
    counts = []
    for number in (0, 1, 2):
        visit(people[number], "2025-01-10")
        for period in ({}, {"from_date": dt.date(2025, 1, 1), "to_date": dt.date(2025, 1, 31)}):
            with CaptureQueriesContext(connection) as queries:
                company_statistics(actor=actor, **period)
            counts.append(len(queries))
    assert counts == [6, 7] * 3

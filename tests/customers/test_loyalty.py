"""
Loyalty points: earned by completed appointments, taken back, adjusted by hand, and never fewer than
none.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.db.models import Sum

from appointments.models import Appointment
from appointments.services import book_appointment, change_appointment, delete_appointment
from core.audit.models import AuditEntry
from core.errors import Forbidden, Invalid, NotFound
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers.figures import recalculate
from customers.models import Customer, LoyaltyEntry
from customers.selectors.loyalty import loyalty_entries
from customers.services.customers import create_customer, delete_customer
from customers.services.loyalty import MOST, adjust_loyalty
from tests.cast import Cast, customer_values


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


@pytest.fixture
def rate(actor: Actor) -> Callable[[str], None]:
    """Sets the points a currency unit earns."""

    def rate(points: str) -> None:
        Organization.objects.filter(pk=actor.organization.pk).update(loyalty_points_per_unit=points)
        actor.organization.refresh_from_db()

    return rate


def standing(customer: Customer) -> tuple[int, list[int]]:
    """The balance, and the ledger; the one is always the other's sum."""
    customer.refresh_from_db()
    ledger = list(
        LoyaltyEntry.objects.unscoped()
        .filter(customer=customer)
        .order_by("at", "id")
        .values_list("points", flat=True)
    )
    assert customer.loyalty_points == sum(ledger)
    return customer.loyalty_points, ledger


def book(actor: Actor, customer: Customer, **values: Any) -> Appointment:
    return book_appointment(
        actor=actor,
        values={
            "customer": customer.pk,
            "start_at": "2025-01-06T15:00:00Z",
            "price": "99.99",
            **values,
        },
    )


def change(actor: Actor, appointment: Appointment, **values: Any) -> None:
    change_appointment(actor=actor, appointment_id=appointment.pk, values=values)


def test_only_completing_earns_at_the_organizations_rate_rounded_down(
    actor: Actor, jane: Customer, rate: Callable[[str], None]
) -> None:
    rate("0.1")
    booked = book(actor, jane)
    change(actor, booked, status="confirmed")
    assert standing(jane) == (0, [])
    change(actor, booked, status="completed")
    assert standing(jane) == (9, [9])
    book(actor, jane, status="completed", price=1000)
    assert standing(jane) == (109, [9, 100])
    entry = LoyaltyEntry.objects.unscoped().get(points=9)
    assert (entry.reason, entry.source_id) == ("appointment", booked.pk)


def test_without_a_rate_nothing_is_earned(actor: Actor, jane: Customer) -> None:
    book(actor, jane, status="completed")
    assert standing(jane) == (0, [])


def test_uncompleting_and_deleting_take_back(
    actor: Actor, jane: Customer, rate: Callable[[str], None]
) -> None:
    rate("1")
    first, second = (
        book(actor, jane, status="completed", price=50),
        book(actor, jane, status="completed", price=7),
    )
    change(actor, first, status="no_show")
    assert standing(jane) == (7, [50, 7, -50])
    change(actor, first, status="completed", price=60)
    assert standing(jane) == (67, [50, 7, -50, 60])
    change(actor, first, price=55)
    assert standing(jane) == (62, [50, 7, -50, 60, -5])
    delete_appointment(actor=actor, appointment_id=second.pk)
    assert standing(jane) == (55, [50, 7, -50, 60, -5, -7])


def test_a_new_rate_holds_for_what_is_completed_from_then_on(
    actor: Actor, jane: Customer, rate: Callable[[str], None]
) -> None:
    rate("1")
    booked = book(actor, jane, status="completed", price=50)
    rate("2")
    change(actor, booked, notes="Came late", start_at="2025-01-07T15:00:00Z")
    assert standing(jane) == (50, [50])
    book(actor, jane, status="completed", price=10)
    assert standing(jane) == (70, [50, 20])


def test_what_was_used_by_then_is_not_taken_back(
    actor: Actor, jane: Customer, rate: Callable[[str], None]
) -> None:
    rate("1")
    booked = book(actor, jane, status="completed", price=50)
    adjust_loyalty(
        actor=actor, customer_id=jane.pk, values={"points": -40, "reason": "Free shampoo"}
    )
    change(actor, booked, status="cancelled")
    assert standing(jane) == (0, [50, -40, -10])
    change(actor, booked, status="completed")
    assert standing(jane) == (10, [50, -40, -10, 10]), "the forty that were used stay used"


def test_no_balance_outgrows_its_column(
    actor: Actor, jane: Customer, rate: Callable[[str], None]
) -> None:
    rate("1000")
    booked = book(actor, jane, status="completed", price="999999999999.99")
    assert standing(jane) == (MOST, [MOST])
    with pytest.raises(Invalid):
        adjust_loyalty(actor=actor, customer_id=jane.pk, values={"points": 1, "reason": "x"})
    change(actor, booked, status="cancelled")
    assert standing(jane) == (0, [MOST, -MOST])


def test_adjusting_wants_points_and_a_reason(actor: Actor, jane: Customer) -> None:
    adjust_loyalty(actor=actor, customer_id=jane.pk, values={"points": 20, "reason": "Birthday"})
    for values, field in (
        ({"points": 5}, "reason"),
        ({"points": 5, "reason": " "}, "reason"),
        ({"points": 5, "reason": "x" * 151}, "reason"),
        ({"reason": "x"}, "points"),
        ({"points": 0, "reason": "x"}, "points"),
        ({"points": 1.5, "reason": "x"}, "points"),
        ({"points": True, "reason": "x"}, "points"),
        ({"points": "many", "reason": "x"}, "points"),
        ({"points": -21, "reason": "x"}, "points"),
        ({"points": 1_000_001, "reason": "x"}, "points"),
        ({"points": 10**30, "reason": "x"}, "points"),
    ):
        with pytest.raises(Invalid) as refused:
            adjust_loyalty(actor=actor, customer_id=jane.pk, values=values)
        assert list(refused.value.faults) == [field], values
    assert standing(jane) == (20, [20])
    entry = AuditEntry.objects.unscoped().get(action="loyalty.adjusted")
    assert (entry.customer_id, entry.changes) == (
        jane.pk,
        {"points": [None, 20], "reason": [None, "Birthday"]},
    )


def test_who_may_adjust_and_see(actor: Actor, cast: Cast, jane: Customer) -> None:
    values = {"points": 5, "reason": "x"}
    with pytest.raises(Forbidden):
        adjust_loyalty(actor=actor_of(cast.bob), customer_id=jane.pk, values=values)
    adjust_loyalty(actor=actor_of(cast.mona), customer_id=jane.pk, values=values)
    with pytest.raises(NotFound):
        adjust_loyalty(actor=actor_of(cast.charlie), customer_id=jane.pk, values=values)
    with pytest.raises(NotFound):
        loyalty_entries(actor=actor_of(cast.charlie), customer_id=jane.pk)
    assert loyalty_entries(actor=actor_of(cast.bob), customer_id=jane.pk).get().points == 5
    delete_customer(actor=actor, customer_id=jane.pk)
    with pytest.raises(NotFound):
        adjust_loyalty(actor=actor, customer_id=jane.pk, values=values)
    assert standing(jane) == (5, [5])


def test_a_wrong_balance_is_repaired_from_the_ledger(actor: Actor, jane: Customer) -> None:
    adjust_loyalty(actor=actor, customer_id=jane.pk, values={"points": 5, "reason": "x"})
    Customer.objects.unscoped().update(loyalty_points=77)
    assert recalculate(organization=actor.organization, environment=actor.environment) == 1
    assert standing(jane) == (5, [5])


def test_points_move_neither_version_nor_update_time(actor: Actor, jane: Customer) -> None:
    before = (jane.version, jane.updated_at)
    adjust_loyalty(actor=actor, customer_id=jane.pk, values={"points": 5, "reason": "x"})
    jane.refresh_from_db()
    assert (jane.version, jane.updated_at) == before


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_simultaneous_takings_never_take_more_than_there_is(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    jane = create_customer(actor=actor, values=customer_values())
    adjust_loyalty(actor=actor, customer_id=jane.pk, values={"points": 50, "reason": "x"})

    def take(_: int) -> str:
        try:
            adjust_loyalty(actor=actor, customer_id=jane.pk, values={"points": -10, "reason": "x"})
        except Invalid:
            return "refused"
        else:
            return "taken"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(8))) == ["refused"] * 3 + ["taken"] * 5
    assert standing(jane)[0] == 0
    assert LoyaltyEntry.objects.unscoped().aggregate(sum=Sum("points"))["sum"] == Decimal(0)

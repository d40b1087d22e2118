"""
Erasure against everything that others do to the same customer, and to those around, at the same
moment.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from appointments.errors import UpcomingAppointments
from appointments.models import Appointment
from appointments.services import book_appointment
from core.errors import DomainError, Invalid, NotFound
from core.tenancy.actor import Actor
from customers.models import Customer, Project
from customers.services.customers import create_customer, update_customer
from customers.services.erasure import erase_customer
from customers.services.work import create_project
from interactions.models import Interaction
from interactions.services import log_interaction
from tests.cast import customer_values

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

Work = Callable[[], object]


def at_once(*works: Work) -> list[str]:
    """
    Runs all at the same moment, each on a connection of its own. Returns what each came to: `done`,
    or the domain's error.
    """
    barrier = Barrier(len(works))

    def run(work: Work) -> str:
        try:
            barrier.wait(timeout=20)
            work()
        except DomainError as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def made(actor: Actor, number: int, **more: Any) -> Customer:
    return create_customer(actor=actor, values=customer_values(number, **more))


@pytest.mark.parametrize("attempt", range(5))
def test_either_the_booking_stands_or_the_customer_is_erased(actor: Actor, attempt: int) -> None:
    row = made(actor, 1)
    values = {"customer": row.pk, "start_at": "2099-01-01T10:00:00Z"}
    erased, booked = at_once(
        lambda: erase_customer(actor=actor, customer_id=row.pk, ground="test"),
        lambda: book_appointment(actor=actor, values=values),
    )
    outcomes = (
        erased,
        booked,
        Customer.objects.unscoped().count(),
        Appointment.objects.unscoped().count(),
    )
    assert outcomes in (
        ("done", NotFound.__name__, 0, 0),
        ("done", Invalid.__name__, 0, 0),
        (UpcomingAppointments.__name__, "done", 1, 1),
    )


@pytest.mark.parametrize("attempt", range(5))
def test_nothing_of_the_customer_outlives_writers_who_came_late(actor: Actor, attempt: int) -> None:
    partner = made(actor, 1)
    row = made(actor, 2, referred_by=partner.pk)
    brought = made(actor, 3, referred_by=row.pk)
    outcomes = at_once(
        lambda: erase_customer(actor=actor, customer_id=row.pk, ground="test"),
        lambda: log_interaction(
            actor=actor, values={"customer": row.pk, "type": "note", "notes": "late"}
        ),
        lambda: create_project(
            actor=actor, values={"customer": row.pk, "total_amount": 5, "name": "late"}
        ),
        lambda: create_project(actor=actor, values={"customer": brought.pk, "total_amount": 7}),
        lambda: update_customer(actor=actor, customer_id=brought.pk, values={"notes": "changed"}),
        lambda: update_customer(
            actor=actor, customer_id=partner.pk, values={"is_referral_partner": True}
        ),
    )
    assert outcomes[0] == "done"
    assert set(outcomes) <= {"done", "NotFound", "Invalid"}
    assert outcomes[3:] == ["done", "done", "done"]
    assert not Interaction.objects.unscoped().exists()
    late = Project.objects.unscoped().exclude(customer=brought)
    assert [(project.customer_id, project.name) for project in late] == (
        [(None, "")] if outcomes[2] == "done" else []
    )
    partner.refresh_from_db()
    brought.refresh_from_db()
    assert (partner.referral_count, partner.referral_value) == (0, 0)
    assert (brought.referred_by_id, brought.notes, brought.lifetime_value) == (None, "changed", 7)


def test_of_two_erasures_one_succeeds(actor: Actor) -> None:
    row = made(actor, 1)
    outcomes = at_once(
        *(lambda: erase_customer(actor=actor, customer_id=row.pk, ground="test") for _ in range(4))
    )
    assert sorted(outcomes) == ["NotFound", "NotFound", "NotFound", "done"]

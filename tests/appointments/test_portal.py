"""What customers may do with their own appointments."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from appointments.choices import AppointmentStatus
from appointments.errors import (
    BookingClosed,
    NotToBeChanged,
    TimeNotFree,
    TooLateToChange,
    TooManyAppointments,
)
from appointments.models import Appointment, Service
from appointments.portal import (
    MOST_UPCOMING,
    Wish,
    book_own_appointment,
    cancel_own_appointment,
    confirm_own_appointment,
    move_own_appointment,
    own_appointments,
    past,
    staff_to_book,
    times_to_book,
    times_to_move,
    upcoming,
)
from appointments.preferences import update_own_preferences, update_preferences
from appointments.services import book_appointment, create_service
from core.audit.models import AuditEntry, OutboxEvent
from core.errors import Forbidden, NotFound, Stale
from core.identity.services import actor_of
from core.identity.staff import update_user
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.management import register_customer
from customers.services.portal_access import actor_of_customer
from tests.cast import Cast, customer_values

NOW = dt.datetime(2027, 3, 1, 13, 0, tzinfo=dt.UTC)
"""A Monday, eight in the morning in Detroit."""

DAY = dt.date(2027, 3, 3)
TEN = dt.datetime(2027, 3, 3, 15, 0, tzinfo=dt.UTC)
"""Ten o'clock there, on the Wednesday."""

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def service(actor: Actor) -> Service:
    return create_service(actor=actor, values={"name": "Haircut", "duration_minutes": 60})


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return register_customer(actor=actor, values=customer_values(1), password="one two three four")


@pytest.fixture
def customer(cast: Cast, jane: Customer) -> Actor:
    """Jane, acting in the portal."""
    return actor_of_customer(jane, cast.acme)


def booked(actor: Actor, who: Customer, start: dt.datetime = TEN, **more: Any) -> Appointment:
    values = {"customer": who.pk, "start_at": start, "end_at": start + HOUR, **more}
    return book_appointment(actor=actor, values=values)


def state(row: Appointment) -> tuple[str, dt.datetime, int]:
    row.refresh_from_db()
    return row.status, row.start_at, row.version


def test_customers_see_their_own_appointments_alone(
    cast: Cast, actor: Actor, jane: Customer, customer: Actor
) -> None:
    other = register_customer(actor=actor, values=customer_values(2), password="one two three four")
    booked(actor, other, TEN + 5 * HOUR)
    later = booked(actor, jane, TEN + 24 * HOUR)
    sooner = booked(actor, jane)
    cancelled = booked(actor, jane, TEN + 3 * HOUR, status="cancelled")
    over = booked(actor, jane, TEN - 30 * 24 * HOUR, status="completed")
    rows = own_appointments(actor=customer)
    assert list(upcoming(rows)) == [sooner, later]
    assert list(past(rows)) == [cancelled, over]


def test_staff_have_no_appointments_of_their_own_here(actor: Actor) -> None:
    with pytest.raises(Forbidden):
        own_appointments(actor=actor)


def test_another_customers_or_organizations_appointment_is_not_found(
    cast: Cast, actor: Actor, customer: Actor
) -> None:
    other = register_customer(actor=actor, values=customer_values(2), password="one two three four")
    charlie = actor_of(cast.charlie)
    stranger = register_customer(
        actor=charlie, values=customer_values(3), password="one two three four"
    )
    for row in (booked(actor, other), booked(charlie, stranger)):
        for act in (confirm_own_appointment, cancel_own_appointment):
            with pytest.raises(NotFound):
                act(actor=customer, appointment_id=row.pk)
        with pytest.raises(NotFound):
            move_own_appointment(actor=customer, appointment_id=row.pk, start_at=TEN + HOUR)
        assert state(row) == ("pending", TEN, 1)


def test_confirming_is_audited_as_the_customers_and_announced(
    actor: Actor, jane: Customer, customer: Actor
) -> None:
    row = booked(actor, jane)
    confirm_own_appointment(actor=customer, appointment_id=row.pk)
    assert state(row) == ("confirmed", TEN, 2)
    entry = AuditEntry.objects.unscoped().get(action="appointment.updated")
    assert (entry.actor_kind, entry.actor_id, entry.customer_id) == ("customer", jane.pk, jane.pk)
    assert entry.changes["status"] == ["pending", "confirmed"]
    assert OutboxEvent.objects.unscoped().filter(type="appointment.updated").count() == 1


@pytest.mark.parametrize("status", ["confirmed", "completed", "cancelled", "no_show"])
def test_only_what_is_pending_is_confirmed(
    actor: Actor, jane: Customer, customer: Actor, status: str
) -> None:
    row = booked(actor, jane, status=status)
    with pytest.raises(NotToBeChanged):
        confirm_own_appointment(actor=customer, appointment_id=row.pk)
    assert state(row) == (status, TEN, 1)


def test_up_to_the_limit_customers_cancel(
    cast: Cast, actor: Actor, jane: Customer, customer: Actor
) -> None:
    cast.acme.portal_change_hours = 50
    exactly, too_late = booked(actor, jane, NOW + 50 * HOUR), booked(actor, jane, NOW + 49 * HOUR)
    cancel_own_appointment(actor=customer, appointment_id=exactly.pk)
    assert state(exactly) == ("cancelled", NOW + 50 * HOUR, 2)
    with pytest.raises(TooLateToChange):
        cancel_own_appointment(actor=customer, appointment_id=too_late.pk)
    with pytest.raises(TooLateToChange):
        move_own_appointment(actor=customer, appointment_id=too_late.pk, start_at=TEN + 24 * HOUR)
    assert state(too_late) == ("pending", NOW + 49 * HOUR, 1)


@pytest.mark.parametrize("status", ["completed", "cancelled", "no_show"])
def test_what_is_over_or_called_off_stays(
    actor: Actor, jane: Customer, customer: Actor, status: str
) -> None:
    row = booked(actor, jane, status=status)
    with pytest.raises(NotToBeChanged):
        cancel_own_appointment(actor=customer, appointment_id=row.pk)
    with pytest.raises(NotToBeChanged):
        move_own_appointment(actor=customer, appointment_id=row.pk, start_at=TEN + HOUR)
    assert state(row) == (status, TEN, 1)


def test_what_the_customer_saw_must_still_be_so(
    actor: Actor, jane: Customer, customer: Actor
) -> None:
    row = booked(actor, jane)
    with pytest.raises(Stale):
        cancel_own_appointment(actor=customer, appointment_id=row.pk, if_version=7)
    assert state(row) == ("pending", TEN, 1)


def test_an_appointment_moves_to_a_time_when_its_staff_member_is_free(
    cast: Cast, actor: Actor, jane: Customer, customer: Actor
) -> None:
    other = register_customer(actor=actor, values=customer_values(2), password="one two three four")
    row = booked(actor, jane, staff=cast.bob.pk, outlet=cast.outlet.pk)
    booked(actor, other, TEN + 2 * HOUR, staff=cast.bob.pk)
    times = times_to_move(actor=customer, appointment=row, day=DAY)
    assert TEN + HOUR in times
    assert not {TEN, TEN + 2 * HOUR, TEN + 1.5 * HOUR} & set(times)
    with pytest.raises(TimeNotFree):
        move_own_appointment(actor=customer, appointment_id=row.pk, start_at=TEN + 2 * HOUR)
    moved = move_own_appointment(actor=customer, appointment_id=row.pk, start_at=TEN + HOUR)
    assert (moved.start_at, moved.end_at, moved.staff_id) == (
        TEN + HOUR,
        TEN + 2 * HOUR,
        cast.bob.pk,
    )


@pytest.mark.parametrize(
    "start",
    [
        TEN + dt.timedelta(minutes=7),
        TEN - 12 * HOUR,
        NOW + HOUR,
        NOW + 200 * 24 * HOUR,
    ],
    ids=["between two", "at night", "too soon", "too far"],
)
def test_times_that_are_not_offered_are_refused(
    actor: Actor, jane: Customer, customer: Actor, service: Service, cast: Cast, start: dt.datetime
) -> None:
    cast.acme.portal_booking = True
    row = booked(actor, jane)
    with pytest.raises(TimeNotFree):
        move_own_appointment(actor=customer, appointment_id=row.pk, start_at=start)
    with pytest.raises(TimeNotFree):
        book_own_appointment(actor=customer, wish=Wish(service), start_at=start)
    assert Appointment.objects.unscoped().count() == 1


# Booking


def test_booking_takes_a_free_time_and_counts_as_confirmed(
    cast: Cast, actor: Actor, jane: Customer, customer: Actor, service: Service
) -> None:
    cast.acme.portal_booking = True
    wish = Wish(service, cast.outlet, cast.bob)
    assert TEN in times_to_book(actor=customer, wish=wish, day=DAY)
    row = book_own_appointment(actor=customer, wish=wish, start_at=TEN)
    row.refresh_from_db()
    assert (row.customer_id, row.staff_id, row.outlet_id, row.status) == (
        jane.pk,
        cast.bob.pk,
        cast.outlet.pk,
        AppointmentStatus.CONFIRMED,
    )
    assert (row.start_at, row.end_at) == (TEN, TEN + HOUR)
    assert TEN not in times_to_book(actor=customer, wish=wish, day=DAY)
    entry = AuditEntry.objects.unscoped().get(action="appointment.created")
    assert (entry.actor_kind, entry.actor_label) == ("customer", "Jane Smith1")
    jane.refresh_from_db()
    assert jane.total_appointments == 1


def test_where_booking_is_closed_nothing_is_booked(
    cast: Cast, customer: Actor, service: Service
) -> None:
    with pytest.raises(BookingClosed):
        book_own_appointment(actor=customer, wish=Wish(service), start_at=TEN)
    assert Appointment.objects.unscoped().count() == 0


def test_whoever_is_free_is_booked_the_preferred_before_others(
    cast: Cast, actor: Actor, customer: Actor, service: Service, jane: Customer
) -> None:
    cast.acme.portal_booking = True
    update_preferences(
        actor=actor, customer_id=jane.pk, values={"preferred_staff": [str(cast.mona.pk)]}
    )
    first = book_own_appointment(actor=customer, wish=Wish(service), start_at=TEN)
    assert first.staff_id == cast.mona.pk
    update_own_preferences(actor=customer, values={"preferred_staff": []})
    other = register_customer(actor=actor, values=customer_values(2), password="one two three four")
    theirs = actor_of_customer(other, cast.acme)
    staff = {
        book_own_appointment(
            actor=actor_of_customer(other, cast.acme), wish=Wish(service), start_at=TEN
        ).staff_id
    }
    assert staff <= {cast.alice.pk, cast.bob.pk}
    with pytest.raises(TimeNotFree):
        book_own_appointment(actor=theirs, wish=Wish(service), start_at=TEN)


def test_when_everyone_is_busy_the_time_is_not_offered(
    cast: Cast, actor: Actor, customer: Actor, service: Service
) -> None:
    cast.acme.portal_booking = True
    for number, user in enumerate((cast.alice, cast.mona, cast.bob)):
        other = register_customer(
            actor=actor, values=customer_values(10 + number), password="one two three four"
        )
        booked(actor, other, staff=user.pk)
    times = times_to_book(actor=customer, wish=Wish(service), day=DAY)
    assert TEN not in times
    assert TEN + HOUR in times


def test_who_cannot_be_booked_is_not_offered(cast: Cast, actor: Actor, customer: Actor) -> None:
    update_user(actor=actor, user_id=cast.bob.pk, values={"is_active": False})
    assert set(staff_to_book(actor=customer)) == {cast.alice, cast.mona}


def test_ten_appointments_to_come_are_the_most_that_are_booked_online(
    cast: Cast, actor: Actor, jane: Customer, customer: Actor, service: Service
) -> None:
    cast.acme.portal_booking = True
    for number in range(MOST_UPCOMING):
        booked(actor, jane, TEN + (number + 1) * 24 * HOUR)
    with pytest.raises(TooManyAppointments):
        book_own_appointment(actor=customer, wish=Wish(service), start_at=TEN)
    assert Appointment.objects.unscoped().count() == MOST_UPCOMING


def test_customers_set_their_own_preferences_and_no_others(
    cast: Cast, jane: Customer, customer: Actor, service: Service
) -> None:
    values = {"language": "es", "preferred_services": [str(service.pk)]}
    assert update_own_preferences(actor=customer, values=values).language == "es"
    for name in ("marketing_consent", "preferred_agent", "status"):
        with pytest.raises(Forbidden):
            update_own_preferences(actor=customer, values={name: None})

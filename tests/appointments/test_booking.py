"""
Booking: who is free, what an appointment costs and lasts, and what it changes of its customer.
"""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from appointments.errors import StaffBusy
from appointments.filters import AppointmentConditions
from appointments.models import Appointment
from appointments.selectors import appointment_counts, appointments, on_days
from appointments.services import (
    book_appointment,
    change_appointment,
    create_service,
    delete_appointment,
)
from core.audit.models import AuditEntry, OutboxEvent
from core.errors import Forbidden, Invalid, NotFound
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.services.outlets import create_outlet
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient
from tests.conftest import on_postgresql

TEN = "2030-06-03T14:00:00Z"
ELEVEN = "2030-06-03T15:00:00Z"
HALF_PAST = "2030-06-03T14:30:00Z"


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


@pytest.fixture
def book(actor: Actor, cast: Cast, jane: Customer) -> Callable[..., Appointment]:
    def book(**values: Any) -> Appointment:
        return book_appointment(
            actor=actor,
            values={"customer": jane.pk, "staff": cast.bob.pk, "start_at": TEN, **values},
        )

    return book


def test_without_end_or_price_the_service_decides(
    actor: Actor, book: Callable[..., Appointment]
) -> None:
    cut = create_service(
        actor=actor, values={"name": "Cut", "duration_minutes": 90, "price": "35.50"}
    )
    booked = book(service=cut.pk)
    assert (booked.end_at - booked.start_at, booked.price, booked.status) == (
        dt.timedelta(minutes=90),
        Decimal("35.50"),
        "pending",
    )
    other = book(start_at="2030-06-04T14:00:00Z")
    assert (other.end_at - other.start_at, other.price) == (dt.timedelta(hours=1), 0)


def test_an_end_before_the_start_is_refused(book: Callable[..., Appointment]) -> None:
    for end in (TEN, "2030-06-03T13:59:59Z"):
        with pytest.raises(Invalid) as refused:
            book(end_at=end)
        assert list(refused.value.faults) == ["end_at"]
    assert Appointment.objects.unscoped().count() == 0


def test_one_staff_member_is_in_one_place_at_a_time(
    actor: Actor, cast: Cast, book: Callable[..., Appointment]
) -> None:
    book()
    for start, end in (
        (HALF_PAST, None),
        ("2030-06-03T13:30:00Z", None),
        ("2030-06-03T13:00:00Z", "2030-06-03T16:00:00Z"),
    ):
        with pytest.raises(StaffBusy):
            book(start_at=start, end_at=end)
    book(start_at=ELEVEN)
    book(start_at="2030-06-03T13:00:00Z")
    book(staff=cast.mona.pk)
    book(staff=None)
    book(staff=None)
    assert Appointment.objects.unscoped().count() == 6


def test_what_no_longer_stands_blocks_no_one(
    actor: Actor, book: Callable[..., Appointment]
) -> None:
    first = book()
    for status in ("cancelled", "no_show", "completed"):
        change_appointment(actor=actor, appointment_id=first.pk, values={"status": status})
        second = book()
        with pytest.raises(StaffBusy):
            change_appointment(actor=actor, appointment_id=first.pk, values={"status": "confirmed"})
        delete_appointment(actor=actor, appointment_id=second.pk)
    assert Appointment.objects.unscoped().get().status == "completed"


def test_moving_onto_another_is_refused_and_changes_nothing(
    actor: Actor, cast: Cast, book: Callable[..., Appointment]
) -> None:
    book()
    second = book(start_at=ELEVEN)
    third = book(staff=cast.mona.pk)
    for key, values in ((second.pk, {"start_at": HALF_PAST}), (third.pk, {"staff": cast.bob.pk})):
        with pytest.raises(StaffBusy):
            change_appointment(actor=actor, appointment_id=key, values=values)
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.start_at.isoformat(), third.staff_id) == (
        "2030-06-03T15:00:00+00:00",
        cast.mona.pk,
    )
    moved = change_appointment(
        actor=actor, appointment_id=second.pk, values={"start_at": "2030-06-03T15:30:00Z"}
    )
    assert moved.end_at.isoformat() == "2030-06-03T16:30:00+00:00"


def test_the_environments_do_not_shut_each_other_out(
    actor: Actor, cast: Cast, book: Callable[..., Appointment]
) -> None:
    book()
    tester = replace(actor, environment=Environment.TEST)
    john = create_customer(actor=tester, values=customer_values())
    values = {"customer": john.pk, "staff": cast.bob.pk, "start_at": TEN}
    booked = book_appointment(actor=tester, values=values)
    assert booked.environment == "test"
    with pytest.raises(StaffBusy):
        book_appointment(actor=tester, values=values)


@on_postgresql
def test_the_database_itself_refuses_an_overlap(
    actor: Actor, book: Callable[..., Appointment]
) -> None:
    first = book()
    copy = {
        field.attname: getattr(first, field.attname)
        for field in Appointment._meta.concrete_fields
        if field.name != "id"
    }
    with pytest.raises(IntegrityError, match="appointment_staff_overlap"), transaction.atomic():
        Appointment(**copy).save(force_insert=True)


def test_strangers_customers_staff_and_outlets_are_not_found(
    actor: Actor, cast: Cast, book: Callable[..., Appointment]
) -> None:
    stranger = actor_of(cast.charlie)
    theirs = create_customer(actor=stranger, values=customer_values())
    branch = create_outlet(actor=stranger, values={"name": "Elsewhere"})
    service = create_service(actor=stranger, values={"name": "Cut"})
    for name, key in (
        ("customer", theirs.pk),
        ("outlet", branch.pk),
        ("service", service.pk),
        ("staff", cast.charlie.pk),
    ):
        with pytest.raises(Invalid) as refused:
            book(**{name: str(key)})
        assert refused.value.faults[name][0].code == "not_found"
    mine = book()
    with pytest.raises(NotFound):
        change_appointment(actor=stranger, appointment_id=mine.pk, values={"status": "cancelled"})
    with pytest.raises(NotFound):
        delete_appointment(actor=stranger, appointment_id=mine.pk)


def test_booking_completing_and_deleting_move_the_customers_figures(
    actor: Actor, jane: Customer, book: Callable[..., Appointment]
) -> None:
    booked = book(start_at="2025-03-03T14:00:00Z", price=80)

    def figures() -> Any:
        jane.refresh_from_db()
        return jane.total_appointments, jane.total_spent, jane.last_visit_at, jane.version

    assert figures() == (1, 0, None, 1)
    change_appointment(actor=actor, appointment_id=booked.pk, values={"status": "completed"})
    assert figures() == (1, 80, booked.start_at, 1)
    change_appointment(actor=actor, appointment_id=booked.pk, values={"price": 100})
    assert figures() == (1, 100, booked.start_at, 1)
    change_appointment(actor=actor, appointment_id=booked.pk, values={"status": "no_show"})
    assert figures() == (1, 0, None, 1)
    delete_appointment(actor=actor, appointment_id=booked.pk)
    assert figures() == (0, 0, None, 1)


def test_writes_are_told_and_audited_once(
    actor: Actor, jane: Customer, book: Callable[..., Appointment]
) -> None:
    booked = book()
    change_appointment(actor=actor, appointment_id=booked.pk, values={"status": "confirmed"})
    change_appointment(actor=actor, appointment_id=booked.pk, values={"status": "confirmed"})
    events = (
        OutboxEvent.objects.unscoped()
        .filter(type__startswith="appointment")
        .order_by("id")
        .values_list("type", "data")
    )
    changed = ["customer", "end_at", "staff", "start_at"]
    assert list(events) == [
        ("appointment.created", {"changed": changed}),
        ("appointment.updated", {"changed": ["status"]}),
    ]
    entry = AuditEntry.objects.unscoped().get(action="appointment.updated")
    assert (entry.changes, entry.customer_id) == ({"status": ["pending", "confirmed"]}, jane.pk)


def test_appointments_of_a_deleted_customer_are_out_of_reach(
    actor: Actor, jane: Customer, book: Callable[..., Appointment]
) -> None:
    booked = book()
    delete_customer(actor=actor, customer_id=jane.pk)
    assert list(appointments(actor=actor)) == []
    with pytest.raises(NotFound, match="Appointment not found"):
        change_appointment(actor=actor, appointment_id=booked.pk, values={"status": "completed"})
    with pytest.raises(NotFound, match="Appointment not found"):
        delete_appointment(actor=actor, appointment_id=booked.pk)
    booked.refresh_from_db()
    assert booked.status == "pending"


def test_an_appointment_stays_with_its_customer(
    actor: Actor, jane: Customer, book: Callable[..., Appointment]
) -> None:
    booked = book()
    other = create_customer(actor=actor, values=customer_values(2))
    for key in (other.pk, None):
        with pytest.raises(Invalid) as refused:
            change_appointment(actor=actor, appointment_id=booked.pk, values={"customer": key})
        assert list(refused.value.faults) == ["customer"]
    same = change_appointment(
        actor=actor, appointment_id=booked.pk, values={"customer": str(jane.pk), "notes": "x"}
    )
    assert (same.customer_id, same.notes) == (jane.pk, "x")


def test_staff_book_and_only_managers_delete(
    cast: Cast, jane: Customer, book: Callable[..., Appointment]
) -> None:
    booked = book_appointment(
        actor=actor_of(cast.bob), values={"customer": jane.pk, "start_at": TEN}
    )
    change_appointment(
        actor=actor_of(cast.bob), appointment_id=booked.pk, values={"status": "confirmed"}
    )
    with pytest.raises(Forbidden):
        delete_appointment(actor=actor_of(cast.bob), appointment_id=booked.pk)
    delete_appointment(actor=actor_of(cast.mona), appointment_id=booked.pk)
    assert Appointment.objects.unscoped().count() == 0


def test_counts_and_days_of_a_customer(
    actor: Actor, cast: Cast, jane: Customer, book: Callable[..., Appointment]
) -> None:
    tokyo = create_outlet(actor=actor, values={"name": "Tokyo", "time_zone": "Asia/Tokyo"})
    # 1 January, 23:30
    detroit = book(
        staff=None, outlet=cast.outlet.pk, start_at="2025-01-02T04:30:00Z", status="completed"
    )
    # 2 January, 00:30
    abroad = book(staff=None, outlet=tokyo.pk, start_at="2025-01-01T15:30:00Z", status="cancelled")
    # 1 January, midnight
    without = book(staff=None, start_at="2025-01-01T05:00:00Z", status="confirmed")
    book(staff=None, status="confirmed")
    book(staff=None, status="pending")
    book(staff=None, status="no_show")
    rows = appointments(actor=actor, conditions=AppointmentConditions(customer_id=jane.pk))

    def on(first: int | None, last: int | None) -> set[Any]:
        january = [dt.date(2025, 1, day) if day else None for day in (first, last)]
        return set(
            on_days(rows, actor=actor, first=january[0], last=january[1]).values_list(
                "pk", flat=True
            )
        )

    assert on(1, 1) == {detroit.pk, without.pk}
    assert on(2, 2) == {abroad.pk}
    assert on(None, 2) == {detroit.pk, without.pk, abroad.pk}
    assert len(on(2, None)) == 4
    assert len(on(None, None)) == 6
    counts = appointment_counts(actor=actor, customer_id=jane.pk)
    assert counts == {"total": 6, "completed": 1, "cancelled": 1, "no_show": 1, "upcoming": 2}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_sixteen_simultaneous_bookings_of_one_slot_one_wins(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    people = [create_customer(actor=actor, values=customer_values(number)) for number in range(16)]
    clients = [ApiClient(user=cast.bob) for _ in people]

    def attempt(number: int) -> int:
        body = {
            "customer_id": str(people[number].pk),
            "staff_id": str(cast.mona.pk),
            "outlet_id": str(cast.outlet.pk),
            "appointment_date": "2030-06-03",
            "start_time": "10:00",
        }
        try:
            return int(clients[number].post("/api/appointments", body).status_code)
        finally:
            connections.close_all()

    for expected in ([201] + [409] * 15, [409] * 16):
        with ThreadPoolExecutor(16) as pool:
            assert sorted(pool.map(attempt, range(16))) == expected
    booked = Appointment.objects.unscoped().get()
    assert (booked.staff_id, booked.start_at.isoformat()) == (
        cast.mona.pk,
        "2030-06-03T14:00:00+00:00",
    )
    assert sum(Customer.objects.unscoped().values_list("total_appointments", flat=True)) == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_simultaneous_moves_into_one_slot_leave_one_there(cast: Cast) -> None:
    actor = actor_of(cast.alice)
    jane = create_customer(actor=actor, values=customer_values())
    booked = [
        book_appointment(
            actor=actor,
            values={
                "customer": jane.pk,
                "staff": cast.bob.pk,
                "start_at": f"2030-06-0{day}T14:00:00Z",
            },
        )
        for day in range(1, 9)
    ]

    def move(row: Appointment) -> str:
        try:
            change_appointment(
                actor=actor, appointment_id=row.pk, values={"start_at": "2030-07-01T14:00:00Z"}
            )
        except StaffBusy:
            return "busy"
        else:
            return "moved"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(move, booked)) == ["busy"] * 7 + ["moved"]
    assert Appointment.objects.unscoped().filter(start_at="2030-07-01T14:00:00Z").count() == 1


def test_the_lane_has_the_constraint_it_promises(cast: Cast) -> None:
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, Appointment._meta.db_table)
    assert ("appointment_staff_overlap" in names) == (connection.vendor == "postgresql")
    assert "appointment_staff_busy" not in names

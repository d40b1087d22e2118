"""Opening hours, breaks, absences and buffers: what is free, what is doubted, what is refused."""

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from appointments.choices import Doubt
from appointments.errors import TimeNotFree
from appointments.hours import joined, schedule, shared, without
from appointments.models import ScheduleException, Service
from appointments.portal import (
    Wish,
    book_own_appointment,
    move_own_appointment,
    times_to_book,
    times_to_move,
)
from appointments.schedule_exceptions import (
    create_schedule_exception,
    delete_schedule_exception,
    update_schedule_exception,
)
from appointments.selectors import doubts, free_times, next_free_day
from appointments.services import book_appointment, create_service, planned_appointment
from appointments.slots import open_moments
from core.audit.models import AuditEntry
from core.changes.services import undo_change_set
from core.errors import Forbidden, Invalid
from core.identity.services import actor_of
from core.identity.staff import update_user
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.tenancy.services.outlets import create_outlet, update_outlet
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.management import register_customer
from customers.services.portal_access import actor_of_customer
from tests.cast import Cast, customer_values

NOW = dt.datetime(2027, 3, 1, 13, 0, tzinfo=dt.UTC)
"""A Monday, eight in the morning in Detroit."""

DAY = dt.date(2027, 3, 3)
"""The Wednesday."""

DETROIT = ZoneInfo("America/Detroit")
WEDNESDAY = [
    {"day": "wednesday", "opens": "09:00", "closes": "12:00"},
    {"day": "wednesday", "opens": "13:00", "closes": "15:00"},
]


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def cut(actor: Actor) -> Service:
    return create_service(actor=actor, values={"name": "Cut", "duration_minutes": 60})


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return register_customer(actor=actor, values=customer_values(1), password="one two three four")


@pytest.fixture
def outlet(actor: Actor, cast: Cast) -> Outlet:
    return update_outlet(actor=actor, outlet_id=cast.outlet.pk, values={"opening_hours": WEDNESDAY})


def at(text: str, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(text), DETROIT)


def free(actor: Actor, cast: Cast, day: dt.date = DAY, **more: Any) -> list[str]:
    times = free_times(actor=actor, staff_id=cast.bob.pk, day=day, **more)
    return [f"{time.astimezone(DETROIT):%H:%M}" for time in times]


def closed(actor: Actor, **values: Any) -> ScheduleException:
    return create_schedule_exception(actor=actor, values={"first_day": DAY.isoformat(), **values})


def doubts_at(actor: Actor, start: str, **values: Any) -> list[Doubt]:
    planned = planned_appointment(actor=actor, values={"start_at": at(start), **values})
    return doubts(actor=actor, planned=planned)


def test_spans_are_shared_taken_away_and_joined() -> None:
    assert shared([(0, 10), (20, 30)], [(5, 25)]) == [(5, 10), (20, 25)]
    assert without([(0, 10), (20, 30)], [(5, 6), (8, 22)]) == [(0, 5), (6, 8), (22, 30)]
    assert without([(0, 10)], [(0, 1440)]) == []
    assert joined([(20, 30), (0, 10), (10, 12), (25, 28)]) == [(0, 12), (20, 30)]


def test_without_hours_of_its_own_a_place_keeps_the_usual_ones(actor: Actor, cast: Cast) -> None:
    times = free(actor, cast)
    assert (times[0], times[-1], len(times)) == ("08:00", "17:00", 19)


def test_an_outlets_hours_and_breaks_hold_and_other_days_are_closed(
    actor: Actor, cast: Cast, outlet: Outlet
) -> None:
    assert free(actor, cast, outlet=outlet) == [
        *("09:00", "09:30", "10:00", "10:30", "11:00"),
        *("13:00", "13:30", "14:00"),
    ]
    assert free(actor, cast, DAY + dt.timedelta(days=1), outlet=outlet) == []


def test_the_next_free_day_is_told_within_two_weeks(
    actor: Actor, cast: Cast, outlet: Outlet
) -> None:
    def after(day: dt.date) -> dt.date | None:
        return next_free_day(actor=actor, staff_id=cast.bob.pk, day=day, outlet=outlet)

    week = dt.timedelta(days=7)
    assert (after(DAY), after(DAY - dt.timedelta(days=1))) == (DAY + week, DAY)
    update_user(actor=actor, user_id=cast.bob.pk, values={"working_hours": []})
    assert after(DAY) is None


def test_a_person_works_in_their_hours_while_the_outlet_is_open(
    actor: Actor, cast: Cast, outlet: Outlet
) -> None:
    hours = [{"day": "wednesday", "opens": "10:30", "closes": "13:30"}]
    update_user(actor=actor, user_id=cast.bob.pk, values={"working_hours": hours})
    assert free(actor, cast, outlet=outlet) == ["10:30", "11:00"]
    update_user(actor=actor, user_id=cast.bob.pk, values={"working_hours": []})
    assert free(actor, cast, outlet=outlet) == []
    update_user(actor=actor, user_id=cast.bob.pk, values={"working_hours": None})
    assert len(free(actor, cast, outlet=outlet)) == 8


MORNING, AFTERNOON = ["09:00", "09:30", "10:00", "10:30", "11:00"], ["13:00", "13:30", "14:00"]


@pytest.mark.parametrize(
    ("whose", "values", "expected"),
    [
        ("outlet", {"kind": "holiday"}, []),
        ("staff", {"kind": "absence"}, []),
        ("everybody", {"kind": "holiday"}, []),
        ("mona", {"kind": "absence"}, [*MORNING, *AFTERNOON]),
        (
            "staff",
            {"kind": "absence", "start_time": "09:00", "end_time": "10:30"},
            ["10:30", "11:00", *AFTERNOON],
        ),
        (
            "outlet",
            {"kind": "hours", "start_time": "06:00", "end_time": "08:00"},
            ["06:00", "06:30", "07:00"],
        ),
        ("staff", {"kind": "hours", "start_time": "06:00", "end_time": "10:00"}, ["09:00"]),
    ],
)
def test_exceptions_close_or_stand_in_place_of_the_weeks_hours(
    actor: Actor,
    cast: Cast,
    outlet: Outlet,
    whose: str,
    values: dict[str, Any],
    expected: list[str],
) -> None:
    of = {
        "outlet": {"outlet": outlet.pk},
        "staff": {"staff": cast.bob.pk},
        "mona": {"staff": cast.mona.pk},
        "everybody": {},
    }
    closed(actor, **of[whose], **values)
    assert free(actor, cast, outlet=outlet) == expected
    # the week after all is as ever
    assert free(actor, cast, DAY + dt.timedelta(days=7), outlet=outlet) == [*MORNING, *AFTERNOON]


def test_an_outlet_with_hours_of_its_own_is_open_though_the_organization_is_closed(
    actor: Actor, cast: Cast, outlet: Outlet
) -> None:
    closed(actor, kind="holiday")
    closed(actor, outlet=outlet.pk, kind="hours", start_time="10:00", end_time="11:00")
    assert free(actor, cast, outlet=outlet) == ["10:00"]
    assert free(actor, cast) == []


def test_buffers_of_what_is_booked_and_of_what_is_to_be_booked_add_up(
    actor: Actor, cast: Cast, jane: Customer
) -> None:
    values = {"duration_minutes": 60, "buffer_before_minutes": 30, "buffer_after_minutes": 60}
    paint = create_service(actor=actor, values={"name": "Paint", **values})
    book_appointment(
        actor=actor,
        values={
            "customer": jane.pk,
            "staff": cast.bob.pk,
            "service": paint.pk,
            "start_at": at("12:00"),
        },
    )
    # booked from 12 to 13, kept free from 11:30 to 14
    usual = free(actor, cast)
    assert [time for time in usual if "10:00" <= time <= "14:30"] == [
        *("10:00", "10:30", "14:00", "14:30")
    ]
    # another wants an hour after itself and half an hour before
    padded = free(actor, cast, service=paint)
    assert [time for time in padded if "09:00" <= time <= "15:00"] == [
        "09:00",
        "09:30",
        "14:30",
        "15:00",
    ]


@pytest.mark.parametrize(
    ("day", "spans", "hours"),
    [
        (dt.date(2027, 3, 14), [(60, 240)], 2),
        (dt.date(2027, 11, 7), [(0, 240)], 5),
        (dt.date(2027, 3, 14), [(150, 240)], 1),
        (dt.date(2027, 3, 14), [(0, 1440)], 23),
        (dt.date(2027, 11, 7), [(0, 1440)], 25),
    ],
    ids=["forward", "back", "opens in the hour that is skipped", "short day", "long day"],
)
def test_hours_are_those_of_the_clock_where_clocks_change(
    day: dt.date, spans: list[tuple[int, int]], hours: int
) -> None:
    ((opens, closes),) = open_moments(day, spans, DETROIT)
    assert closes - opens == dt.timedelta(hours=hours)


def test_staff_are_asked_about_what_lies_outside_the_hours(
    actor: Actor, cast: Cast, outlet: Outlet, jane: Customer
) -> None:
    here = {"outlet": str(outlet.pk), "staff": str(cast.bob.pk)}
    assert doubts_at(actor, "09:00", **here) == []
    assert doubts_at(actor, "11:30", **here) == [Doubt.CLOSED]
    assert doubts_at(actor, "08:30") == []
    assert doubts_at(actor, "17:30") == [Doubt.CLOSED]
    closed(actor, staff=cast.bob.pk, kind="absence", start_time="09:00", end_time="10:00")
    assert doubts_at(actor, "09:30", **here) == [Doubt.AWAY]
    assert doubts_at(actor, "09:30", outlet=str(outlet.pk)) == []
    tidy = create_service(actor=actor, values={"name": "Tidy", "buffer_before_minutes": 30})
    book_appointment(actor=actor, values={"customer": jane.pk, "start_at": at("13:00"), **here})
    assert doubts_at(actor, "14:00", **here) == []
    assert doubts_at(actor, "14:00", service=str(tidy.pk), **here) == [Doubt.BUFFER]
    # two at once are refused, not doubted
    assert doubts_at(actor, "13:30", service=str(tidy.pk), **here) == []


def test_hours_may_reach_over_midnight(actor: Actor, cast: Cast) -> None:
    night = [
        {"day": "wednesday", "opens": "20:00", "closes": "24:00"},
        {"day": "thursday", "opens": "00:00", "closes": "04:00"},
    ]
    outlet = update_outlet(actor=actor, outlet_id=cast.outlet.pk, values={"opening_hours": night})
    hours = schedule(
        actor=actor, outlet=outlet, staff=[], first=DAY, last=DAY + dt.timedelta(days=1)
    )
    next_day = DAY + dt.timedelta(days=1)
    assert hours.covers(None, at("23:00"), at("02:00", next_day), DETROIT)
    assert not hours.covers(None, at("23:00"), at("04:30", next_day), DETROIT)


def test_an_hour_that_the_clock_shows_twice_is_booked_and_moved_to(
    actor: Actor, cast: Cast, jane: Customer, cut: Service
) -> None:
    cast.acme.portal_booking = True
    night = [{"day": "sunday", "opens": "01:00", "closes": "06:00"}]
    sydney = {"opening_hours": night, "time_zone": "Australia/Sydney"}
    outlet = update_outlet(actor=actor, outlet_id=cast.outlet.pk, values=sydney)
    customer, day = actor_of_customer(jane, cast.acme), dt.date(2027, 4, 4)
    wish = Wish(cut, outlet, cast.bob)
    twice = dt.datetime(2027, 4, 3, 15, 30, tzinfo=dt.UTC)  # half past two, the first time
    assert twice in times_to_book(actor=customer, wish=wish, day=day)
    row = book_own_appointment(actor=customer, wish=wish, start_at=twice)
    assert twice not in times_to_move(actor=customer, appointment=row, day=day)
    later = twice + dt.timedelta(hours=2)
    move_own_appointment(actor=customer, appointment_id=row.pk, start_at=later)
    moved = move_own_appointment(actor=customer, appointment_id=row.pk, start_at=twice)
    assert moved.start_at == twice


def test_customers_book_and_move_in_hours_alone(
    actor: Actor, cast: Cast, outlet: Outlet, jane: Customer, cut: Service
) -> None:
    cast.acme.portal_booking = True
    cast.acme.portal_change_hours = 1
    cast.acme.save()
    customer = actor_of_customer(jane, cast.acme)
    wish = Wish(cut, outlet, cast.bob)
    times = times_to_book(actor=customer, wish=wish, day=DAY)
    assert [f"{time.astimezone(DETROIT):%H:%M}" for time in times] == [*MORNING, *AFTERNOON]
    with pytest.raises(TimeNotFree):
        book_own_appointment(actor=customer, wish=wish, start_at=at("12:00"))
    row = book_own_appointment(actor=customer, wish=wish, start_at=at("11:00"))
    closed(actor, staff=cast.bob.pk, kind="absence", start_time="13:00", end_time="15:00")
    with pytest.raises(TimeNotFree):
        move_own_appointment(actor=customer, appointment_id=row.pk, start_at=at("13:00"))
    move_own_appointment(actor=customer, appointment_id=row.pk, start_at=at("09:30"))
    # with whoever is there
    others = times_to_book(actor=customer, wish=Wish(cut, outlet), day=DAY)
    assert at("13:00") in others


def test_customers_are_given_the_buffers(
    actor: Actor, cast: Cast, jane: Customer, cut: Service
) -> None:
    update = {"name": "Roof", "duration_minutes": 60, "buffer_after_minutes": 30}
    roof = create_service(actor=actor, values=update)
    other = create_customer(actor=actor, values=customer_values(2))
    book_appointment(
        actor=actor,
        values={
            "customer": other.pk,
            "staff": cast.bob.pk,
            "service": roof.pk,
            "start_at": at("10:00"),
        },
    )
    customer = actor_of_customer(jane, cast.acme)
    times = times_to_book(actor=customer, wish=Wish(cut, None, cast.bob), day=DAY)
    assert [f"{time.astimezone(DETROIT):%H:%M}" for time in times][2:5] == [
        *("09:00", "11:30", "12:00")
    ]


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ("09:00-17:00", "invalid_hours"),
        ([{"day": "monday"}], "invalid_hours"),
        ([{"day": "monday", "opens": "9:00", "closes": "12:00"}], "invalid_hours"),
        ([{"day": "Monday", "opens": "09:00", "closes": "12:00"}], "invalid_hours"),
        ([{"day": "monday", "opens": "12:00", "closes": "12:00"}], "invalid_hours"),
        ([{"day": "monday", "opens": "12:00", "closes": "24:30"}], "invalid_hours"),
        ([{"day": "monday", "opens": "09:75", "closes": "12:00"}], "invalid_hours"),
        ([{"day": "monday", "opens": 9, "closes": 12}], "invalid_hours"),
        ([{"day": ["monday"], "opens": "09:00", "closes": "12:00"}], "invalid_hours"),
        (["monday"], "invalid_hours"),
        ([WEDNESDAY[0]] * 71, "invalid_hours"),
        ([WEDNESDAY[0], WEDNESDAY[0]], "overlapping_hours"),
    ],
)
def test_hours_that_are_none_are_refused(actor: Actor, hours: Any, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        create_outlet(actor=actor, values={"name": "New", "opening_hours": hours})
    assert [fault.code for fault in caught.value.faults["opening_hours"]] == [code]


def test_hours_are_kept_in_the_weeks_order(actor: Actor) -> None:
    hours = [
        {"day": "sunday", "opens": "10:00:00", "closes": "24:00"},
        {"day": "monday", "opens": "13:00", "closes": "17:00"},
        {"day": "monday", "opens": "08:00", "closes": "12:00"},
    ]
    outlet = create_outlet(actor=actor, values={"name": "New", "opening_hours": hours})
    assert [(span["day"], span["opens"]) for span in outlet.opening_hours] == [
        ("monday", "08:00"),
        ("monday", "13:00"),
        ("sunday", "10:00"),
    ]
    # in another order it is no change
    assert (
        update_outlet(actor=actor, outlet_id=outlet.pk, values={"opening_hours": hours}).version
        == 1
    )


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, {"first_day"}),
        ({"first_day": "2027-03-03", "last_day": "2027-03-02"}, {"last_day"}),
        ({"first_day": "2027-03-03", "start_time": "10:00"}, {"start_time", "end_time"}),
        ({"first_day": "2027-03-03", "end_time": "10:00"}, {"start_time", "end_time"}),
        (
            {"first_day": "2027-03-03", "start_time": "10:00", "end_time": "10:00"},
            {"end_time"},
        ),
        ({"first_day": "2027-03-03", "kind": "hours"}, {"start_time", "end_time"}),
        ({"first_day": "2027-03-03", "kind": "party"}, {"kind"}),
    ],
)
def test_impossible_exceptions_are_refused(
    actor: Actor, values: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        create_schedule_exception(actor=actor, values=values)
    assert set(caught.value.faults) == fields
    assert not ScheduleException.objects.unscoped().exists()


def test_an_exception_is_an_outlets_or_a_persons(actor: Actor, cast: Cast, outlet: Outlet) -> None:
    row = closed(actor, outlet=outlet.pk)
    with pytest.raises(Invalid) as caught:
        update_schedule_exception(actor=actor, exception_id=row.pk, values={"staff": cast.bob.pk})
    assert set(caught.value.faults) == {"staff"}
    with pytest.raises(Invalid):
        closed(actor, staff=cast.charlie.pk)
    with pytest.raises(Forbidden):
        closed(actor_of(cast.bob), staff=cast.bob.pk)


def test_exceptions_are_recorded_and_can_be_undone(actor: Actor, cast: Cast) -> None:
    mona = actor_of(cast.mona)
    first = replace(mona, change_set=new_id())
    row = closed(first, name="Stocktaking", kind="closed")
    assert free(actor, cast) == []
    undo_change_set(actor=mona, set_id=first.change_set)
    assert not ScheduleException.objects.unscoped().exists()
    assert len(free(actor, cast)) == 19
    row = closed(mona, name="Stocktaking")
    second = replace(mona, change_set=new_id())
    delete_schedule_exception(actor=second, exception_id=row.pk)
    undo_change_set(actor=mona, set_id=second.change_set)
    assert ScheduleException.objects.unscoped().get().name == "Stocktaking"
    acts = AuditEntry.objects.for_actor(actor).filter(action__startswith="scheduleexception.")
    assert [entry.action.partition(".")[2] for entry in acts.order_by("id")] == [
        *("created", "deleted", "created", "deleted", "created")
    ]

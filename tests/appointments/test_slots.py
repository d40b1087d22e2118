"""Days and times on an outlet's clock, and the moments that they are."""

import datetime as dt
from typing import Any

import pytest

from appointments.services import book_appointment, change_appointment
from appointments.slots import resolve
from core.errors import Invalid
from core.tenancy.actor import Actor
from core.tenancy.services.outlets import create_outlet
from customers.services.customers import create_customer
from customers.services.management import deactivate_customer
from tests.cast import Cast, customer_values


def utc(found: Any) -> list[str]:
    return [
        found[name].astimezone(dt.UTC).isoformat()[:16]
        for name in ("start_at", "end_at")
        if name in found
    ]


@pytest.mark.parametrize(
    ("day", "start", "end", "moments"),
    [
        ("2025-01-15", "14:00", "15:30", ["2025-01-15T19:00", "2025-01-15T20:30"]),
        ("2025-07-15", "14:00:00", "15:30:00", ["2025-07-15T18:00", "2025-07-15T19:30"]),
        ("2025-03-09", "01:30", "03:30", ["2025-03-09T06:30", "2025-03-09T07:30"]),
        ("2025-11-02", "00:30", "03:00", ["2025-11-02T04:30", "2025-11-02T08:00"]),
        ("2025-11-02", "01:30", "02:30", ["2025-11-02T05:30", "2025-11-02T07:30"]),
        ("2027-01-15", "23:30", "00:30", ["2027-01-16T04:30", "2027-01-16T05:30"]),
        ("2027-01-15", "23:00", "00:00", ["2027-01-16T04:00", "2027-01-16T05:00"]),
        ("2027-12-31", "23:00", "01:00", ["2028-01-01T04:00", "2028-01-01T06:00"]),
        ("2025-03-08", "23:00", "03:30", ["2025-03-09T04:00", "2025-03-09T07:30"]),
        ("2025-11-01", "23:00", "03:00", ["2025-11-02T03:00", "2025-11-02T08:00"]),
    ],
    ids=[
        "winter",
        "summer",
        "clocks go forward",
        "clocks go back",
        "the first of two",
        "over midnight",
        "until midnight",
        "over the year's end",
        "over a night of three hours and a half",
        "over a night of five hours",
    ],
)
def test_times_are_on_the_organizations_clock_without_an_outlet(
    actor: Actor, day: str, start: str, end: str, moments: list[str]
) -> None:
    assert utc(resolve({"day": day, "start_time": start, "end_time": end}, actor=actor)) == moments


def test_times_are_on_the_outlets_clock(actor: Actor) -> None:
    tokyo = create_outlet(actor=actor, values={"name": "Tokyo", "time_zone": "Asia/Tokyo"})
    found = resolve(
        {"day": "2025-01-15", "start_time": "08:00", "outlet": str(tokyo.pk)}, actor=actor
    )
    assert utc(found) == ["2025-01-14T23:00"]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"day": "2025-03-09", "start_time": "02:30"}, ("start_time", "nonexistent_time")),
        (
            {"day": "2025-03-09", "start_time": "01:30", "end_time": "02:15"},
            ("end_time", "nonexistent_time"),
        ),
        ({"day": "2025-02-30", "start_time": "10:00"}, ("day", "invalid_date")),
        ({"day": "9999-12-31", "start_time": "23:00"}, ("day", "invalid_date")),
        ({"day": "0001-01-01", "start_time": "00:00"}, ("day", "invalid_date")),
        ({"day": 20250101, "start_time": "10:00"}, ("day", "invalid_date")),
        ({"day": "2025-01-01", "start_time": "25:00"}, ("start_time", "invalid_time")),
        ({"day": "2025-01-01", "start_time": ["10:00"]}, ("start_time", "invalid_time")),
        ({"day": "2025-01-01", "start_time": "10:00+02:00"}, ("start_time", "invalid_time")),
        ({"day": "2025-01-01", "start_time": "10:00Z"}, ("start_time", "invalid_time")),
        (
            {"day": "2025-03-08", "start_time": "23:00", "end_time": "02:30"},
            ("end_time", "nonexistent_time"),
        ),
        ({"day": "2025-01-01"}, ("start_time", "required")),
        ({"start_time": "10:00"}, ("day", "required")),
        ({}, ("day", "required")),
    ],
)
def test_what_is_no_day_or_time_is_refused_by_name(
    actor: Actor, values: dict[str, Any], fault: tuple[str, str]
) -> None:
    with pytest.raises(Invalid) as refused:
        resolve(values, actor=actor)
    name, code = fault
    assert refused.value.faults[name][0].code == code


def test_changing_one_part_keeps_the_others(actor: Actor, cast: Cast) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    slot = {
        "customer": jane.pk,
        "outlet": cast.outlet.pk,
        "day": "2025-11-02",
        "start_time": "00:30",
        "end_time": "01:15",
    }
    booked = book_appointment(actor=actor, values=slot)

    def change(**values: Any) -> list[str]:
        return utc(vars(change_appointment(actor=actor, appointment_id=booked.pk, values=values)))

    assert change(start_time="02:30") == ["2025-11-02T07:30", "2025-11-02T08:15"]
    assert change(day="2025-06-02") == ["2025-06-02T06:30", "2025-06-02T07:15"]
    assert change(end_time="04:00") == ["2025-06-02T06:30", "2025-06-02T08:00"]
    assert change(start_at="2025-11-02T06:30:00Z", end_at="2025-11-02T07:00:00Z") == [
        "2025-11-02T06:30",
        "2025-11-02T07:00",
    ]
    assert change(end_time="03:00") == ["2025-11-02T06:30", "2025-11-02T08:00"], (
        "the second 01:30 of that day stays the second"
    )


def test_an_appointment_over_midnight_moves_to_another_day_as_long_as_it_was(
    actor: Actor, cast: Cast
) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    slot = {"customer": jane.pk, "outlet": cast.outlet.pk, "day": "2027-01-15"}
    times = {"start_time": "23:30", "end_time": "00:30"}
    booked = book_appointment(actor=actor, values=slot | times)
    moved = change_appointment(
        actor=actor, appointment_id=booked.pk, values={"day": "2027-01-16", **times}
    )
    assert utc(vars(moved)) == ["2027-01-17T04:30", "2027-01-17T05:30"]
    days = {"start_at": "2027-02-01T14:00:00Z", "end_at": "2027-02-04T15:00:00Z"}
    change_appointment(actor=actor, appointment_id=booked.pk, values=days)
    back = {"day": "2027-03-01", "start_time": "09:00", "end_time": "10:00"}
    moved = change_appointment(actor=actor, appointment_id=booked.pk, values=back)
    assert utc(vars(moved)) == ["2027-03-01T14:00", "2027-03-04T15:00"], "three days, as before"


@pytest.mark.parametrize("end", ["10:00", "09:59", "22:01"])
def test_an_end_that_would_make_a_day_of_it_is_a_slip(actor: Actor, end: str) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    start = "10:00" if end != "22:01" else "22:02"
    slot = {"customer": jane.pk, "day": "2027-01-15", "start_time": start, "end_time": end}
    with pytest.raises(Invalid) as refused:
        book_appointment(actor=actor, values=slot)
    assert list(refused.value.faults) == ["end_at"]


def test_a_start_that_is_a_day_alone_is_its_midnight_at_the_outlet(actor: Actor) -> None:
    tokyo = create_outlet(actor=actor, values={"name": "Tokyo", "time_zone": "Asia/Tokyo"})
    jane = create_customer(actor=actor, values=customer_values())
    slot = {"customer": jane.pk, "outlet": tokyo.pk, "start_at": "2027-01-15"}
    booked = book_appointment(actor=actor, values=slot)
    assert utc(vars(booked)) == ["2027-01-14T15:00", "2027-01-14T16:00"]


def test_a_deactivation_ends_when_the_customer_books(actor: Actor) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    deactivate_customer(actor=actor, customer_id=jane.pk)
    slot = {"customer": jane.pk, "day": "2027-01-15", "start_time": "10:00"}
    book_appointment(actor=actor, values=slot)
    jane.refresh_from_db()
    assert (jane.status, jane.status_pinned, jane.is_deactivated) == ("active", False, False)

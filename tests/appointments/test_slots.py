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
    ],
    ids=["winter", "summer", "clocks go forward", "clocks go back", "the first of two"],
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

"""Appointments that repeat: which days, on which clock, what is in the way, and what follows."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from appointments.choices import Doubt
from appointments.errors import NoSeries, SeriesBusy, StaffBusy
from appointments.models import Appointment
from appointments.schedule_exceptions import create_schedule_exception
from appointments.series import book_series, change_following, occurrences, read_repeat
from appointments.services import book_appointment, change_appointment
from core.audit.models import OutboxEvent
from core.changes.services import undo_change_set
from core.errors import Invalid, Stale
from core.ids import new_id
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.client import ApiClient

NOW = dt.datetime(2027, 3, 1, 13, 0, tzinfo=dt.UTC)
"""A Monday, eight in the morning in Detroit."""

DETROIT = ZoneInfo("America/Detroit")
BOOK = "/app/calendar/book/"


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


@pytest.fixture
def slot(cast: Cast, jane: Customer) -> Callable[..., dict[str, Any]]:
    def slot(**more: Any) -> dict[str, Any]:
        given = {
            "customer": str(jane.pk),
            "staff": str(cast.bob.pk),
            "day": "2027-03-03",
            "start_time": "10:00",
        }
        return {**given, **more}

    return slot


def weekly(**more: Any) -> dict[str, Any]:
    return {"repeat_unit": "week", "repeat_times": 3, **more}


def told(rows: Any) -> list[str]:
    return [f"{row.start_at.astimezone(DETROIT):%m-%d %H:%M}" for row in rows]


def all_rows() -> list[Appointment]:
    return list(Appointment.objects.unscoped().order_by("start_at"))


@pytest.mark.parametrize(
    ("repeat", "first", "days"),
    [
        (
            {"repeat_unit": "day", "repeat_every": 2, "repeat_times": 3},
            "2027-03-03",
            ["03-03", "03-05", "03-07"],
        ),
        (
            {"repeat_unit": "week", "repeat_until": "2027-03-17"},
            "2027-03-03",
            ["03-03", "03-10", "03-17"],
        ),
        (
            {"repeat_unit": "month", "repeat_times": 4},
            "2027-01-31",
            ["01-31", "02-28", "03-31", "04-30"],
        ),
        (
            {"repeat_unit": "week", "repeat_times": 5, "repeat_until": "2027-03-10"},
            "2027-03-03",
            ["03-03", "03-10"],
        ),
    ],
)
def test_the_days_of_a_series(repeat: dict[str, Any], first: str, days: list[str]) -> None:
    found = read_repeat(repeat).days(dt.date.fromisoformat(first))
    assert [f"{day:%m-%d}" for day in found] == days


@pytest.mark.parametrize(
    ("repeat", "fields"),
    [
        ({"repeat_unit": "year", "repeat_times": 2}, {"repeat_unit"}),
        ({"repeat_unit": "week"}, {"repeat_times"}),
        ({"repeat_unit": "week", "repeat_times": 0}, {"repeat_times"}),
        ({"repeat_unit": "week", "repeat_times": 105}, {"repeat_times"}),
        ({"repeat_unit": "week", "repeat_times": True}, {"repeat_times"}),
        ({"repeat_unit": "week", "repeat_every": "x", "repeat_times": 2}, {"repeat_every"}),
        ({"repeat_unit": "week", "repeat_until": "soon"}, {"repeat_until"}),
        ({"repeat_unit": "week", "repeat_until": "2027-03-02"}, {"repeat_until"}),
        ({"repeat_unit": "day", "repeat_until": "2029-03-03"}, {"repeat_until"}),
        ({"repeat_unit": ["week"], "repeat_times": 2}, {"repeat_unit"}),
    ],
)
def test_what_repeats_in_no_way_is_refused(
    actor: Actor, slot: Callable[..., dict[str, Any]], repeat: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        book_series(actor=actor, values=slot(**repeat))
    assert set(caught.value.faults) == fields
    assert all_rows() == []


def test_each_is_a_row_at_the_same_time_of_the_clock_with_an_event(
    actor: Actor, slot: Callable[..., dict[str, Any]]
) -> None:
    # the clocks go forward on the 14th
    rows = book_series(actor=actor, values=slot(**weekly(), notes="Mow", price="30"))
    assert told(rows) == ["03-03 10:00", "03-10 10:00", "03-17 10:00"]
    assert rows[2].start_at - rows[1].start_at == dt.timedelta(days=7, hours=-1)
    assert len({row.series_id for row in rows}) == 1
    assert {(row.notes, row.price, row.end_at - row.start_at) for row in all_rows()} == {
        ("Mow", 30, dt.timedelta(hours=1))
    }
    events = OutboxEvent.objects.for_actor(actor).filter(type="appointment.created")
    assert events.count() == 3


def test_what_is_in_the_way_is_told_before_anything_is_booked(
    actor: Actor, slot: Callable[..., dict[str, Any]]
) -> None:
    book_appointment(actor=actor, values=slot(day="2027-03-10", start_time="10:30"))
    create_schedule_exception(actor=actor, values={"kind": "holiday", "first_day": "2027-03-17"})
    found = occurrences(actor=actor, values=slot(**weekly()))
    assert [(each.busy, list(each.doubts)) for each in found] == [
        (False, []),
        (True, []),
        (False, [Doubt.CLOSED]),
    ]
    with pytest.raises(SeriesBusy) as caught:
        book_series(actor=actor, values=slot(**weekly()))
    assert [f"{start:%m-%d}" for start in caught.value.starts] == ["03-10"]
    assert len(all_rows()) == 1
    rows = book_series(actor=actor, values=slot(**weekly(repeat_skip_busy=True)))
    assert told(rows) == ["03-03 10:00", "03-17 10:00"]


def test_this_one_or_this_and_those_that_follow(
    actor: Actor, cast: Cast, slot: Callable[..., dict[str, Any]]
) -> None:
    rows = book_series(actor=actor, values=slot(**weekly(repeat_times=4)))
    change_appointment(actor=actor, appointment_id=rows[3].pk, values={"status": "completed"})
    change_following(
        actor=actor,
        appointment_id=rows[1].pk,
        values={"day": "2027-03-11", "start_time": "15:00", "staff": str(cast.mona.pk)},
    )
    assert told(all_rows()) == ["03-03 10:00", "03-11 15:00", "03-18 15:00", "03-24 10:00"]
    assert [row.staff_id for row in all_rows()] == [
        *(cast.bob.pk, cast.mona.pk, cast.mona.pk, cast.bob.pk)
    ]
    change_following(actor=actor, appointment_id=rows[1].pk, values={"status": "cancelled"})
    assert [row.status for row in all_rows()] == [
        *("pending", "cancelled", "cancelled", "completed")
    ]


def test_all_move_by_a_week_past_one_another_and_back(
    actor: Actor, slot: Callable[..., dict[str, Any]]
) -> None:
    rows = book_series(actor=actor, values=slot(**weekly()))
    change_following(actor=actor, appointment_id=rows[0].pk, values={"day": "2027-03-10"})
    assert told(all_rows()) == ["03-10 10:00", "03-17 10:00", "03-24 10:00"]
    change_following(actor=actor, appointment_id=rows[0].pk, values={"day": "2027-03-03"})
    assert told(all_rows()) == ["03-03 10:00", "03-10 10:00", "03-17 10:00"]


def test_what_follows_changes_wholly_or_not_at_all(
    actor: Actor, slot: Callable[..., dict[str, Any]]
) -> None:
    rows = book_series(actor=actor, values=slot(**weekly()))
    book_appointment(actor=actor, values=slot(day="2027-03-17", start_time="15:00"))
    before = told(all_rows())
    with pytest.raises(StaffBusy):
        change_following(actor=actor, appointment_id=rows[0].pk, values={"start_time": "15:30"})
    with pytest.raises(Stale):
        change_following(
            actor=actor, appointment_id=rows[0].pk, values={"notes": "x"}, if_version=7
        )
    assert told(all_rows()) == before
    alone = book_appointment(actor=actor, values=slot(day="2027-03-05"))
    with pytest.raises(NoSeries):
        change_following(actor=actor, appointment_id=alone.pk, values={"notes": "x"})


def test_booking_and_cancelling_a_series_is_undone_at_once(
    actor: Actor, slot: Callable[..., dict[str, Any]]
) -> None:
    first = replace(actor, change_set=new_id())
    book_series(actor=first, values=slot(**weekly()))
    undo_change_set(actor=actor, set_id=first.change_set)
    assert all_rows() == []
    rows = book_series(actor=actor, values=slot(**weekly()))
    second = replace(actor, change_set=new_id())
    change_following(actor=second, appointment_id=rows[0].pk, values={"status": "cancelled"})
    undo_change_set(actor=actor, set_id=second.change_set)
    assert [row.status for row in all_rows()] == ["pending"] * 3


def test_the_native_api_books_lists_and_changes_a_series(cast: Cast, jane: Customer) -> None:
    bob = ApiClient(user=cast.bob)
    body = {
        "customer_id": str(jane.pk),
        "staff_id": str(cast.bob.pk),
        "appointment_date": "2027-03-03",
        "start_time": "10:00",
        "repeat_unit": "week",
        "repeat_times": 3,
    }
    made = bob.post("/api/appointments", body)
    assert made.status_code == 201
    first = made.json()["data"]
    rows = bob.get("/api/appointments", {"series_id": first["series_id"]}).json()["data"]
    assert [row["appointment_date"] for row in rows] == ["2027-03-17", "2027-03-10", "2027-03-03"]
    again = bob.post("/api/appointments", body)
    assert again.status_code == 409
    assert "2027-03-10" in again.json()["error"]
    changed = bob.patch(f"/api/appointments/{first['id']}/following", {"status": "cancelled"})
    assert changed.json()["data"]["status"] == "cancelled"
    assert {row.status for row in all_rows()} == {"cancelled"}


def test_the_page_lists_what_is_in_the_way_and_books_the_rest(
    client: Client, cast: Cast, actor: Actor, slot: Callable[..., dict[str, Any]]
) -> None:
    book_appointment(actor=actor, values=slot(day="2027-03-10"))
    client.force_login(cast.bob)
    sent = slot(repeat_unit="week", repeat_every="1", repeat_times="3")
    answer = client.post(BOOK, sent)
    assert answer.status_code == 422
    assert answer.context["conflicts"] == [
        (
            "Mar 10, 2027 · 10:00 AM",
            "This person already has an appointment at that time.",
        )
    ]
    assert "Some of these times are taken: they are left out." in answer.content.decode()
    assert len(all_rows()) == 1
    assert client.post(BOOK, {**sent, "anyway": "taken"}).status_code == 302
    assert told(all_rows()) == ["03-03 10:00", "03-10 10:00", "03-17 10:00"]
    first = all_rows()[0]
    page = f"/app/calendar/{first.pk}/"
    assert client.get(page).context["following"] == 2
    client.post(f"{page}following/cancel/")
    assert [row.status for row in all_rows()] == ["cancelled", "pending", "cancelled"]


def test_without_a_unit_nothing_repeats(
    client: Client, cast: Cast, slot: Callable[..., dict[str, Any]]
) -> None:
    client.force_login(cast.bob)
    assert client.post(BOOK, slot(repeat_every="1", repeat_times="3")).status_code == 302
    assert [row.series_id for row in all_rows()] == [None]

"""
The calendar: where appointments stand, days on which clocks change, booking, moving, and what
became of them.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format
from playwright.sync_api import Page, expect

from appointments.models import Appointment, Service
from appointments.pages.board import Card, Hours, cards_of, hours_of, lay_out
from appointments.preferences import update_preferences
from appointments.selectors import free_times
from appointments.services import book_appointment, change_appointment, create_service
from core.identity.models import User
from core.identity.services import actor_of
from core.identity.staff import update_user
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.services.outlets import create_outlet
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer, update_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

CALENDAR = "/app/calendar/"
BOOK = f"{CALENDAR}book/"
HTMX = {"HX-Request": "true"}
DETROIT = ZoneInfo("America/Detroit")
SPRING, AUTUMN = dt.date(2026, 3, 8), dt.date(2026, 11, 1)
DAY = "2037-06-03"
"""A Wednesday to come."""


@pytest.fixture
def bob(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bob)
    return client


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


@pytest.fixture
def cut(actor: Actor) -> Service:
    return create_service(
        actor=actor, values={"name": "Cut", "duration_minutes": 90, "price": "35.50"}
    )


@pytest.fixture
def book(actor: Actor, cast: Cast, jane: Customer) -> Callable[..., Appointment]:
    def book(day: str = DAY, start: str = "10:00", **values: Any) -> Appointment:
        times = {} if "start_at" in values else {"day": day, "start_time": start}
        return book_appointment(
            actor=actor, values={"customer": jane.pk, "staff": cast.bob.pk, **times, **values}
        )

    return book


def of(row: Appointment) -> str:
    return f"{CALENDAR}{row.pk}/"


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.unscoped().get(pk=row.pk)


def local(moment: dt.datetime) -> str:
    return f"{moment.astimezone(DETROIT):%Y-%m-%d %H:%M}"


def columns(client: Client, **query: str) -> dict[str, list[tuple[int, int]]]:
    """Column → the rows and spans of its cards."""
    found = client.get(CALENDAR, query).context["columns"]
    return {
        f"{column.title} {column.small}".strip(): [(card.first, card.span) for card in column.cards]
        for column in found
    }


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{text}+00:00")


# Geometry


def test_a_day_has_a_column_for_each_of_the_staff_and_cards_at_their_quarter_hours(
    bob: Client, book: Callable[..., Appointment], cast: Cast
) -> None:
    book(start="08:00")
    book(start="10:10", end_time="10:50")
    book(start="09:00", staff=cast.mona.pk)
    book(start="09:00", staff=None)
    assert columns(bob, day=DAY) == {
        "Alice": [],
        "Bob": [(1, 4), (9, 4)],
        "Mona": [(5, 4)],
        "Sue": [],
        "Nobody yet": [(5, 4)],
    }


def test_the_hours_reach_as_far_as_the_appointments(
    bob: Client, book: Callable[..., Appointment]
) -> None:
    book(start="06:30")
    book(start="19:00", end_time="20:15")
    assert columns(bob, day=DAY)["Bob"] == [(3, 4), (53, 5)]
    hours = bob.get(CALENDAR, {"day": DAY}).context["hours"]
    assert (hours.opens, hours.closes) == (6, 21)


def test_what_crosses_midnight_stands_on_both_days(
    bob: Client, book: Callable[..., Appointment]
) -> None:
    # from 23:00 to 1:30 in Detroit
    book(start_at="2037-06-03T03:00:00Z", end_at="2037-06-03T05:30:00Z")
    first, second = columns(bob, day="2037-06-02"), columns(bob, day=DAY)
    assert (first["Bob"], second["Bob"]) == ([(61, 4)], [(1, 6)])


def test_a_week_begins_on_the_day_of_the_readers_language(
    bob: Client, book: Callable[..., Appointment]
) -> None:
    book()
    assert list(columns(bob, day=DAY, view="week")) == [
        "Sun 31",
        "Mon 1",
        "Tue 2",
        "Wed 3",
        "Thu 4",
        "Fri 5",
        "Sat 6",
    ]
    assert bob.get(
        CALENDAR, {"day": DAY, "view": "week"}, headers={"Accept-Language": "es"}
    ).context["view"].days[0] == dt.date(2037, 6, 1)


def test_what_meets_stands_side_by_side_and_what_has_no_room_is_counted() -> None:
    times = [(8, 10), (9, 11), (10, 12), (8, 9), (8, 9), (13, 14)]
    rows = [
        Appointment(
            start_at=utc(f"06-03T{start:02}:00"),
            end_at=utc(f"06-03T{end:02}:00"),
            status="confirmed",
        )
        for start, end in times
    ]
    cards = cards_of(dt.date(2026, 6, 3), rows, ZoneInfo("UTC"))
    placed, more = lay_out(cards, Hours(), lanes=2)
    assert [(left.row, len(left.cards)) for left in more] == [(1, 1)]
    assert [card.place for card in placed if card.first == 1] == [
        "lane-2-0-crowded",
        "lane-2-1-crowded",
    ]
    assert sorted((card.first, card.lane, card.lanes) for card in placed) == [
        (1, 0, 2),
        (1, 1, 2),
        (5, 1, 2),
        (9, 0, 2),
        (21, 0, 1),
    ]


def test_the_week_of_several_people_is_a_row_for_each_and_leaves_nothing_out(
    bob: Client, cast: Cast, book: Callable[..., Appointment]
) -> None:
    for who in (cast.alice, cast.bob, cast.mona):
        book(staff=who.pk)
    week = {"day": DAY, "view": "week"}
    assert [card for _, cards in columns(bob, **week).items() for card in cards] == [(9, 4)] * 2
    more = bob.get(CALENDAR, week).context["columns"][3].more
    assert [(left.row, [card.staff for card in left.cards]) for left in more] == [(9, ["Mona"])]
    # a fourth
    unassigned = book(start="09:00", staff=None)
    answer = bob.get(CALENDAR, week)
    assert "columns" not in answer.context
    assert [
        (row.name, [len(cell.cards) for cell in row.days]) for row in answer.context["people"]
    ] == [
        ("Alice", [0, 0, 0, 1, 0, 0, 0]),
        ("Bob", [0, 0, 0, 1, 0, 0, 0]),
        ("Mona", [0, 0, 0, 1, 0, 0, 0]),
        ("Sue", [0] * 7),
        ("Nobody yet", [0, 0, 0, 1, 0, 0, 0]),
    ]
    assert answer.content.decode().count('class="card-line card-pending') == 4
    # and stays so while one looks at it
    assert 'hx-get="?view=week&amp;day=2037-06-03&amp;people=true"' in answer.content.decode()
    change_appointment(
        actor=actor_of(cast.alice), appointment_id=unassigned.pk, values={"status": "cancelled"}
    )
    assert "columns" in bob.get(CALENDAR, week).context
    assert "columns" not in bob.get(CALENDAR, {**week, "people": "true"}).context
    # one person's week is a grid of hours again
    assert columns(bob, **week, staff=str(cast.bob.pk))["Wed 3"] == [(9, 4)]


def test_a_week_is_called_by_its_days(bob: Client) -> None:
    for day, title in (
        (DAY, "May 31 – Jun 6, 2037"),
        ("2036-12-31", "Dec 28, 2036 – Jan 3, 2037"),
    ):
        assert bob.get(CALENDAR, {"day": day, "view": "week"}).context["view"].title == title


def cards_on(day: dt.date, *times: tuple[str, str]) -> list[tuple[int, int, str]]:
    rows = [Appointment(start_at=utc(start), end_at=utc(end)) for start, end in times]
    cards: list[Card] = cards_of(day, rows, DETROIT)
    return [(card.first, card.last, card.begins) for card in cards]


def test_in_spring_the_hour_that_does_not_occur_has_no_slots_and_all_else_its_own_place() -> None:
    assert cards_on(SPRING, ("03-08T06:30", "03-08T07:30"), ("03-08T14:00", "03-08T15:00")) == [
        (90, 210, "1:30 AM"),
        (600, 660, "10:00 AM"),
    ]
    slots = {slot.time: slot.at for slot in Hours(opens=1).slots(SPRING, DETROIT)}
    assert [time for time, at in slots.items() if at is None] == ["02:00", "02:30"]
    ten = slots["10:00"]
    assert ten is not None
    assert ten.astimezone(dt.UTC) == utc("03-08T14:00")


def test_in_autumn_the_hour_that_occurs_twice_is_told_apart() -> None:
    assert cards_on(
        AUTUMN,
        ("11-01T05:15", "11-01T05:45"),
        ("11-01T06:15", "11-01T06:45"),
        ("11-01T05:45", "11-01T06:15"),
    ) == [
        (75, 105, "1:15 AM EDT"),
        (75, 105, "1:15 AM EST"),
        (105, 135, "1:45 AM EDT"),
    ]
    assert cards_on(AUTUMN, ("11-01T15:00", "11-01T16:00")) == [(600, 660, "10:00 AM")]
    assert hours_of(
        [
            cards_of(
                AUTUMN,
                [Appointment(start_at=utc("11-01T05:15"), end_at=utc("11-01T06:15"))],
                DETROIT,
            )
        ]
    ) == Hours(1, 18)


@pytest.mark.parametrize(("day", "ten"), [(SPRING, "03-08T14:00"), (AUTUMN, "11-01T15:00")])
def test_on_days_on_which_clocks_change_a_slot_books_the_time_it_says(
    bob: Client, jane: Customer, cast: Cast, day: dt.date, ten: str
) -> None:
    bob.post(
        BOOK,
        {
            "customer": str(jane.pk),
            "staff": str(cast.bob.pk),
            "day": day.isoformat(),
            "start_time": "10:00",
            "anyway": "past",
        },
    )
    assert Appointment.objects.unscoped().get().start_at == utc(ten)
    assert columns(bob, day=day.isoformat())["Bob"] == [(9, 4)]
    assert columns(bob, day=day.isoformat(), view="week")[f"Sun {day.day}"] == [(9, 4)]


def test_a_time_that_does_not_occur_is_refused_beside_its_field(
    bob: Client, jane: Customer
) -> None:
    answer = bob.post(
        BOOK, {"customer": str(jane.pk), "day": SPRING.isoformat(), "start_time": "02:30"}
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "start_time": ["There is no such time on that day: the clocks go forward."]
    }


# The page


def test_times_are_those_of_the_outlet(
    bob: Client, actor: Actor, book: Callable[..., Appointment]
) -> None:
    west = create_outlet(actor=actor, values={"name": "West", "time_zone": "America/Los_Angeles"})
    row = book(start="09:00", outlet=west.pk)
    assert columns(bob, day=DAY, outlet=str(west.pk))["Bob"] == [(5, 4)]
    assert columns(bob, day=DAY)["Bob"] == [(17, 4)]  # noon in Detroit
    page = bob.get(CALENDAR, {"day": DAY, "outlet": str(west.pk)}).content.decode()
    assert "America/Los Angeles (PDT)" in page
    assert "9:00 AM – 10:00 AM" in page
    assert (
        "Jun 3, 2037 · 9:00 AM – 10:00 AM · America/Los Angeles"
        in bob.get(of(row)).content.decode()
    )


def test_outlet_staff_and_cancelled_filter(
    bob: Client, cast: Cast, actor: Actor, book: Callable[..., Appointment]
) -> None:
    create_outlet(actor=actor, values={"name": "North"})
    here = book(outlet=cast.outlet.pk)
    book(staff=cast.mona.pk)
    called_off = book(start="14:00")
    change_appointment(actor=actor, appointment_id=called_off.pk, values={"status": "cancelled"})

    def shown(**query: str) -> int:
        return int(bob.get(CALENDAR, {"day": DAY, **query}).context["count"])

    assert shown() == 2
    assert shown(cancelled="true") == 3
    assert shown(outlet=str(here.outlet_id)) == 1
    assert shown(staff=str(cast.mona.pk)) == 1
    assert shown(staff="x", outlet="y", view="z", cancelled="w") == 2


@pytest.mark.parametrize("day", ["", "nonsense", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_today(bob: Client, day: str) -> None:
    # still the second in Detroit
    with time_machine.travel(dt.datetime(2026, 6, 3, 3, 0, tzinfo=dt.UTC), tick=False):
        assert bob.get(CALENDAR, {"day": day}).context["view"].day == dt.date(2026, 6, 2)


def test_the_present_is_a_line_in_todays_columns(bob: Client) -> None:
    with time_machine.travel(dt.datetime(2026, 6, 3, 14, 37, tzinfo=dt.UTC), tick=False):
        found = bob.get(CALENDAR, {"view": "week"}).context["columns"]
        assert [
            (column.small, column.now, column.now_minutes) for column in found if column.now
        ] == [("3", 11, 7)]


def test_a_free_place_leads_to_the_form_with_all_that_it_knows(
    bob: Client, cast: Cast, jane: Customer
) -> None:
    page = bob.get(CALENDAR, {"day": "2027-06-03"}).content.decode()
    link = next(
        link
        for link in re.findall(r'href="([^"]*/book/[^"]*)"', page)
        if str(cast.bob.pk) in link and "10:30" in link
    )
    form = bob.get(link.replace("&amp;", "&") + f"&customer={jane.pk}").context["form"]
    known = {
        name: str(form[name].value())
        for name in ("customer", "outlet", "staff", "day", "start_time")
    }
    assert known == {
        "customer": str(jane.pk),
        "outlet": str(cast.outlet.pk),
        "staff": str(cast.bob.pk),
        "day": "2027-06-03",
        "start_time": "10:30",
    }


def test_the_same_queries_show_one_appointment_or_a_week_of_three_hundred(
    bob: Client, cast: Cast, actor: Actor, book: Callable[..., Appointment]
) -> None:
    def count(**query: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert bob.get(CALENDAR, {"day": DAY, **query}).status_code == 200
        return len(asked)

    def counts() -> list[int]:
        return [count(), count(view="week"), count(view="list")]

    one = book()
    few = counts()
    shifts = [
        dt.timedelta(days=number % 4 - 2, minutes=15 * (number // 8)) for number in range(300)
    ]
    rows = [
        Appointment.objects.new(
            actor,
            customer_id=one.customer_id,
            staff_id=cast.mona.pk,
            status="completed",
            start_at=one.start_at + shift,
            end_at=one.end_at + shift,
        )
        for shift in shifts
    ]
    Appointment.objects.unscoped().bulk_create(rows)
    # two more for hours and exceptions, where these are shown
    assert (few, counts()) == ([8, 8, 6], [8, 8, 6])


# Booking


def test_one_first_says_who_it_is_for(bob: Client, actor: Actor, jane: Customer) -> None:
    create_customer(actor=actor, values=customer_values(2, first_name="Zoë"))
    page = bob.get(BOOK, {"search": "zoe", "day": DAY, "time": "10:00"})
    assert [row.first_name for row, _url in page.context["found"]] == ["Zoë"]
    assert f"&amp;day={DAY}&amp;time=10%3A00" in page.content.decode()
    part = bob.get(BOOK, {"search": "2485550001"}, headers=HTMX).content.decode()
    assert "Jane Smith1" in part
    assert "(248) 555-0001" in part
    assert "<html" not in part
    assert "Nobody is called" in bob.get(BOOK, {"search": "xyzzy"}).content.decode()


def test_what_the_customer_prefers_is_offered_first(
    bob: Client, actor: Actor, cast: Cast, jane: Customer, cut: Service
) -> None:
    colour = create_service(actor=actor, values={"name": "Colour"})
    values = {"preferred_services": [str(cut.pk)], "preferred_staff": [str(cast.mona.pk)]}
    asked = {"customer": str(jane.pk), "day": DAY}
    assert [str(label) for _, label in offered(bob, "service", asked)] == [
        "None",
        "Colour · 60 min",
        "Cut · 90 min · $35.50",
    ]
    update_preferences(actor=actor, customer_id=jane.pk, values=values)
    _none, first, others = offered(bob, "service", asked)
    assert [key for key, _ in first[1]] == [str(cut.pk)]
    assert [key for key, _ in others[1]] == [str(colour.pk)]
    assert offered(bob, "staff", asked)[1][1] == [(str(cast.mona.pk), "Mona")]
    sent = {**asked, "service": str(cut.pk), "start_time": "10:00"}
    assert bob.post(BOOK, sent).status_code == 302


def offered(client: Client, name: str, query: dict[str, str]) -> list[Any]:
    return list(client.get(BOOK, query).context["form"].fields[name].choices)


def test_the_service_decides_how_long_and_how_much(
    bob: Client, jane: Customer, cut: Service, cast: Cast
) -> None:
    sent = {
        "customer": str(jane.pk),
        "service": str(cut.pk),
        "staff": str(cast.bob.pk),
        "day": DAY,
        "start_time": "10:00",
        "notes": "Hi",
    }
    answer = bob.post(BOOK, sent)
    row = Appointment.objects.unscoped().get()
    assert answer["Location"] == of(row)
    assert (local(row.start_at), local(row.end_at), str(row.price), row.notes) == (
        f"{DAY} 10:00",
        f"{DAY} 11:30",
        "35.50",
        "Hi",
    )


def test_who_is_busy_is_said_with_what_and_nothing_typed_is_lost(
    bob: Client, jane: Customer, cast: Cast, book: Callable[..., Appointment]
) -> None:
    book()
    sent = {
        "customer": str(jane.pk),
        "staff": str(cast.bob.pk),
        "day": DAY,
        "start_time": "10:30",
        "notes": "Typed",
    }
    answer = bob.post(BOOK, sent)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "staff": ["Bob is with Jane Smith1 then (Jun 3, 2037 · 10:00 AM – 11:00 AM)."]
    }
    assert "Typed" in answer.content.decode()
    assert Appointment.objects.unscoped().count() == 1


def test_what_is_missing_or_foreign_is_refused_beside_its_field(
    bob: Client, cast: Cast, jane: Customer
) -> None:
    answer = bob.post(BOOK, {"customer": str(jane.pk), "staff": str(cast.charlie.pk), "day": ""})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"day", "start_time", "staff"}
    theirs = create_customer(actor=actor_of(cast.charlie), values=customer_values())
    assert (
        bob.post(BOOK, {"customer": str(theirs.pk), "day": DAY, "start_time": "10:00"}).status_code
        == 422
    )
    assert bob.get(BOOK, {"customer": str(theirs.pk)}).context.get("form") is None
    assert Appointment.objects.unscoped().count() == 0


def test_free_times_leave_out_what_is_booked_past_or_too_short(
    bob: Client, cast: Cast, actor: Actor, cut: Service, book: Callable[..., Appointment]
) -> None:
    book(start="10:00")
    gone = book(start="13:00")
    change_appointment(actor=actor, appointment_id=gone.pk, values={"status": "cancelled"})
    # half past eight
    with time_machine.travel(dt.datetime(2037, 6, 3, 12, 30, tzinfo=dt.UTC), tick=False):
        bob.force_login(cast.bob)
        times = bob.get(
            BOOK, {"staff": str(cast.bob.pk), "service": str(cut.pk), "day": DAY}, headers=HTMX
        ).context["times"]
        assert [value for value, _ in times][:3] == ["11:00", "11:30", "12:00"]
        assert times[-1] == ("16:30", "4:30 PM")
        usual = bob.get(BOOK, {"staff": str(cast.bob.pk), "day": DAY}, headers=HTMX).context[
            "times"
        ]
        assert [value for value, _ in usual][:3] == ["09:00", "11:00", "11:30"]
    assert bob.get(BOOK, {"staff": "x", "day": DAY}, headers=HTMX).context["times"] == []


def test_who_has_no_time_on_a_day_has_the_next_free_one_named(
    bob: Client, actor: Actor, cast: Cast
) -> None:
    hours = [{"day": "thursday", "opens": "09:00", "closes": "12:00"}]
    update_user(actor=actor, user_id=cast.bob.pk, values={"working_hours": hours})
    part = bob.get(BOOK, {"staff": str(cast.bob.pk), "day": DAY}, headers=HTMX).content.decode()
    assert f"Bob has no time on {date_format(dt.date.fromisoformat(DAY))}" in part
    assert 'data-fills="2037-06-04"' in part
    assert "day=2037-06-04" in part


def test_a_day_on_which_nobody_works_leads_to_the_next_booked_one(
    bob: Client, actor: Actor, cast: Cast, book: Callable[..., Appointment]
) -> None:
    User.objects.unscoped().exclude(pk=cast.bob.pk).update(takes_appointments=False)
    hours = [{"day": "thursday", "opens": "09:00", "closes": "12:00"}]
    update_user(actor=actor, user_id=cast.bob.pk, values={"working_hours": hours})
    empty = bob.get(CALENDAR, {"day": DAY})
    assert "Nobody works on this Wednesday" in empty.content.decode()
    assert empty.context["next_booked"] == {}
    book(day="2037-06-11")
    named = bob.get(CALENDAR, {"day": DAY})
    assert "Go to Thursday, Jun 11" in named.content.decode()
    assert "day=2037-06-11" in named.context["next_booked"]["url"]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_free_times_are_right_where_clocks_change(actor: Actor, cast: Cast, day: dt.date) -> None:
    with time_machine.travel(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), tick=False):
        times = free_times(actor=actor, staff_id=cast.bob.pk, day=day)
    assert (local(times[0]), local(times[-1]), len(times)) == (f"{day} 08:00", f"{day} 17:00", 19)


# An appointment


def test_its_page_shows_everything_and_the_history_to_those_who_may(
    bob: Client, cast: Cast, actor: Actor, cut: Service, book: Callable[..., Appointment]
) -> None:
    row = book(service=cut.pk, outlet=cast.outlet.pk, notes="Bring a ladder")
    change_appointment(actor=actor, appointment_id=row.pk, values={"status": "confirmed"})
    text = bob.get(of(row)).content.decode()
    for shown in (
        "Jane Smith1",
        "Confirmed",
        "Cut",
        "Bob",
        "Downtown",
        "90 minutes",
        "$35.50",
        "Bring a ladder",
    ):
        assert shown in text
    assert "History" not in text
    bob.force_login(cast.alice)
    past = bob.get(of(row)).context["history"]
    assert [(entry["said"], entry["by"]) for entry in past] == [
        ("Changed", "Alice"),
        ("Booked", "Alice"),
    ]
    assert past[0]["lines"] == [("Status", "Pending", "Confirmed")]
    assert ("Service", "", "Cut · 90 min · $35.50") in past[1]["lines"]


def filled(client: Client, address: str, **typed: str) -> dict[str, str]:
    """What a browser would send from the form there."""
    form = client.get(address).context["form"]
    shown = {bound.html_name: bound.field.widget.format_value(bound.value()) for bound in form}
    texts = {name: value[0] if isinstance(value, list) else value for name, value in shown.items()}
    return {name: "" if value is None else str(value) for name, value in texts.items()} | typed


def test_its_form_moves_it_and_keeps_the_length(
    bob: Client, cast: Cast, book: Callable[..., Appointment]
) -> None:
    row = book()
    sent = filled(bob, of(row), day="2037-06-04", start_time="15:15", staff=str(cast.mona.pk))
    assert bob.post(of(row), sent)["Location"] == of(row)
    after = fresh(row)
    assert (local(after.start_at), local(after.end_at), after.staff_id) == (
        "2037-06-04 15:15",
        "2037-06-04 16:15",
        cast.mona.pk,
    )
    bob.post(of(row), filled(bob, of(row), end_time="17:00", staff=""))
    after = fresh(row)
    assert (local(after.start_at), local(after.end_at), after.staff_id) == (
        "2037-06-04 15:15",
        "2037-06-04 17:00",
        None,
    )


def test_its_form_reaches_over_midnight(bob: Client, book: Callable[..., Appointment]) -> None:
    row = book(start="22:00")
    sent = filled(bob, of(row), start_time="23:30", end_time="00:30") | {"anyway": "closed"}
    assert bob.post(of(row), sent).status_code == 302
    after = fresh(row)
    assert (local(after.start_at), local(after.end_at)) == (f"{DAY} 23:30", "2037-06-04 00:30")
    assert bob.post(of(row), filled(bob, of(row))).status_code == 302
    assert fresh(row).updated_at == after.updated_at
    earlier = filled(bob, of(row), end_time="00:00") | {"anyway": "closed"}
    assert bob.post(of(row), earlier).status_code == 302
    assert local(fresh(row).end_at) == "2037-06-04 00:00"
    assert "Jun 3, 2037 · 11:30 PM – Jun 4, 2037 · 12:00 AM" in bob.get(of(row)).content.decode()


def test_saving_it_unchanged_changes_nothing(
    bob: Client, cut: Service, cast: Cast, book: Callable[..., Appointment]
) -> None:
    row = book(service=cut.pk, outlet=cast.outlet.pk, start_at="2037-06-03T14:00:31Z")
    assert bob.post(of(row), filled(bob, of(row))).status_code == 302
    assert fresh(row).updated_at == row.updated_at


def test_moving_it_to_where_its_person_is_busy_is_refused_beside_the_field(
    bob: Client, book: Callable[..., Appointment]
) -> None:
    book(start="14:00")
    row = book()
    answer = bob.post(of(row), filled(bob, of(row), start_time="13:30"))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["staff"])
    backwards = bob.post(of(row), filled(bob, of(row), end_time="09:00"))
    assert list(backwards.context["form"].errors) == ["end_time"]
    assert local(fresh(row).start_at) == f"{DAY} 10:00"


@pytest.mark.parametrize("status", ["confirmed", "completed", "no_show", "cancelled"])
def test_one_tap_says_what_became_of_it_and_the_toast_takes_it_back(
    bob: Client, book: Callable[..., Appointment], status: str
) -> None:
    row = book()
    assert bob.post(f"{of(row)}status/{status}/")["Location"] == of(row)
    assert fresh(row).status == status
    undo = f"{of(row)}status/pending/"
    assert f'action="{undo}"' in bob.get(of(row)).content.decode()
    bob.post(undo)
    assert fresh(row).status == "pending"


@pytest.mark.parametrize("who", ["bob", "mona", "alice", "sue"])
def test_every_role_sees_and_changes_appointments(
    client: Client, cast: Cast, book: Callable[..., Appointment], who: str
) -> None:
    row = book()
    client.force_login(getattr(cast, who))
    assert client.get(CALENDAR, {"day": DAY}).context["count"] == 1
    assert client.post(of(row), filled(client, of(row), notes=who)).status_code == 302
    assert fresh(row).notes == who


def test_a_status_that_is_none_is_refused(bob: Client, book: Callable[..., Appointment]) -> None:
    row = book()
    assert bob.post(f"{of(row)}status/lost/").status_code == 422
    assert fresh(row).status == "pending"


def test_what_was_cancelled_does_not_come_back_into_a_taken_time(
    bob: Client, actor: Actor, book: Callable[..., Appointment]
) -> None:
    row = book()
    change_appointment(actor=actor, appointment_id=row.pk, values={"status": "cancelled"})
    book()
    assert bob.post(f"{of(row)}status/confirmed/")["Location"] == of(row)
    assert "Bob is with Jane Smith1 then" in bob.get(of(row)).content.decode()
    assert fresh(row).status == "cancelled"


def test_dropping_it_moves_it_and_undo_brings_it_back(
    bob: Client, cast: Cast, book: Callable[..., Appointment]
) -> None:
    row = book()
    sent = {"start_at": "2037-06-03T19:15:00.000Z", "staff": str(cast.mona.pk)}
    answer = bob.post(f"{of(row)}move/", sent, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"], answer["HX-Reswap"]) == (
        200,
        "calendar-changed",
        "none",
    )
    assert "Jane Smith1: Jun 3, 2037 · 3:15 PM – 4:15 PM, with Mona" in answer.content.decode()
    assert (local(fresh(row).start_at), fresh(row).staff_id) == (f"{DAY} 15:15", cast.mona.pk)
    undo = re.search(r'action="([^"]+)"', answer.content.decode())
    assert undo
    bob.post(undo[1].replace("&amp;", "&"))
    assert (local(fresh(row).start_at), fresh(row).staff_id) == (f"{DAY} 10:00", cast.bob.pk)


def test_dropping_it_on_another_day_keeps_the_time(
    bob: Client, cast: Cast, book: Callable[..., Appointment]
) -> None:
    row = book()
    sent = {"day": "2037-06-05", "staff": str(cast.mona.pk)}
    assert bob.post(f"{of(row)}move/", sent, headers=HTMX).status_code == 200
    assert (local(fresh(row).start_at), fresh(row).staff_id) == ("2037-06-05 10:00", cast.mona.pk)
    past = bob.post(f"{of(row)}move/", {"day": "2026-06-05", "staff": ""}, headers=HTMX)
    assert past.status_code == 409
    assert bob.post(f"{of(row)}move/", {"day": "nonsense"}, headers=HTMX).status_code == 422
    assert local(fresh(row).start_at) == "2037-06-05 10:00"


def test_dropping_it_where_someone_is_busy_is_a_toast_and_moves_nothing(
    bob: Client, book: Callable[..., Appointment]
) -> None:
    book(start="14:00")
    row = book()
    answer = bob.post(f"{of(row)}move/", {"start_at": "2037-06-03T17:30:00Z"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Reswap"]) == (409, "none")
    assert "Bob is with Jane Smith1 then" in answer.content.decode()
    assert local(fresh(row).start_at) == f"{DAY} 10:00"


def test_what_is_not_ones_own_can_not_be_told_from_none(
    bob: Client, cast: Cast, actor: Actor, book: Callable[..., Appointment]
) -> None:
    stranger = actor_of(cast.charlie)
    values = {
        "customer": create_customer(actor=stranger, values=customer_values()).pk,
        "day": DAY,
        "start_time": "10:00",
    }
    theirs = book_appointment(actor=stranger, values=values)
    gone = book()
    delete_customer(actor=actor, customer_id=gone.customer_id)  # type: ignore[arg-type]
    for key in (theirs.pk, gone.pk, new_id()):
        assert bob.get(f"{CALENDAR}{key}/").status_code == 404
        for tail in ("", "move/", "status/confirmed/"):
            assert (
                bob.post(
                    f"{CALENDAR}{key}/{tail}", {"start_at": "2037-06-04T14:00:00Z"}
                ).status_code
                == 404
            )
    assert bob.get(CALENDAR, {"day": DAY}).context["count"] == 0
    assert (fresh(theirs).status, fresh(theirs).start_at) == ("pending", theirs.start_at)


# What is doubtful


def test_the_past_and_a_blocked_customer_are_asked_about_before_booking(
    bob: Client, cast: Cast, actor: Actor, jane: Customer
) -> None:
    sent = {"customer": str(jane.pk), "day": "2020-01-01", "start_time": "03:00", "notes": "Typed"}
    answer = bob.post(BOOK, sent)
    assert answer.status_code == 422
    text = answer.content.decode()
    for shown in ("This time is in the past.", "Book anyway", "Typed", 'value="past"'):
        assert shown in text
    assert Appointment.objects.unscoped().count() == 0
    # a doubt that wasn't shown is asked about too
    update_customer(actor=actor, customer_id=jane.pk, values={"is_blocked": True})
    text = bob.post(BOOK, {**sent, "anyway": "past"}).content.decode()
    assert "This customer is blocked." in text
    assert Appointment.objects.unscoped().count() == 0
    assert bob.post(BOOK, {**sent, "anyway": ["past", "blocked"]}).status_code == 302
    assert local(Appointment.objects.unscoped().get().start_at) == "2020-01-01 03:00"


def test_who_walks_in_is_written_down_a_little_later_without_a_question(
    bob: Client, cast: Cast, jane: Customer
) -> None:
    with time_machine.travel(dt.datetime(2037, 6, 3, 14, 10, tzinfo=dt.UTC), tick=False):
        bob.force_login(cast.bob)
        sent = {"customer": str(jane.pk), "day": DAY, "start_time": "10:00"}
        assert bob.post(BOOK, sent).status_code == 302


def test_dropping_it_into_the_past_asks_first_and_undo_does_not(
    bob: Client, book: Callable[..., Appointment]
) -> None:
    row = book()
    sent = {"start_at": "2026-06-03T14:00:00Z"}
    asked = bob.post(f"{of(row)}move/", sent, headers=HTMX)
    assert (asked.status_code, asked["HX-Retarget"]) == (409, "#overlay")
    assert "This time is in the past." in asked.content.decode()
    assert local(fresh(row).start_at) == f"{DAY} 10:00"
    assert bob.post(f"{of(row)}move/", sent).status_code == 409  # a page of its own without htmx
    assert bob.post(f"{of(row)}move/", {**sent, "anyway": "past"}).status_code == 302
    assert local(fresh(row).start_at) == "2026-06-03 10:00"
    bob.get(of(row))  # shows that toast
    # forward again, and back by Undo
    answer = bob.post(f"{of(row)}move/", {"start_at": f"{DAY}T14:00:00Z"}, headers=HTMX)
    undo = re.search(r'action="([^"]+)"', answer.content.decode())
    assert undo
    assert bob.post(undo[1].replace("&amp;", "&")).status_code == 302
    assert local(fresh(row).start_at) == "2026-06-03 10:00"


def test_its_form_asks_before_a_move_into_the_past_and_about_nothing_else(
    bob: Client, actor: Actor, book: Callable[..., Appointment]
) -> None:
    row = book()
    sent = filled(bob, of(row), day="2026-06-03")
    answer = bob.post(of(row), sent)
    assert (answer.status_code, "Save anyway" in answer.content.decode()) == (422, True)
    assert bob.post(of(row), {**sent, "anyway": "past"}).status_code == 302
    assert local(fresh(row).start_at) == "2026-06-03 10:00"
    assert bob.post(of(row), filled(bob, of(row), notes="Late")).status_code == 302
    change_appointment(actor=actor, appointment_id=row.pk, values={"status": "completed"})
    assert bob.post(of(row), filled(bob, of(row), start_time="09:00")).status_code == 302


def test_what_ends_on_another_day_says_so(bob: Client, book: Callable[..., Appointment]) -> None:
    row = book(start_at="2037-06-04T03:30:00Z", end_at="2037-06-04T04:30:00Z")
    assert "Jun 3, 2037 · 11:30 PM – Jun 4, 2037 · 12:30 AM" in bob.get(of(row)).content.decode()


# In a browser


def test_one_drags_an_appointment_and_a_refusal_leaves_it_where_it_was(
    cast: Cast, page: Page, book: Callable[..., Appointment]
) -> None:
    row = book()
    book(start="15:00", staff=cast.mona.pk)
    sign_in(page, cast.bob)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{CALENDAR}?day={DAY}")
    card = page.locator(f"[href='{of(row)}'].card-at")
    mona = page.locator(f"[data-drop][data-staff='{cast.mona.pk}']")

    def drop(time: str) -> None:
        card.drag_to(
            mona.locator(f".slot[href*='time={time}']"),
            source_position={"x": 30, "y": 4},
            target_position={"x": 30, "y": 8},
        )

    drop("13:30")
    expect(page.locator(".toast")).to_contain_text("Jane Smith1: Jun 3, 2037 · 1:30 PM")
    expect(mona.locator(".card-at")).to_have_count(2)
    drop("14:30")
    expect(page.locator(".toast-error")).to_contain_text("Mona is with Jane Smith1 then")
    expect(mona.locator(".card-at")).to_have_count(2)
    assert local(fresh(row).start_at) == f"{DAY} 13:30"


def test_a_drag_into_the_past_is_asked_about_in_a_dialog(
    cast: Cast, page: Page, book: Callable[..., Appointment]
) -> None:
    row = book(day="2026-06-03", start="15:00")
    sign_in(page, cast.bob)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{CALENDAR}?day=2026-06-03")
    page.locator(f"[href='{of(row)}'].card-at").drag_to(
        page.locator(f"[data-staff='{cast.bob.pk}'] .slot[href*='time=09:00']"),
        source_position={"x": 30, "y": 4},
        target_position={"x": 30, "y": 8},
    )
    expect(page.locator("#move-dialog")).to_contain_text("This time is in the past.")
    assert local(fresh(row).start_at) == "2026-06-03 15:00"
    check_accessible(page, widths=(1280,))
    page.click("text=Move anyway")
    expect(page.locator(".toast")).to_contain_text("Jane Smith1: Jun 3, 2026 · 9:00 AM")
    assert page.url.endswith(f"{CALENDAR}?day=2026-06-03")
    assert local(fresh(row).start_at) == "2026-06-03 09:00"


def test_one_drags_an_appointment_to_another_day_of_another_person(
    cast: Cast, page: Page, book: Callable[..., Appointment]
) -> None:
    row = book()
    for who in (cast.alice, cast.mona, cast.sue):
        book(staff=who.pk)
    sign_in(page, cast.bob)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{CALENDAR}?day={DAY}&view=week")
    friday = page.locator(f"[data-drop-day='2037-06-05'][data-staff='{cast.mona.pk}']")
    page.locator(f"[href='{of(row)}'].card-line").drag_to(friday)
    expect(friday.locator(".card-line")).to_contain_text("Jane Smith1")
    assert (local(fresh(row).start_at), fresh(row).staff_id) == ("2037-06-05 10:00", cast.mona.pk)
    check_accessible(page, widths=(768, 1280))


def test_one_books_by_keyboard_and_confirms_it(
    cast: Cast, page: Page, jane: Customer, cut: Service
) -> None:
    sign_in(page, cast.bob)
    page.goto(f"{CALENDAR}?day=2030-06-03")
    page.keyboard.press("b")
    page.locator("#who").press_sequentially("jane")
    page.get_by_role("link", name="Jane Smith1").press("Enter")
    page.select_option("[name=service]", str(cut.pk))
    page.select_option("[name=staff]", str(cast.bob.pk))
    page.locator(".free a", has_text="9:30").press("Enter")
    expect(page.locator("[name=start_time]")).to_have_value("09:30")
    page.locator("main button", has_text="Book").press("Enter")
    expect(page.locator("h1")).to_contain_text("Jane Smith1")
    page.locator("main button", has_text="Confirm").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Confirmed.")
    expect(page.locator("h1")).to_contain_text("Confirmed")


def test_appointments_of_every_status_are_accessible(
    cast: Cast, page: Page, book: Callable[..., Appointment]
) -> None:
    statuses = ["pending", "confirmed", "completed", "cancelled", "no_show"]
    for place, status in enumerate(statuses):
        book(start=f"{9 + place:02}:00", status=status)
    sign_in(page, cast.alice)
    for view, width in (("day", 1280), ("week", 1280), ("list", 360)):
        page.goto(f"{CALENDAR}?day={DAY}&cancelled=true&view={view}")
        check_accessible(page, widths=(width,))


def test_on_a_phone_one_row_stands_above_the_day_and_opens_the_rest(
    cast: Cast, without_javascript: Page, book: Callable[..., Appointment]
) -> None:
    page = without_javascript
    book()
    sign_in(page, cast.bob)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{CALENDAR}?day={DAY}")
    expect(page.locator("h1 .narrow")).to_have_text("Wed, Jun 3, 2037")
    first = page.locator(".agenda-line").first.bounding_box()
    assert first is not None
    assert first["y"] < 150
    who = page.get_by_label("Staff")
    expect(who).to_be_hidden()
    page.locator("summary", has_text="View and filters").click()
    who.select_option(str(cast.mona.pk))
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".agenda-line")).to_have_count(0)
    expect(page.locator(".calendar-more[data-set]")).to_be_visible()


def test_without_scripts_one_finds_books_and_moves(
    cast: Cast, without_javascript: Page, jane: Customer
) -> None:
    page = without_javascript
    sign_in(page, cast.bob)
    page.goto(f"{BOOK}?day={DAY}&time=10:00")
    page.fill("#who", "jane")
    page.click("main button:has-text('Search')")
    page.click("text=Jane Smith1")
    page.click("main button:has-text('Book')")
    page.click("summary:has-text('Move or change')")
    page.fill("[name=start_time]", "12:00")
    page.click("button:has-text('Save')")
    expect(page.locator(".page-head")).to_contain_text("12:00 PM – 1:00 PM")

"""The calendar's month: a sheet of days with their first appointments."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from appointments.models import Appointment
from appointments.services import book_appointment
from core.identity.services import actor_of
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, overflow_of, sign_in

CALENDAR = "/app/calendar/"
MONTH = f"{CALENDAR}?view=month&day=2037-06-17"
DETROIT = ZoneInfo("America/Detroit")

Book = Callable[..., Appointment]


@pytest.fixture
def book(cast: Cast) -> Book:
    actor = actor_of(cast.alice)
    jane = create_customer(actor=actor, values=customer_values())

    def book(day: str, start: str = "10:00", **values: Any) -> Appointment:
        times = {"day": day, "start_time": start}
        return book_appointment(actor=actor, values={"customer": jane.pk, **times, **values})

    return book


@pytest.fixture
def bob(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bob)
    return client


def weeks(client: Client, address: str = MONTH) -> list[list[Any]]:
    found: list[list[Any]] = client.get(address).context["weeks"]
    return found


def test_the_sheet_is_whole_weeks_around_the_month(bob: Client) -> None:
    sheet = weeks(bob)
    assert [len(days) for days in sheet] == [7] * 5
    assert (sheet[0][0].day, sheet[-1][-1].day) == (dt.date(2037, 5, 31), dt.date(2037, 7, 4))
    outside = [day.day for days in sheet for day in days if day.outside]
    assert outside == [dt.date(2037, 5, 31), *(dt.date(2037, 7, day) for day in range(1, 5))]
    assert "June 2037" in bob.get(MONTH).content.decode()


@pytest.mark.parametrize(
    ("day", "before", "after"),
    [
        ("2037-06-17", "2037-05-01", "2037-07-01"),
        ("2037-01-31", "2036-12-01", "2037-02-01"),
        ("2037-12-31", "2037-11-01", "2038-01-01"),
        ("2036-02-29", "2036-01-01", "2036-03-01"),
    ],
)
def test_one_turns_over_whole_months(bob: Client, day: str, before: str, after: str) -> None:
    view = bob.get(f"{CALENDAR}?view=month&day={day}").context["view"]
    assert (f"day={before}" in view.before, f"day={after}" in view.after) == (True, True)
    assert "view=month" in view.before


@pytest.mark.parametrize("day", ["1000-01-01", "9998-12-31"])
def test_the_first_and_the_last_month_have_a_sheet(bob: Client, day: str) -> None:
    assert bob.get(f"{CALENDAR}?view=month&day={day}").status_code == 200


def test_a_day_shows_its_first_appointments_and_how_many_more(bob: Client, book: Book) -> None:
    for hour in (15, 9, 11, 13, 10, 17):
        book("2037-06-17", f"{hour:02}:00")
    book("2037-07-01")
    answer = bob.get(MONTH)
    days = {day.day: day for week in answer.context["weeks"] for day in week}
    busy = days[dt.date(2037, 6, 17)]
    begins = [card.appointment.start_at.astimezone(DETROIT).hour for card in busy.cards]
    assert (begins, busy.more, busy.count) == ([9, 10, 11, 13], 2, 6)
    assert "day=2037-06-17" in busy.url
    assert days[dt.date(2037, 7, 1)].count == 1
    assert answer.context["count"] == 6, "those of the month"


def test_the_filters_of_the_calendar_hold(bob: Client, book: Book, cast: Cast) -> None:
    book("2037-06-17", staff=cast.bob.pk)
    book("2037-06-18", staff=cast.mona.pk)
    asked = weeks(bob, f"{MONTH}&staff={cast.mona.pk}")
    assert [day.day.day for days in asked for day in days if day.count] == [18]


def test_it_asks_as_much_for_a_full_month_as_for_an_empty_one(bob: Client, book: Book) -> None:
    asked = []
    for days in (range(1, 3), range(3, 29)):
        for day in days:
            book(f"2037-06-{day:02}")
        with CaptureQueriesContext(connection) as queries:
            bob.get(MONTH)
        asked.append(len(queries))
    assert asked[0] == asked[1]


# With a browser


def test_an_appointment_is_dragged_to_another_day_and_keeps_its_person(
    cast: Cast, page: Page, book: Book
) -> None:
    row = book("2037-06-17", staff=cast.mona.pk)
    sign_in(page, cast.bob)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(MONTH)
    friday = page.locator("[data-drop-day='2037-06-19']")
    page.locator(f"[href='{CALENDAR}{row.pk}/'].card-line").drag_to(friday)
    expect(friday.locator(".card-line")).to_contain_text("Jane Smith1")
    row.refresh_from_db()
    assert f"{row.start_at.astimezone(DETROIT):%d %H:%M}" == "19 10:00"
    assert row.staff_id == cast.mona.pk
    check_accessible(page, widths=(768, 1280))


def test_on_a_phone_days_have_their_number_and_lead_on(cast: Cast, page: Page, book: Book) -> None:
    book("2037-06-17")
    book("2037-06-17", "12:00")
    sign_in(page, cast.bob)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(MONTH)
    assert overflow_of(page) <= 0
    day = page.locator("[data-drop-day='2037-06-17'] .month-day")
    expect(day).to_contain_text("2")
    expect(page.locator(".card-line").first).to_be_hidden()
    page.locator("summary", has_text="View and filters").click()
    check_accessible(page, widths=(360,))
    day.click()
    page.wait_for_url("**/calendar/?view=day&day=2037-06-17")

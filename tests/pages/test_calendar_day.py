"""The day as it passes: hours in the calendar, who arrives, what is done, paid and booked again."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from playwright.sync_api import Page, expect

from appointments.models import Appointment
from appointments.pages.board import Hours, Off, off_hours
from appointments.schedule_exceptions import create_schedule_exception
from appointments.services import book_appointment, change_appointment, create_service
from core.clock import now
from core.identity.staff import update_user
from core.tenancy.actor import Actor
from core.tenancy.services.outlets import update_outlet
from customers.models import Customer, Transaction
from customers.services.customers import create_customer
from customers.services.work import create_project, create_transaction
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

CALENDAR = "/app/calendar/"
HTMX = {"HX-Request": "true"}
DAY = "2037-06-03"
"""A Wednesday."""

NOON = dt.datetime(2037, 6, 3, 16, 0, tzinfo=dt.UTC)
WEDNESDAY = [
    {"day": "wednesday", "opens": "07:00", "closes": "12:00"},
    {"day": "wednesday", "opens": "13:00", "closes": "17:00"},
]


@pytest.fixture
def at_noon(cast: Cast, client: Client) -> Any:
    """Noon of the day in Detroit, Mona signed in."""
    with time_machine.travel(NOON, tick=False):
        client.force_login(cast.mona)
        yield client


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


@pytest.fixture
def book(actor: Actor, cast: Cast, jane: Customer) -> Callable[..., Appointment]:
    def book(start: str = "10:00", day: str = DAY, **values: Any) -> Appointment:
        slot = {"customer": jane.pk, "staff": cast.bob.pk, "day": day, "start_time": start}
        return book_appointment(actor=actor, values={**slot, **values})

    return book


def of(row: Appointment, act: str = "") -> str:
    return f"{CALENDAR}{row.pk}/{act}"


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.unscoped().get(pk=row.pk)


def labels(client: Client, row: Appointment) -> list[str]:
    return [str(step["label"]) for step in client.get(of(row)).context["steps"]]


# Hours in the calendar


def test_what_is_no_working_time_is_hatched_and_named() -> None:
    hours = Hours(opens=8, closes=18)
    working = [(540, 720), (780, 1080)]
    assert off_hours(hours, working, [((600, 660), "Dentist")]) == [
        Off(1, 4),
        Off(17, 4),
        Off(9, 4, "Dentist"),
    ]
    assert off_hours(hours, [(0, 1440)], []) == []
    assert off_hours(hours, [], [((0, 1440), "Holiday")]) == [Off(1, 40, "Holiday")]


def test_the_day_shows_hours_and_absences_and_leaves_out_who_is_not_there(
    at_noon: Client, actor: Actor, cast: Cast
) -> None:
    update_outlet(actor=actor, outlet_id=cast.outlet.pk, values={"opening_hours": WEDNESDAY})
    # who looks after the system isn't booked
    cast.sue.takes_appointments = False
    cast.sue.save()
    update_user(
        actor=actor,
        user_id=cast.mona.pk,
        values={"working_hours": [{"day": "friday", "opens": "08:00", "closes": "12:00"}]},
    )
    create_schedule_exception(
        actor=actor,
        values={"staff": cast.bob.pk, "kind": "absence", "name": "Ill", "first_day": DAY},
    )
    page = at_noon.get(CALENDAR, {"day": DAY})
    found = {column.title: column for column in page.context["columns"]}
    assert list(found) == ["Alice", "Bob"]
    hours = page.context["hours"]
    assert (hours.opens, hours.closes) == (7, 18)
    assert found["Alice"].off == [Off(21, 4), Off(41, 4)]
    assert found["Bob"].off == [Off(1, 44, "Ill")]
    text = page.content.decode()
    assert "Nothing booked. Click a time." in text
    assert "<small>Ill</small>" in text
    # the outlet is closed on Thursday
    closed = at_noon.get(CALENDAR, {"day": "2037-06-04"}).context["columns"]
    assert [column.title for column in closed] == []


def test_the_week_of_people_hatches_days_off(
    at_noon: Client, actor: Actor, cast: Cast, book: Callable[..., Appointment]
) -> None:
    for who in (cast.alice, cast.bob, cast.mona):
        book(staff=who.pk)
    book(start="09:00", staff=None)
    update_outlet(actor=actor, outlet_id=cast.outlet.pk, values={"opening_hours": WEDNESDAY})
    create_schedule_exception(
        actor=actor, values={"kind": "holiday", "name": "Founder's day", "first_day": DAY}
    )
    page = at_noon.get(CALENDAR, {"day": DAY, "view": "week"})
    rows = {row.name: row.days for row in page.context["people"]}
    assert [cell.off for cell in rows["Bob"]] == [True] * 7
    assert [list(cell.remarks) for cell in rows["Bob"]][3] == ["Founder's day"]


# One tap


def test_what_is_offered_follows_the_time(
    at_noon: Client, book: Callable[..., Appointment]
) -> None:
    later, over = book(day="2037-07-03"), book("10:00")
    soon = book("14:00")
    assert labels(at_noon, later) == ["Confirm", "Cancel"]
    assert labels(at_noon, soon) == ["Confirm", "Arrived", "Cancel"]
    assert labels(at_noon, over) == ["Arrived", "Done", "No-show", "Cancel"]
    assert at_noon.post(of(soon, "arrived/")).status_code == 302
    assert fresh(soon).arrived_at == now()
    assert labels(at_noon, soon) == ["Done", "Cancel"]
    at_noon.post(of(over, "status/completed/"))
    assert labels(at_noon, over) == ["Reopen"]


def test_a_tap_in_the_calendar_says_so_and_has_it_asked_for_anew(
    at_noon: Client, book: Callable[..., Appointment]
) -> None:
    row = book()
    shown = at_noon.get(of(row, "glance/"), headers=HTMX).content.decode()
    for part in ("Jane Smith1", "(248) 555-0001", "No-show", "Payment and next appointment"):
        assert part in shown
    answer = at_noon.post(of(row, "arrived/"), headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "calendar-changed")
    text = answer.content.decode()
    assert "Jane Smith1 is here." in text
    # its button takes it back
    undo = re.search(r'action="([^"]+)"', text)
    assert undo
    at_noon.post(undo[1].replace("&amp;", "&"))
    assert fresh(row).arrived_at is None


def test_booking_again_knows_who_what_and_where(
    at_noon: Client, actor: Actor, cast: Cast, book: Callable[..., Appointment], jane: Customer
) -> None:
    cut = create_service(actor=actor, values={"name": "Cut"})
    row = book(service=cut.pk, outlet=cast.outlet.pk)
    form = at_noon.get(at_noon.get(of(row)).context["rebook"]).context["form"]
    known = {name: str(form[name].value()) for name in ("customer", "service", "staff", "outlet")}
    assert known == {
        "customer": str(jane.pk),
        "service": str(cut.pk),
        "staff": str(cast.bob.pk),
        "outlet": str(cast.outlet.pk),
    }


# Done, paid, booked again


def test_done_paid_and_booked_again_in_one_step(
    at_noon: Client, actor: Actor, book: Callable[..., Appointment], jane: Customer
) -> None:
    cut = create_service(actor=actor, values={"name": "Cut", "price": "40"})
    row = book(service=cut.pk)
    form = at_noon.get(of(row, "finish/")).context["form"]
    assert (form["price"].value(), form["paid"].value()) == ("40.00", "40.00")
    answer = at_noon.post(of(row, "finish/"), {"price": "45", "paid": "45", "again": "4"})
    again = Appointment.objects.unscoped().exclude(pk=row.pk).get()
    assert answer["Location"] == of(again)
    assert (fresh(row).status, fresh(row).price) == ("completed", Decimal(45))
    assert again.start_at == row.start_at + dt.timedelta(weeks=4)
    assert (again.service_id, again.staff_id, again.status) == (cut.pk, row.staff_id, "pending")
    paid = Transaction.objects.unscoped().get()
    assert (paid.gross_amount, paid.status, paid.description) == (45, "completed", "Cut")


def test_what_was_paid_may_be_for_a_project_of_the_customer(
    at_noon: Client, actor: Actor, book: Callable[..., Appointment], jane: Customer
) -> None:
    row = book()
    assert "project" not in at_noon.get(of(row, "finish/")).context["form"].fields
    roof = create_project(actor=actor, values={"customer": jane, "name": "Roof"})
    sent = {"price": "45", "paid": "45", "project": str(roof.pk)}
    at_noon.post(of(row, "finish/"), sent)
    assert Transaction.objects.unscoped().get().project == roof


def test_a_payment_for_what_is_done_leads_back_to_it_and_to_the_next(
    at_noon: Client, actor: Actor, cast: Cast, book: Callable[..., Appointment]
) -> None:
    cut = create_service(actor=actor, values={"name": "Cut", "price": "40"})
    row = book(service=cut.pk)
    assert at_noon.get(of(row)).context["record"] == ""
    at_noon.post(of(row, "status/completed/"))
    where = at_noon.get(of(row)).context["record"]
    form = at_noon.get(where).context["form"]
    assert (form["gross_amount"].value(), form["description"].value()) == ("40.00", "Cut")
    sent = {"gross_amount": "40", "currency_code": "USD", "status": "completed"}
    assert at_noon.post(where, sent)["Location"] == of(row)
    assert Transaction.objects.unscoped().get().gross_amount == 40
    assert "Book again" in at_noon.get(of(row)).content.decode()
    elsewhere = where.split("next=")[0] + "next=https://evil.example/"
    assert at_noon.post(elsewhere, sent)["Location"].startswith("/app/customers/")
    at_noon.force_login(cast.bob)
    assert at_noon.get(of(row)).context["record"] == ""


def test_nothing_is_half_done_when_the_next_one_cannot_be(
    at_noon: Client, book: Callable[..., Appointment]
) -> None:
    row, other = book(), book(day="2037-07-01")
    sent = {"price": "45", "paid": "45", "again": "4"}
    answer = at_noon.post(of(row, "finish/"), sent)
    assert answer.status_code == 422
    assert "Bob is with Jane Smith1 then" in answer.context["form"].errors["again"][0]
    assert fresh(row).status == "pending"
    assert not Transaction.objects.unscoped().exists()
    assert Appointment.objects.unscoped().count() == 2
    # a closed day is asked about
    sunday = book(day="2037-05-31", start="07:00")
    asked = at_noon.post(of(sunday, "finish/"), {**sent, "again": "1"})
    assert "This is outside the opening hours." in asked.content.decode()
    assert fresh(other).status == "pending"


def test_who_may_not_record_payments_finishes_without(
    at_noon: Client, cast: Cast, book: Callable[..., Appointment]
) -> None:
    row = book(price="40")
    at_noon.force_login(cast.bob)
    assert "paid" not in at_noon.get(of(row, "finish/")).context["form"].fields
    at_noon.post(of(row, "finish/"), {"price": "40", "paid": "40"})
    assert fresh(row).status == "completed"
    assert not Transaction.objects.unscoped().exists()


# On paper


def test_the_day_sheet_lists_each_persons_day_with_its_takings(
    at_noon: Client, actor: Actor, cast: Cast, book: Callable[..., Appointment], jane: Customer
) -> None:
    done = book("09:00", price="40", notes="Bring a ladder")
    change_appointment(actor=actor, appointment_id=done.pk, values={"status": "completed"})
    book("11:00", price="60")
    book("09:00", staff=cast.mona.pk)
    create_transaction(
        actor=actor,
        values={
            "customer": jane.pk,
            "gross_amount": 35,
            "status": "completed",
            "created_at": NOON.isoformat(),
        },
    )
    page = at_noon.get(f"{CALENDAR}day-sheet/", {"day": DAY})
    sheets = page.context["sheets"]
    assert [(sheet.name, len(sheet.cards), sheet.booked, sheet.done) for sheet in sheets] == [
        ("Bob", 2, 100, 40),
        ("Mona", 1, 0, 0),
    ]
    assert (page.context["booked"], page.context["done"]) == (100, 40)
    assert page.context["payments"] == [("USD", 35)]
    text = page.content.decode()
    for shown in ("Bring a ladder", "(248) 555-0001", "9:00 AM – 10:00 AM", "$100 /"):
        assert shown in text
    alone = at_noon.get(f"{CALENDAR}day-sheet/", {"day": DAY, "staff": str(cast.mona.pk)})
    assert [sheet.name for sheet in alone.context["sheets"]] == ["Mona"]
    at_noon.force_login(cast.bob)
    assert at_noon.get(f"{CALENDAR}day-sheet/", {"day": DAY}).context["payments"] is None


def test_one_looks_at_an_appointment_over_the_calendar_and_confirms_it(
    cast: Cast, page: Page, book: Callable[..., Appointment]
) -> None:
    row = book()
    sign_in(page, cast.bob)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"{CALENDAR}?day={DAY}")
    page.locator(f"[href='{of(row)}'].card-at").click()
    expect(page.locator("#glance")).to_contain_text("Jane Smith1")
    check_accessible(page, widths=(360, 1280))
    page.locator("#glance button", has_text="Confirm").click()
    expect(page.locator(".toast")).to_contain_text("Confirmed.")
    expect(page.locator("#glance")).to_have_count(0)
    expect(page.locator(f"[href='{of(row)}'].card-at")).to_contain_text("Confirmed")


def test_an_appointment_is_looked_at_from_its_customer_whose_draft_stays(
    cast: Cast, page: Page, jane: Customer, book: Callable[..., Appointment]
) -> None:
    row = book()
    sign_in(page, cast.bob)
    page.goto(f"/app/customers/{jane.pk}/appointments/")
    page.locator("#composer textarea").fill("A draft")
    page.locator("#tab [data-glance]").click()
    page.locator("#glance button", has_text="Confirm").click()
    expect(page.locator("#tab")).to_contain_text("Confirmed")
    expect(page.locator("#figures")).to_contain_text("Confirmed")
    expect(page.locator("#composer textarea")).to_have_value("A draft")
    assert fresh(row).status == "confirmed"


def test_the_pages_of_a_day_are_accessible(
    cast: Cast, actor: Actor, page: Page, book: Callable[..., Appointment]
) -> None:
    row = book(price="40")
    create_schedule_exception(
        actor=actor,
        values={
            "staff": cast.bob.pk,
            "kind": "absence",
            "name": "Dentist",
            "first_day": DAY,
            "start_time": "13:00",
            "end_time": "15:00",
        },
    )
    sign_in(page, cast.mona)
    for address in (
        f"{CALENDAR}?day={DAY}",
        f"{CALENDAR}day-sheet/?day={DAY}",
        of(row, "finish/"),
    ):
        page.goto(address)
        check_accessible(page, widths=(360, 1280))

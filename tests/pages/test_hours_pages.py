"""Hours, closures and absences on the pages of the settings, and asked about while booking."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from appointments.models import Appointment, ScheduleException, Service
from core.identity.models import User
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.tenancy.services.outlets import update_outlet
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

EXCEPTIONS = "/app/settings/schedule-exceptions/"
WEEK = [{"day": "monday", "opens": "08:00", "closes": "24:00"}]


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


def test_an_outlets_hours_are_typed_kept_and_emptied(alice: Client, cast: Cast) -> None:
    address = f"/app/settings/outlets/{cast.outlet.pk}/"
    sent = {
        "name": "Downtown",
        "time_zone": "America/Detroit",
        "opening_hours-monday-opens": ["08:00", "13:00"],
        "opening_hours-monday-closes": ["12:00", "00:00"],
        "opening_hours-tuesday-opens": ["", ""],
        "opening_hours-tuesday-closes": ["", ""],
    }
    assert alice.post(address, sent).status_code == 302
    outlet = Outlet.objects.unscoped().get(pk=cast.outlet.pk)
    assert outlet.opening_hours == [
        {"day": "monday", "opens": "08:00", "closes": "12:00"},
        {"day": "monday", "opens": "13:00", "closes": "24:00"},
    ]
    # shown as they were typed, and saved again no change
    week = alice.get(address).context["form"]["opening_hours"]
    assert week.field.week(week.value())[0]["pairs"] == [("08:00", "12:00"), ("13:00", "00:00")]
    alice.post(address, sent)
    assert Outlet.objects.unscoped().get(pk=outlet.pk).version == outlet.version
    times = {name: "" for name in sent if "hours" in name}
    alice.post(address, {**sent, **times})
    assert Outlet.objects.unscoped().get(pk=outlet.pk).opening_hours is None


@pytest.mark.parametrize(
    ("opens", "closes", "message"),
    [
        (["12:00"], ["08:00"], "Each span of hours must close after it opens."),
        (["12:00"], [""], "Each span of hours must close after it opens."),
        (["08:00", "11:00"], ["12:00", "13:00"], "Two spans of a day overlap."),
    ],
)
def test_hours_that_are_none_stay_as_they_were_typed(
    alice: Client, cast: Cast, opens: list[str], closes: list[str], message: str
) -> None:
    answer = alice.post(
        f"/app/settings/people/{cast.bob.pk}/",
        {
            "email": "bob@acme.test",
            "role": "staff",
            "working_hours-friday-opens": opens,
            "working_hours-friday-closes": closes,
        },
    )
    assert answer.status_code == 422
    bound = answer.context["form"]["working_hours"]
    assert bound.errors == [message]
    pairs = bound.field.week(bound.value())[4]["pairs"]
    assert pairs[: len(opens)] == list(zip(opens, closes, strict=True))
    assert User.objects.unscoped().get(pk=cast.bob.pk).working_hours is None


def test_two_who_change_the_hours_at_once_see_both(alice: Client, actor: Actor, cast: Cast) -> None:
    address = f"/app/settings/outlets/{cast.outlet.pk}/"
    seen = alice.get(address).context["form"]["seen"].value()
    update_outlet(actor=actor, outlet_id=cast.outlet.pk, values={"opening_hours": WEEK})
    sent = {
        "name": "Downtown",
        "time_zone": "America/Detroit",
        "seen": seen,
        "opening_hours-friday-opens": "08:00",
        "opening_hours-friday-closes": "12:00",
    }
    answer = alice.post(address, sent)
    assert answer.status_code == 409
    (clash,) = answer.context["form"].clashes
    assert (clash.theirs, clash.yours) == ("monday 08:00-24:00", "friday 08:00-12:00")
    again = {**sent, "seen": answer.context["form"]["seen"].value(), "keep-opening_hours": "theirs"}
    assert alice.post(address, again).status_code == 302
    assert Outlet.objects.unscoped().get(pk=cast.outlet.pk).opening_hours == WEEK


def test_an_absence_is_written_down_changed_and_deleted(
    alice: Client, cast: Cast, client: Client
) -> None:
    client.force_login(cast.mona)
    sent = {
        "whose": f"staff:{cast.bob.pk}",
        "kind": "absence",
        "name": "At the dentist",
        "first_day": "2037-06-03",
        "start_time": "10:00",
        "end_time": "12:00",
    }
    assert client.post(f"{EXCEPTIONS}new/", sent).status_code == 302
    row = ScheduleException.objects.unscoped().get()
    assert (row.staff_id, row.last_day) == (cast.bob.pk, row.first_day)
    page = client.get(EXCEPTIONS).content.decode()
    for shown in ("Jun 3, 2037 · 10:00 AM – 12:00 PM", "Bob", "Absence", "At the dentist"):
        assert shown in page
    address = f"{EXCEPTIONS}{row.pk}/"
    moved = {**sent, "whose": f"outlet:{cast.outlet.pk}", "start_time": "", "end_time": ""}
    assert client.post(address, moved).status_code == 302
    row.refresh_from_db()
    assert (row.staff_id, row.outlet_id, row.start_time) == (None, cast.outlet.pk, None)
    wrong = {**moved, "last_day": "2037-06-01"}
    assert client.post(address, wrong).context["form"].errors == {
        "last_day": ["The end must come after the beginning."]
    }
    assert client.post(f"{address}delete/").status_code == 302
    assert not ScheduleException.objects.unscoped().exists()
    # staff see them, and change none
    client.force_login(cast.bob)
    assert client.get(EXCEPTIONS).status_code == 200
    assert client.post(f"{EXCEPTIONS}new/", sent).status_code == 403


def test_booking_outside_the_hours_is_asked_about(cast: Cast, actor: Actor, client: Client) -> None:
    jane = create_customer(actor=actor, values=customer_values())
    update_outlet(actor=actor, outlet_id=cast.outlet.pk, values={"opening_hours": WEEK})
    client.force_login(cast.bob)
    sent = {
        "customer": str(jane.pk),
        "outlet": str(cast.outlet.pk),
        "day": "2037-06-03",  # a Wednesday
        "start_time": "10:00",
    }
    answer = client.post("/app/calendar/book/", sent)
    assert answer.status_code == 422
    assert "This is outside the opening hours." in answer.content.decode()
    assert not Appointment.objects.unscoped().exists()
    assert client.post("/app/calendar/book/", {**sent, "anyway": "closed"}).status_code == 302
    # what stands outside is changed without being asked again
    row = Appointment.objects.unscoped().get()
    form = client.get(f"/app/calendar/{row.pk}/").context["form"]
    same = {bound.html_name: str(bound.value() or "") for bound in form} | {"price": "0"}
    times = {"day": "2037-06-03", "start_time": "10:00", "end_time": "11:00", "notes": "x"}
    assert client.post(f"/app/calendar/{row.pk}/", {**same, **times}).status_code == 302


def test_a_services_buffers_are_typed(alice: Client) -> None:
    sent = {
        "name": "Roof",
        "duration_minutes": "60",
        "price": "0",
        "buffer_before_minutes": "15",
        "buffer_after_minutes": "1500",
    }
    answer = alice.post("/app/settings/services/new/", sent)
    assert answer.context["form"].errors == {"buffer_after_minutes": ["At most 1440."]}
    alice.post("/app/settings/services/new/", {**sent, "buffer_after_minutes": ""})
    row = Service.objects.unscoped().get()
    assert (row.buffer_before_minutes, row.buffer_after_minutes) == (15, 0)


def test_hours_and_absences_are_typed_without_scripts(cast: Cast, without_javascript: Page) -> None:
    page = without_javascript
    sign_in(page, cast.alice)
    page.goto(f"/app/settings/outlets/{cast.outlet.pk}/")
    page.get_by_label("Monday, from (1)").fill("08:00")
    page.get_by_label("Monday, to (1)").fill("12:30")
    page.click("button:has-text('Save')")
    page.goto(f"{EXCEPTIONS}new/")
    page.select_option("[name=whose]", label="Bob")
    page.fill("[name=first_day]", "2037-06-03")
    page.click("main button:has-text('Add')")
    expect(page.locator("table")).to_contain_text("Bob")
    assert Outlet.objects.unscoped().get(pk=cast.outlet.pk).opening_hours == [
        {"day": "monday", "opens": "08:00", "closes": "12:30"}
    ]


def test_the_pages_of_hours_are_accessible(cast: Cast, page: Page) -> None:
    sign_in(page, cast.alice)
    page.goto(f"/app/settings/people/{cast.bob.pk}/")
    check_accessible(page)
    page.goto(f"{EXCEPTIONS}new/")
    check_accessible(page, widths=(360, 1280))

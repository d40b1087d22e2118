"""
Without a connection: nothing pretends to be saved, nothing that was typed is lost, and what can't
be read is seen to be old.
"""

import datetime as dt

import pytest
from playwright.sync_api import Page, Route, expect

from appointments.services import book_appointment
from core.clock import now
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from interactions.services import open_conversation
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

LIST = "/app/customers/"
UNSENT = "No connection. Not saved."


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


def test_a_save_in_place_says_so_keeps_the_text_and_works_again(
    cast: Cast, page: Page, jane: Customer
) -> None:
    sign_in(page, cast.alice)
    page.goto(f"{LIST}{jane.pk}/")
    page.locator("#group-names .btn, [id^=group-] a.btn").first.click()
    field = page.locator("[name=first_name]")
    field.fill("Janet")
    page.context.set_offline(True)
    page.locator("form:has([name=first_name]) button", has_text="Save").click()
    expect(page.locator(".toast-error")).to_contain_text(UNSENT)
    expect(page.locator("#offline")).to_be_visible()
    expect(field).to_have_value("Janet")
    check_accessible(page, widths=(360, 1280))
    page.context.set_offline(False)
    page.locator("form:has([name=first_name]) button", has_text="Save").click()
    expect(page.locator("h1")).to_contain_text("Janet")
    expect(page.locator("#offline")).to_be_hidden()
    jane.refresh_from_db()
    assert jane.first_name == "Janet"


def test_a_list_that_can_not_be_read_is_dimmed_and_read_again_later(
    cast: Cast, page: Page, actor: Actor, jane: Customer
) -> None:
    create_customer(actor=actor, values=customer_values(2, first_name="Hannah"))
    sign_in(page, cast.alice)
    page.goto(LIST)
    # the server alone is away: a browser back online would read again by itself
    page.route("**/app/customers/**", lambda route: route.abort())
    page.locator("main [data-search]").press_sequentially("hannah")
    expect(page.locator("#results.stale")).to_contain_text("Jane")
    expect(page.locator("#offline")).to_be_visible()
    page.unroute("**/app/customers/**")
    page.locator("[data-read-again]").click()
    expect(page.locator("#results")).not_to_contain_text("Jane")
    expect(page.locator("#results")).to_contain_text("Hannah")
    expect(page.locator(".stale")).to_have_count(0)
    expect(page.locator("#offline")).to_be_hidden()


def test_a_message_that_can_not_be_sent_stays_in_its_box(
    cast: Cast, page: Page, actor: Actor, jane: Customer
) -> None:
    thread = open_conversation(actor=actor, values={"customer": jane.pk, "channel": "sms"})
    sign_in(page, cast.bob)
    page.goto(f"/app/conversations/{thread.pk}/")
    box = page.locator("textarea[name=body]")
    box.fill("We come on Tuesday")
    page.context.set_offline(True)
    page.locator(".composer .btn-primary").click()
    expect(page.locator(".toast-error")).to_contain_text(UNSENT)
    expect(box).to_have_value("We come on Tuesday")
    page.context.set_offline(False)
    page.locator(".composer .btn-primary").click()
    expect(page.locator(".said-body")).to_have_text("We come on Tuesday")
    expect(page.locator(".said-body")).to_have_count(1)


def test_an_appointment_that_can_not_be_moved_stays_where_it_was(
    cast: Cast, page: Page, actor: Actor, jane: Customer
) -> None:
    tomorrow = (now() + dt.timedelta(days=2)).date().isoformat()
    values = {"customer": jane.pk, "staff": cast.bob.pk, "day": tomorrow, "start_time": "10:00"}
    row = book_appointment(actor=actor_of(cast.alice), values=values)
    sign_in(page, cast.bob)
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.goto(f"/app/calendar/?day={tomorrow}")
    card, column = page.locator(".card-at"), page.locator(f"[data-staff='{cast.mona.pk}']")
    page.context.set_offline(True)
    card.drag_to(column.locator(".slot[href*='time=13:00']"), target_position={"x": 30, "y": 8})
    expect(page.locator(".toast-error")).to_contain_text(UNSENT)
    expect(column.locator(".card-at")).to_have_count(0)
    before = row.start_at
    row.refresh_from_db()
    assert (row.start_at, row.staff_id) == (before, cast.bob.pk)


def test_no_answer_in_time_says_that_nobody_knows(cast: Cast, page: Page, jane: Customer) -> None:
    sign_in(page, cast.alice)
    page.goto(f"{LIST}{jane.pk}/")
    page.evaluate("htmx.config.timeout = 200")

    def never(route: Route) -> None:
        """Leaves the request without an answer."""

    page.route("**/tags/**", never)
    page.locator(".add-tag [name=tag]").fill("roof")
    page.locator(".add-tag [name=tag]").press("Enter")
    expect(page.locator(".toast-error")).to_contain_text("No answer.")
    page.unroute_all(behavior="ignoreErrors")

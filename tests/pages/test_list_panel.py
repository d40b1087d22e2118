"""A customer beside the list, and what a row offers to do."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from appointments.services import book_appointment
from core.clock import now
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.management import block_customer
from interactions.services import log_interaction
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, overflow_of, sign_in

LIST = "/app/customers/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def admin(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


def grown(actor: Actor, number: int) -> list[Customer]:
    return [
        create_customer(actor=actor, values=customer_values(each + 1)) for each in range(number)
    ]


def panel_of(row: Customer) -> str:
    return f"{LIST}{row.pk}/panel/"


def actions(client: Client, query: str = "") -> dict[str, str]:
    (row,) = client.get(LIST + query).context["rows"]
    return {action.label: action.url for action in row["actions"]}


def test_the_panel_says_who_it_is_and_what_is_next(alice: Client, admin: Actor) -> None:
    (jane,) = grown(admin, 1)
    start = now() + dt.timedelta(days=2)
    visit = {"customer": jane.pk, "start_at": start, "end_at": start + dt.timedelta(hours=1)}
    book_appointment(actor=admin, values=visit)
    log_interaction(
        actor=admin, values={"customer": jane.pk, "type": "phone_call", "notes": "Wants a quote."}
    )
    answer = alice.get(panel_of(jane) + "?list=sort%3Dname", headers=HTMX)
    text = " ".join(answer.content.decode().split())
    for shown in ("Jane Smith1", "jane1@example.com", "Wants a quote.", "Log a call"):
        assert shown in text, shown
    assert "<html" not in text
    assert "None booked" not in text
    assert answer.context["row"]["url"] == f"{LIST}{jane.pk}/?list=sort%3Dname"


def test_it_costs_the_same_however_much_happened(alice: Client, admin: Actor) -> None:
    (jane,) = grown(admin, 1)
    alice.get(panel_of(jane), headers=HTMX)
    asked = []
    for more in (6, 12):
        for _each in range(more):
            log_interaction(actor=admin, values={"customer": jane.pk, "type": "phone_call"})
        with CaptureQueriesContext(connection) as queries:
            assert alice.get(panel_of(jane), headers=HTMX).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_without_a_script_it_is_the_customers_page(alice: Client, admin: Actor) -> None:
    (jane,) = grown(admin, 1)
    answer = alice.get(panel_of(jane) + "?list=sort%3Dname")
    assert answer["Location"] == f"{LIST}{jane.pk}/?list=sort%3Dname"


def test_nobody_of_another_organization_is_shown(alice: Client, cast: Cast) -> None:
    (theirs,) = grown(actor_of(cast.charlie), 1)
    assert alice.get(panel_of(theirs), headers=HTMX).status_code == 404
    shown = alice.get(f"{LIST}?open={theirs.pk}")
    assert "Jane Smith1" not in shown.content.decode()


@pytest.mark.parametrize("asked", ["nonsense", ""])
def test_an_address_that_opens_nobody_shows_the_list(alice: Client, asked: str) -> None:
    assert alice.get(f"{LIST}?open={asked}").context["opened"] == ""


def test_a_row_offers_what_can_be_done_and_keeps_the_list(alice: Client, admin: Actor) -> None:
    values = customer_values(1, whatsapp_number="+12485550009")
    jane = create_customer(actor=admin, values=values)
    assert actions(alice, "?sort=name") == {
        "Call": f"tel:{jane.phone}",
        "Log a call": f"{LIST}{jane.pk}/log/?type=phone_call&list=sort%3Dname",
        "Book": f"/app/calendar/book/?customer={jane.pk}",
        "WhatsApp": "https://wa.me/12485550009",
        "E-mail": "mailto:jane1@example.com",
    }
    for address in (actions(alice)["Log a call"], actions(alice)["Book"]):
        assert alice.get(address).status_code == 200


def test_nobody_is_led_to_write_to_a_blocked_customer(alice: Client, admin: Actor) -> None:
    (jane,) = grown(admin, 1)
    block_customer(actor=admin, customer_id=jane.pk, values={"is_blocked": True})
    assert {label for label, url in actions(alice).items() if url} == {"Log a call", "Book"}


# With a browser


def test_the_panel_follows_the_keys_and_gives_the_focus_back(
    cast: Cast, admin: Actor, page: Page
) -> None:
    people = grown(admin, 3)
    sign_in(page, cast.alice)
    page.goto(LIST + "?sort=name")
    page.keyboard.press("j")
    page.keyboard.press("p")
    title = page.locator("#panel-title")
    expect(title).to_have_text("Jane Smith1")
    page.keyboard.press("j")
    expect(title).to_have_text("Jane Smith2")
    page.wait_for_url(f"**/?sort=name&open={people[1].pk}")
    check_accessible(page)
    page.reload()
    expect(title).to_have_text("Jane Smith2")
    page.keyboard.press("Escape")
    expect(title).to_have_count(0)
    expect(page.locator("tbody tr").nth(1)).to_be_focused()
    page.wait_for_url("**/?sort=name")


def test_a_click_on_the_preview_leads_into_the_panel(cast: Cast, admin: Actor, page: Page) -> None:
    grown(admin, 2)
    sign_in(page, cast.alice)
    page.goto(LIST + "?sort=name")
    row = page.locator("tbody tr").first
    row.hover()
    row.locator("[data-preview]").click()
    expect(page.locator("#panel-title")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#panel-title")).to_have_text("Jane Smith2")
    expect(page.locator("#panel-title")).to_be_focused()
    page.locator("[data-close-panel]").click()
    expect(page.locator("tbody tr").nth(1)).to_be_focused()


def test_buttons_lead_to_the_neighbours(cast: Cast, admin: Actor, page: Page) -> None:
    people = grown(admin, 2)
    sign_in(page, cast.alice)
    page.goto(f"{LIST}?sort=name&open={people[0].pk}")
    title = page.locator("#panel-title")
    expect(title).to_have_text("Jane Smith1")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(title).to_have_text("Jane Smith2")
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Previous", exact=True).click()
    expect(title).to_have_text("Jane Smith1")
    page.goto(f"{LIST}?search=nobody&open={people[0].pk}")
    expect(title).to_have_text("Jane Smith1")
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_hidden()
    page.keyboard.press("Escape")
    expect(title).to_have_count(0)


def test_a_search_leaves_the_panel_open(cast: Cast, admin: Actor, page: Page) -> None:
    people = grown(admin, 2)
    sign_in(page, cast.alice)
    page.goto(f"{LIST}?open={people[0].pk}")
    expect(page.locator("#panel-title")).to_have_text("Jane Smith1")
    page.locator("main [data-search]").fill("smith1")
    page.wait_for_url(f"**/?search=smith1&open={people[0].pk}")
    expect(page.locator("tbody tr[data-opened]")).to_have_count(1)


def test_on_a_phone_a_row_is_a_small_card_with_two_actions(
    cast: Cast, admin: Actor, page: Page
) -> None:
    grown(admin, 2)
    sign_in(page, cast.alice)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(LIST)
    card = page.locator("tbody tr").first
    assert (card.bounding_box() or {})["height"] < 190
    assert overflow_of(page) <= 0
    shown = [link.get_attribute("title") for link in card.locator(".row-acts a:visible").all()]
    assert shown == ["Call", "Log a call"]
    for link in card.locator(".row-acts a:visible").all():
        assert (link.bounding_box() or {})["height"] >= 44


def test_without_scripts_the_preview_leads_to_the_customer(
    cast: Cast, admin: Actor, without_javascript: Page
) -> None:
    (jane,) = grown(admin, 1)
    sign_in(without_javascript, cast.alice)
    without_javascript.goto(LIST)
    without_javascript.locator("tbody tr").hover()
    without_javascript.locator("[data-preview]").click()
    without_javascript.wait_for_url(f"**/app/customers/{jane.pk}/")

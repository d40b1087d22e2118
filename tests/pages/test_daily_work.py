"""
A day at the desk, from the sign-in page to the file that is taken home: with a mouse, with the
keyboard alone, without scripts.
"""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from appointments.models import Appointment
from core.identity.models import User
from core.jobs.models import Job
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from interactions.models import Conversation, Interaction
from interactions.services import add_message, open_conversation
from tests.background import run
from tests.cast import PASSWORD, Cast, customer_values
from tests.pages.browsing import sign_in

CUSTOMERS = "/app/customers/"
DAY = "2030-06-03"


@pytest.fixture(autouse=True)
def _files_apart(settings: Any, tmp_path: Path) -> None:
    storages = {**django_settings.STORAGES}
    storages["exports"] = {
        **storages["exports"],
        "OPTIONS": {**storages["exports"]["OPTIONS"], "location": str(tmp_path / "exports")},
    }
    settings.STORAGES = storages
    settings.EXPORT_WORKPLACE = tmp_path / "exporting"


@pytest.fixture
def jane(actor: Actor) -> Customer:
    """One of three, who can be told apart by their phones."""
    return [
        create_customer(actor=actor, values=customer_values(number, city="Novi"))
        for number in (3, 2, 1)
    ][-1]


@pytest.fixture
def thread(actor: Actor, jane: Customer) -> Conversation:
    opened = open_conversation(
        actor=actor, values={"customer": jane.pk, "channel": "whatsapp", "subject": "Leak"}
    )
    add_message(
        actor=actor, conversation_id=opened.pk, values={"direction": "inbound", "body": "Any news?"}
    )
    return opened


@pytest.fixture
def another(chromium: Browser, live_server: Any) -> Iterator[Callable[[User], Page]]:
    """Somebody else's browser."""
    contexts: list[BrowserContext] = []

    def another(user: User) -> Page:
        contexts.append(chromium.new_context(base_url=live_server.url, locale="en-US"))
        page = contexts[-1].new_page()
        sign_in(page, user)
        return page

    yield another
    for context in contexts:
        context.close()


def through_the_front_door(page: Page, email: str) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today")


def found_by_phone(page: Page, typed: str) -> None:
    page.goto(CUSTOMERS)
    page.locator("main").get_by_role("searchbox").fill(typed)
    page.locator("main").get_by_role("searchbox").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Jane Smith1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Jane Smith1")


def the_job() -> Job:
    return Job.objects.unscoped().get(kind="export")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_day_at_the_desk(
    cast: Cast,
    jane: Customer,
    thread: Conversation,
    page: Page,
    another: Callable[[User], Page],
    tmp_path: Path,
) -> None:
    through_the_front_door(page, cast.mona.email)
    found_by_phone(page, "(248) 555-0001")
    at_jane = page.url

    page.goto(CUSTOMERS)
    page.get_by_role("link", name="New customer").click()
    page.get_by_label("First name").fill("Zoë")
    page.get_by_role("button", name="More fields").click()
    page.wait_for_url("**/customers/new/")
    page.get_by_label("City").fill("Troy")
    page.get_by_role("button", name="Add the customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoë")

    page.goto(at_jane)
    colleague = another(cast.alice)
    colleague.goto(at_jane)
    for browser, name in ((page, "Janet"), (colleague, "Janice")):
        browser.get_by_role("link", name="Edit: Contact").click()
        browser.get_by_label("First name").fill(name)
    colleague.get_by_role("button", name="Save").click()
    expect(colleague.get_by_role("heading", level=1)).to_have_text("Janice Smith1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Someone else changed the same fields")
    page.get_by_role("radio", name="Theirs").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Janice Smith1")

    page.get_by_role("link", name="Log a call").click()
    page.get_by_label("Notes").fill("Wants a roof")
    page.get_by_role("button", name="Log", exact=True).click()
    expect(page.locator(".timeline")).to_contain_text("Wants a roof")

    expect(page.locator("#fact-segment")).to_contain_text("Standard")
    page.locator(".customer-actions summary").click()
    page.get_by_role("link", name="Add project").click()
    page.get_by_label("Name").fill("New roof")
    page.get_by_label("Amount").fill("60000")
    page.get_by_role("button", name="Create the project").click()
    expect(page.locator("#fact-segment")).to_contain_text("Premium")
    expect(page.locator(".value-main")).to_contain_text("$60,000")

    page.get_by_role("link", name="Book", exact=True).click()
    page.get_by_label("Day", exact=True).fill(DAY)
    page.get_by_label("With").select_option(str(cast.bob.pk))
    page.locator(".free").get_by_role("link", name="9:30", exact=False).click()
    page.locator("main").get_by_role("button", name="Book").click()
    expect(page.locator(".page-head")).to_contain_text("9:30")
    page.click("summary:has-text('Move or change')")
    page.get_by_label("Starts", exact=True).fill("14:00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".page-head")).to_contain_text("2:00 PM – 3:00 PM")

    page.get_by_role("link", name="Conversations").first.click()
    page.locator("a.line", has_text="Any news?").click()
    page.get_by_role("button", name="Resolve").click()
    expect(page.locator(".toast")).to_contain_text("Resolved.")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()

    page.goto(CUSTOMERS + "?city=Novi")
    page.locator(".page-head summary").click()
    page.get_by_role("link", name="Export these 3").click()
    page.get_by_text("CSV", exact=True).click()
    page.get_by_role("button", name="Start the export").click()
    expect(page.locator("#job")).to_contain_text("Waiting")
    run(the_job().pk)
    expect(page.locator("#job")).to_contain_text("3 rows")
    with page.expect_download() as got:
        page.get_by_role("link", name="Download").click()
    got.value.save_as(tmp_path / "taken-home.csv")
    taken_home = {
        (row["First name"], row["E-mail"]) for row in rows_of(tmp_path / "taken-home.csv")
    }
    assert taken_home == {
        ("Janice", "jane1@example.com"),
        ("Jane", "jane2@example.com"),
        ("Jane", "jane3@example.com"),
    }


def test_the_keyboard_alone_signs_in_finds_edits_and_logs(
    cast: Cast, jane: Customer, page: Page
) -> None:
    def until(name: str) -> None:
        """Presses Tab until what has the focus is called so."""
        for _ in range(60):
            if (
                page.evaluate(
                    "(document.activeElement.innerText || document.activeElement.value || "
                    "'').trim()"
                )
                == name
            ):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"no way to {name}")

    page.goto("/")
    expect(page.locator("[name=email]")).to_be_focused()
    page.keyboard.type(cast.mona.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/today/")
    page.keyboard.press("/")
    page.keyboard.type("248 555 0001")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    until("Jane Smith1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Jane Smith1")
    until("Edit: Contact")
    page.keyboard.press("Enter")
    expect(page.get_by_label("First name")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Janet")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Janet Smith1")
    until("Log a call")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Notes")).to_be_focused()
    page.keyboard.type("Wants a quote")
    until("Log")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Wants a quote")


def test_without_scripts_one_signs_in_finds_creates_edits_logs_books_and_exports(
    cast: Cast, jane: Customer, without_javascript: Page
) -> None:
    page = without_javascript
    through_the_front_door(page, cast.mona.email)
    found_by_phone(page, "248-555-0001")
    at_jane = page.url

    page.get_by_role("link", name="Edit: Address").click()
    page.get_by_label("City").fill("Flint")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".customer-fields")).to_contain_text("Flint")

    page.get_by_role("link", name="Log a call").click()
    page.get_by_label("Notes").fill("Rang back")
    page.get_by_role("button", name="Log", exact=True).click()
    assert Interaction.objects.unscoped().get().notes == "Rang back"

    page.goto(at_jane)
    page.get_by_role("link", name="Book", exact=True).click()
    page.get_by_label("Day", exact=True).fill(DAY)
    page.get_by_label("Starts", exact=True).fill("09:30")
    page.locator("main").get_by_role("button", name="Book").click()
    assert Appointment.objects.unscoped().get().customer_id == jane.pk

    page.goto(CUSTOMERS)
    page.get_by_role("link", name="New customer").click()
    page.get_by_label("First name").fill("Zoë")
    page.get_by_role("button", name="Add the customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Zoë")

    page.goto(CUSTOMERS)
    page.locator(".page-head summary").click()
    page.get_by_role("link", name="Export these 4").click()
    page.get_by_role("button", name="Start the export").click()
    expect(page.locator("#job")).to_contain_text("Waiting")
    run(the_job().pk)
    page.get_by_role("link", name="Refresh").click()
    expect(page.locator("#job")).to_contain_text("4 rows")

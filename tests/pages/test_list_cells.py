"""Values edited in the cells of the customers' list."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

LIST = "/app/customers/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1, city="Detroit"))


@pytest.fixture
def mona(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.mona)
    return client


def cell(row: Customer, field: str, query: str = "columns%3Dcity") -> str:
    return f"{LIST}{row.pk}/cells/{field}/?list={query}"


def sent(client: Client, address: str, **values: Any) -> dict[str, Any]:
    form = client.get(address, headers=HTMX).context["form"]
    return {"seen": form["seen"].value(), **values}


def test_a_cell_is_that_input_alone_and_answers_with_the_row(mona: Client, jane: Customer) -> None:
    form = mona.get(cell(jane, "city"), headers=HTMX).context["form"]
    assert [bound.name for bound in form.visible_fields()] == ["city"]
    values = sent(mona, cell(jane, "city"), city="Troy", state="OH")
    answer = mona.post(cell(jane, "city"), values, headers=HTMX)
    assert (answer.status_code, answer["HX-Retarget"]) == (200, f"#row-{jane.pk.hex}")
    text = " ".join(answer.content.decode().split())
    assert text.startswith("<tr")
    assert "Troy" in text
    assert "jane1@example.com</a>" not in text, "the columns are those of the list"
    assert "/undo/" in text
    jane.refresh_from_db()
    assert (jane.city, jane.state) == ("Troy", "")


def test_cancelling_shows_the_row_as_it_is(mona: Client, jane: Customer) -> None:
    answer = mona.get(cell(jane, "city") + "&shown=1", headers=HTMX)
    assert "Detroit" in answer.content.decode()


def test_what_is_refused_stands_in_the_cell(mona: Client, jane: Customer) -> None:
    address = cell(jane, "email")
    answer = mona.post(address, sent(mona, address, email="nonsense"), headers=HTMX)
    assert answer.status_code == 422
    assert 'value="nonsense"' in answer.content.decode()
    jane.refresh_from_db()
    assert jane.email == "jane1@example.com"


def test_two_peoples_edits_are_compared(mona: Client, actor: Actor, jane: Customer) -> None:
    address = cell(jane, "city")
    values = sent(mona, address, city="Troy")
    update_customer(actor=actor, customer_id=jane.pk, values={"city": "Flint"})
    answer = mona.post(address, values, headers=HTMX)
    assert answer.status_code == 409
    jane.refresh_from_db()
    assert jane.city == "Flint"


@pytest.mark.parametrize(
    "field", ["nonsense", "first_name", "password", "custom_fields", "version"]
)
def test_only_a_field_that_stands_alone(mona: Client, jane: Customer, field: str) -> None:
    assert mona.get(cell(jane, field), headers=HTMX).status_code == 404


def test_staff_are_offered_no_editing_and_refused_it(cast: Cast, jane: Customer) -> None:
    bob = Client()
    bob.force_login(cast.bob)
    page = bob.get(LIST).content.decode()
    assert "data-cells" not in page
    assert bob.get(cell(jane, "city"), headers=HTMX).status_code == 403
    assert bob.post(cell(jane, "city"), {"city": "Troy"}, headers=HTMX).status_code == 403
    jane.refresh_from_db()
    assert jane.city == "Detroit"


def test_nothing_of_another_organization_or_of_the_deleted_is_edited(
    cast: Cast, mona: Client, jane: Customer
) -> None:
    theirs = create_customer(actor=actor_of(cast.charlie), values=customer_values(2))
    assert mona.get(cell(theirs, "city"), headers=HTMX).status_code == 404
    alice = Client()
    alice.force_login(cast.alice)
    assert "data-cells" not in alice.get(LIST + "?deleted=true").content.decode()


# With a browser


def test_keys_edit_one_cell_after_the_other(page: Page, cast: Cast, jane: Customer) -> None:
    sign_in(page, cast.mona)
    page.goto(LIST + "?columns=name&columns=email&columns=city")
    page.locator("input.pick").check()
    page.keyboard.press("j")
    page.keyboard.press("e")
    email = page.locator("td [name=email]")
    expect(email).to_be_focused()
    email.press_sequentially("nonsense")
    email.press("Enter")
    expect(page.locator("td .error")).to_be_visible()
    check_accessible(page, widths=(1280,))
    email.press("Escape")
    expect(page.locator("tbody")).to_contain_text("jane1@example.com")
    expect(page.locator("td [data-edit$=email]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(email).to_be_focused()
    email.press("Tab")
    city = page.locator("td [name=city]")
    expect(city).to_be_focused()
    city.press_sequentially("Novi")
    city.press("Enter")
    expect(page.locator("tbody")).to_contain_text("Novi")
    expect(page.locator("td [data-edit$=city]")).to_be_focused()
    expect(page.locator("input.pick")).to_be_checked()
    page.locator(".toast button", has_text="Undo").click()
    expect(page.locator("tbody")).to_contain_text("Detroit")


def test_a_pencil_edits_and_the_open_panel_follows(page: Page, cast: Cast, jane: Customer) -> None:
    sign_in(page, cast.mona)
    page.set_viewport_size({"width": 1500, "height": 900})
    page.goto(f"{LIST}?columns=name&columns=status&open={jane.pk}")
    expect(page.locator("#panel-title")).to_be_visible()
    page.locator("tbody td:nth-child(3)").hover()
    page.get_by_role("link", name="Edit: Status").click()
    page.locator("td [name=status]").select_option("vip")
    page.locator("td .fact-foot button").click()
    expect(page.locator("tbody td:nth-child(3)")).to_contain_text("VIP")
    expect(page.locator(".panel-marks")).to_contain_text("VIP")

"""Columns of the customers' list, as each person arranges them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import Page, expect

from core.identity.layouts import WIDEST
from core.identity.models import User
from core.identity.services import actor_of
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

LIST = "/app/customers/"
COLUMNS = "/app/customers/columns/"
USUAL = ["name", "phone", "tags", "status", "health", "value", "contact", "email", "visit", "owner"]


@pytest.fixture
def mona(cast: Cast) -> Client:
    create_customer(actor=actor_of(cast.alice), values=customer_values(1))
    client = Client()
    client.force_login(cast.mona)
    return client


def shown(client: Client, query: str = "") -> list[str]:
    return [column.name for column in client.get(LIST + query).context["columns"]]


def arrange(client: Client, *columns: str, **more: Any) -> str:
    return str(client.post(COLUMNS, {"columns": ["name", *columns], **more})["Location"])


def test_an_order_is_kept_for_the_person_alone(mona: Client, cast: Cast) -> None:
    assert shown(mona) == USUAL
    arrange(mona, "value", "city", "phone")
    assert shown(mona) == ["name", "value", "city", "phone"]
    heads = [head.label for head in mona.get(LIST).context["heads"]]
    assert [str(label) for label in heads] == ["Name", "Booked value", "City", "Phone", ""]
    bob = Client()
    bob.force_login(cast.bob)
    assert shown(bob) == USUAL


def test_an_address_that_names_columns_means_those(mona: Client) -> None:
    arrange(mona, "value", "city")
    assert shown(mona, "?columns=email&columns=phone") == ["name", "email", "phone"]


def test_arranging_leads_back_to_the_list_without_the_columns_of_its_address(mona: Client) -> None:
    address = arrange(mona, "city", list="columns=name&columns=email&search=jane&sort=name")
    assert address == LIST + "?search=jane&sort=name"


def test_the_usual_columns_come_back(mona: Client, cast: Cast) -> None:
    arrange(mona, "city", width_city="20")
    mona.post(COLUMNS, {"reset": "1", "columns": ["name", "city"]})
    assert shown(mona) == USUAL
    assert User.objects.unscoped().get(pk=cast.mona.pk).list_layouts is None


def test_nonsense_is_left_out_and_widths_stay_within_bounds(mona: Client) -> None:
    widths = {"width_city": "9999", "width_phone": "-3", "width_email": "wide", "width_x": "9"}
    arrange(mona, "city", "x", "city", "phone", "email", **widths)
    columns = mona.get(LIST).context["columns"]
    assert [(column.name, column.width) for column in columns] == [
        ("name", None),
        ("city", WIDEST),
        ("phone", None),
        ("email", None),
    ]
    assert mona.post(COLUMNS, {"columns": "nonsense"}).status_code == 302


def test_a_width_holds_head_and_cells(mona: Client) -> None:
    arrange(mona, "city", width_city="12")
    text = mona.get(LIST).content.decode()
    assert text.count("md:min-w-48 md:max-w-48") == 2


def test_arranging_is_no_change_of_the_account(mona: Client, cast: Cast) -> None:
    before = User.objects.unscoped().get(pk=cast.mona.pk).version
    arrange(mona, "city")
    assert User.objects.unscoped().get(pk=cast.mona.pk).version == before


def test_a_layout_costs_no_query(mona: Client) -> None:
    asked = []
    for _turn in range(2):
        with CaptureQueriesContext(connection) as queries:
            mona.get(LIST)
        asked.append(len(queries))
        arrange(mona, *USUAL[1:], width_phone="9")
    assert asked[0] == asked[1]


def test_the_deleted_keep_their_few_columns(cast: Cast) -> None:
    alice = Client()
    alice.force_login(cast.alice)
    arrange(alice, "value", "city")
    assert shown(alice, "?deleted=true") == ["name", "phone", "email"]
    assert 'id="columns"' not in alice.get(LIST + "?deleted=true").content.decode()


# With a browser


def heads(page: Page) -> list[str | None]:
    return [head.get_attribute("data-column") for head in page.locator("th[data-column]").all()]


def test_columns_are_moved_and_widened_by_keys(mona: Client, cast: Cast, page: Page) -> None:
    arrange(mona, "phone", "email", "city")
    sign_in(page, cast.mona)
    page.goto(LIST)
    page.locator(".list-columns summary").click()
    page.get_by_role("button", name="Move City up").press("Enter")
    page.get_by_role("button", name="Move City up").press("Enter")
    check_accessible(page, widths=(1280,))
    with page.expect_navigation():
        page.locator("#columns .btn-primary").click()
    assert heads(page) == ["name", "city", "phone", "email"]
    edge = page.get_by_role("separator", name="Width of City")
    before = int(edge.get_attribute("aria-valuenow") or 0)
    with page.expect_response("**/columns/"):
        edge.press("ArrowRight")
    page.reload()
    expect(edge).to_have_attribute("aria-valuenow", str(before + 1))


def test_a_head_is_dragged_and_its_edge_pulled(mona: Client, cast: Cast, page: Page) -> None:
    arrange(mona, "phone", "email", "city")
    sign_in(page, cast.mona)
    page.goto(LIST)
    with page.expect_navigation():
        page.locator("th[data-column=city]").drag_to(page.locator("th[data-column=phone]"))
    assert heads(page) == ["name", "city", "phone", "email"]
    box: Any = page.locator("th[data-column=email] .col-edge").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 8, steps=4)
    with page.expect_response("**/columns/"):
        page.mouse.up()
    assert "md:max-w-" in (page.locator("td:nth-child(5)").first.get_attribute("class") or "")


def test_widths_of_somebody_elses_columns_are_not_kept(
    mona: Client, cast: Cast, page: Page
) -> None:
    arrange(mona, "phone", "email")
    sign_in(page, cast.mona)
    page.goto(LIST + "?columns=name&columns=city")
    edge = page.get_by_role("separator", name="Width of City")
    before = int(edge.get_attribute("aria-valuenow") or 0)
    edge.press("ArrowRight")
    expect(edge).to_have_attribute("aria-valuenow", str(before + 1))
    page.wait_for_timeout(500)
    assert shown(mona) == ["name", "phone", "email"]


def test_without_scripts_columns_are_chosen(
    mona: Client, cast: Cast, without_javascript: Page
) -> None:
    sign_in(without_javascript, cast.mona)
    without_javascript.goto(LIST)
    without_javascript.locator(".list-columns summary").click()
    without_javascript.get_by_role("checkbox", name="City").check()
    without_javascript.locator("#columns .btn-primary").click()
    assert heads(without_javascript) == [*USUAL, "city"]

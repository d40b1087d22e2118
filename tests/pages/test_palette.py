"""The palette, the keys, and what can be added from anywhere."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.identity.models import User
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from interactions.models import FollowUp
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def found(client: Client, query: str) -> dict[str, list[str]]:
    """Title of a group → what it offers."""
    groups = client.get(f"/app/find/{query}", headers=FRAGMENT).context["groups"]
    return {str(title): [option.label for option in options] for title, options in groups}


def test_before_typing_it_offers_what_one_may_do(cast: Cast, db: None) -> None:
    bobs = found(signed_in(cast.bob), "")["Actions"]
    assert {"New customer", "New follow-up", "New appointment", "Today"} <= set(bobs)
    assert not {"New project", "Dashboard", "Imports & exports"} & set(bobs)
    assert {"New project", "Dashboard"} <= set(found(signed_in(cast.mona), "")["Actions"])


def test_words_find_customers_and_actions_digits_find_phones(cast: Cast, jane: Customer) -> None:
    bob = signed_in(cast.bob)
    assert found(bob, "?q=smith1") == {"Customers": ["Jane Smith1"]}
    assert found(bob, "?q=248+555") == {"Customers": ["Jane Smith1"]}
    assert "(248) 555-0001" in bob.get("/app/find/?q=248+555").content.decode()
    assert found(bob, "?q=follow") == {"Actions": ["New follow-up"]}
    assert found(signed_in(cast.alice), "?q=webhook") == {"Actions": ["Webhooks"]}
    assert found(bob, "?q=webhook") == {}


def test_recents_are_named_in_their_order_and_only_those_one_may_see(
    cast: Cast, jane: Customer, actor: Actor
) -> None:
    other = create_customer(actor=actor, values=customer_values(2))
    stranger = create_customer(actor=actor_of(cast.charlie), values=customer_values(3))
    told = f"?recent={other.pk},{stranger.pk},nonsense,{jane.pk}"
    bob = signed_in(cast.bob)
    assert found(bob, told)["Recent"] == ["Jane Smith2", "Jane Smith1"]
    delete_customer(actor=actor, customer_id=other.pk)
    assert found(bob, told)["Recent"] == ["Jane Smith1"]


def test_for_whom_is_asked_only_of_who_may_add_it(cast: Cast, jane: Customer) -> None:
    bob = signed_in(cast.bob)
    page = bob.get("/app/pick/follow-up/?q=smith").content.decode()
    assert f"/app/customers/{jane.pk}/follow-ups/new/" in page
    assert bob.get("/app/pick/project/").status_code == 403
    assert bob.get("/app/pick/nothing/").status_code == 404


def test_a_customer_is_added_in_few_fields_and_a_double_is_linked(
    cast: Cast, actor: Actor, jane: Customer
) -> None:
    bob = signed_in(cast.bob)
    told = {"first_name": "Zed", "last_name": "Roe", "phone": "(313) 555-0142", "tags": "new"}
    answer = bob.post("/app/customers/quick/", told, headers=FRAGMENT)
    row = Customer.objects.for_actor(actor).get(first_name="Zed")
    assert answer.headers["HX-Redirect"] == f"/app/customers/{row.pk}/"
    assert row.phone == "+13135550142"
    double = bob.post("/app/customers/quick/", {**told, "phone": jane.phone}, headers=FRAGMENT)
    assert double.status_code == 422
    assert f"/app/customers/{jane.pk}/" in double.content.decode()
    assert Customer.objects.for_actor(actor).count() == 2


def test_more_takes_what_was_typed_along(cast: Cast, db: None) -> None:
    bob = signed_in(cast.bob)
    page = bob.post("/app/customers/new/", {"first_name": "Zed", "_restored": "1"})
    assert page.status_code == 200
    assert page.context["form"]["first_name"].value() == "Zed"
    assert not Customer.objects.unscoped().exists()


def test_the_palette_is_walked_by_keys_over_groups(page: Page, cast: Cast, jane: Customer) -> None:
    sign_in(page, cast.mona)
    page.goto(f"/app/customers/{jane.pk}/")
    page.goto("/app/today/")
    page.keyboard.press("Control+k")
    chosen = page.locator("#palette [aria-selected=true]")
    expect(chosen).to_have_text(re.compile("New customer"))
    expect(page.locator("#palette")).to_contain_text("Jane Smith1")
    check_accessible(page)
    page.keyboard.press("ArrowUp")
    expect(chosen).to_have_text(re.compile("Jane Smith1"))
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_text(re.compile("New customer"))
    field = page.locator("#palette input")
    field.press_sequentially("smith")
    expect(chosen).to_have_text(re.compile("Jane Smith1"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/app/customers/{jane.pk}/")
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_keys_lead_and_open_but_not_while_typing(page: Page, cast: Cast, db: Any) -> None:
    sign_in(page, cast.bob)
    page.goto("/app/today/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    check_accessible(page)
    page.keyboard.press("Escape")
    page.locator(".topbar [data-search]").focus()
    page.keyboard.type("gc?c")
    expect(page.locator(".topbar [data-search]")).to_have_value("gc?c")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator("main").focus()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/app/customers/")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/app/today/")


def test_a_customer_and_a_follow_up_are_added_over_any_page(
    page: Page, cast: Cast, actor: Actor, jane: Customer
) -> None:
    sign_in(page, cast.bob)
    page.goto("/app/today/")
    page.keyboard.press("f")
    search = page.locator("#pick-q")
    expect(search).to_be_focused()
    check_accessible(page)
    search.press_sequentially("smith")
    page.locator(".pick-found a", has_text="Jane Smith1").click()
    reason = page.locator("#work_reason")
    expect(reason).to_be_focused()
    reason.press_sequentially("Call back")
    reason.press("Enter")
    page.wait_for_url(f"**/app/customers/{jane.pk}/")
    assert FollowUp.objects.for_actor(actor).get().owner_id == cast.bob.pk
    page.goto("/app/today/")
    page.keyboard.press("c")
    first = page.locator("#quick_first_name")
    expect(first).to_be_focused()
    check_accessible(page)
    first.press_sequentially("Zed")
    page.get_by_role("button", name="More fields").click()
    page.wait_for_url("**/app/customers/new/")
    expect(page.locator("#id_first_name")).to_have_value("Zed")
    page.locator("#id_email").press_sequentially("zed@example.com")
    page.get_by_role("button", name="Add the customer").click()
    expect(page.locator("h1")).to_have_text("Zed")

"""The queue of duplicates, the customer's page, and look-alikes while somebody types."""

import os
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.tenancy.actor import Actor
from customers.models import Customer, DuplicatePair
from customers.services.comparing import compare_pending
from customers.services.customers import create_customer
from tests.cast import Cast
from tests.pages.browsing import check_accessible, sign_in

QUEUE = "/app/duplicates/"
HOME = {"street": "12 Oak Street", "city": "Detroit", "postal_code": "48201"}


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


@pytest.fixture
def bobs(actor: Actor) -> tuple[Customer, Customer]:
    named = {"last_name": "Smith", **HOME}
    bob = {"first_name": "Bob", "phone": "+12485550671", **named}
    robert = {"first_name": "Robert", "email": "robert@example.com", **named}
    found = tuple(create_customer(actor=actor, values=values) for values in (bob, robert))
    compare_pending()
    return found  # type: ignore[return-value]


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(response.content.decode().split())


def of(row: Customer) -> str:
    return f"/app/customers/{row.pk}/"


def test_the_queue_shows_both_and_why(alice: Client, bobs: tuple[Customer, Customer]) -> None:
    shown = text(alice.get(QUEUE))
    for said in ("Bob Smith", "Robert Smith", "86%", "Same address", "one of them shortened"):
        assert said in shown
    assert '<span class="count">1</span>' in shown
    assert "Duplicates" in text(alice.get("/app/customers/"))


def test_what_is_not_the_same_is_taken_out_and_can_be_put_back(
    alice: Client, bobs: tuple[Customer, Customer]
) -> None:
    pair = DuplicatePair.objects.unscoped().get()
    done = alice.post(f"{QUEUE}{pair.pk}/refuse/", follow=True)
    assert f'action="{QUEUE}{pair.pk}/reopen/"' in text(done)
    assert "Bob Smith" not in text(alice.get(QUEUE))
    assert "Bob Smith" in text(alice.get(QUEUE, {"refused": "1"}))
    assert "Perhaps the same as" not in text(alice.get(of(bobs[0])))
    alice.post(f"{QUEUE}{pair.pk}/reopen/")
    assert "Bob Smith" in text(alice.get(QUEUE))


def test_the_customers_page_warns(alice: Client, bobs: tuple[Customer, Customer]) -> None:
    for one, other in (bobs, bobs[::-1]):
        shown = text(alice.get(of(one)))
        assert "Perhaps the same as" in shown
        assert f'href="{of(other)}"' in shown


def test_staff_neither_see_the_queue_nor_the_warning(
    cast: Cast, client: Client, bobs: tuple[Customer, Customer]
) -> None:
    client.force_login(cast.bob)
    assert client.get(QUEUE).status_code == 403
    pair = DuplicatePair.objects.unscoped().get()
    assert client.post(f"{QUEUE}{pair.pk}/refuse/").status_code == 403
    shown = text(client.get(of(bobs[0])))
    assert "Perhaps the same as" not in shown
    assert QUEUE not in shown


def test_the_same_queries_show_one_pair_or_six(
    alice: Client, actor: Actor, bobs: tuple[Customer, Customer], django_assert_max_num_queries: Any
) -> None:
    for _ in range(2):
        create_customer(actor=actor, values={"first_name": "Bobby", "last_name": "Smith", **HOME})
    compare_pending()
    alice.get(QUEUE)
    with django_assert_max_num_queries(6):
        assert "Bobby" in text(alice.get(QUEUE))


@pytest.mark.parametrize(
    "typed",
    [
        {"phone": "(248) 555-0671"},
        {"name": "Bob Smith"},
        {"first_name": "Smith", "last_name": "Bob"},
        {"name": "Robert Smith", "email": "robert+home@example.com"},
    ],
)
def test_look_alikes_of_what_is_typed(
    alice: Client, bobs: tuple[Customer, Customer], typed: dict[str, str]
) -> None:
    found = text(alice.get("/app/customers/lookalikes/", typed))
    assert "Already a customer?" in found
    assert any(of(row) in found for row in bobs)


@pytest.mark.parametrize(
    "typed", [{}, {"name": "Zoe"}, {"name": "Jane Smith"}, {"phone": "x" * 999, "email": "@"}]
)
def test_nobody_looks_like_that(
    alice: Client, bobs: tuple[Customer, Customer], typed: dict[str, str]
) -> None:
    assert "Already a customer" not in text(alice.get("/app/customers/lookalikes/", typed))


def test_a_households_phone_is_kept_as_the_other_ones_too(
    alice: Client, bobs: tuple[Customer, Customer]
) -> None:
    form = {"first_name": "Ann", "last_name": "Smith", "phone": "248-555-0671"}
    refused = alice.post("/app/customers/new/", form)
    assert refused.status_code == 422
    assert 'name="household"' in refused.content.decode()
    assert alice.post("/app/customers/new/", form | {"household": "1"}).status_code == 302
    ann = Customer.objects.unscoped().get(first_name="Ann")
    assert (ann.phone, ann.alternative_phones) == ("", ["+12485550671"])
    compare_pending()
    assert DuplicatePair.objects.unscoped().count() == 1  # a family isn't one person


def test_another_organizations_pairs_are_nowhere(
    cast: Cast, client: Client, bobs: tuple[Customer, Customer]
) -> None:
    client.force_login(cast.charlie)
    assert "Bob" not in text(client.get(QUEUE))
    pair = DuplicatePair.objects.unscoped().get()
    assert client.post(f"{QUEUE}{pair.pk}/refuse/").status_code == 404
    assert "Bob" not in text(client.get("/app/customers/lookalikes/", {"name": "Bob Smith"}))


def picture(page: Page, name: str) -> None:
    """For whoever asks to see it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_walk(page: Page, cast: Cast, bobs: tuple[Customer, Customer]) -> None:
    sign_in(page, cast.alice)
    page.goto("/app/customers/new/")
    page.get_by_label("First name").fill("Bob")
    page.get_by_label("Last name").fill("Smith")
    expect(page.get_by_text("Already a customer?")).to_be_visible()
    picture(page, "new")
    page.goto(of(bobs[0]))
    expect(page.get_by_text("Perhaps the same as")).to_be_visible()
    picture(page, "customer")
    page.goto(QUEUE)
    check_accessible(page)
    picture(page, "queue")
    page.keyboard.press("j")
    row = page.locator("[data-rows] tbody tr")
    expect(row).to_be_focused()
    page.get_by_role("button", name="Not the same").click()
    expect(page.get_by_text("They are not the same.")).to_be_visible()
    expect(page.get_by_text("No duplicates")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("86%")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 800})
    picture(page, "queue-phone")

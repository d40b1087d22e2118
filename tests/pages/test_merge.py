"""Merging two customers on a page, and separating them again."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.tenancy.actor import Actor
from customers.models import Customer, Merge
from customers.services.customers import update_customer
from customers.services.work import create_project
from tests.cast import Cast
from tests.merging.people import FIRST, SECOND, fresh, merge, person
from tests.pages.browsing import check_accessible, sign_in


@pytest.fixture
def mona(cast: Cast, client: Client) -> Client:
    client.force_login(cast.mona)
    return client


@pytest.fixture
def hannah(actor: Actor) -> Customer:
    return person(actor, FIRST)


@pytest.fixture
def hanna(actor: Actor) -> Customer:
    return person(actor, SECOND, day=2)


def address(row: Customer, other: Customer | None = None) -> str:
    return f"/app/customers/{row.pk}/merge/" + (f"?with={other.pk}" if other else "")


def test_only_what_differs_is_compared_and_why_is_said(
    mona: Client, actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    update_customer(actor=actor, customer_id=hanna.pk, values={"property_value": 379_000})
    text = mona.get(address(hannah, hanna)).content.decode()
    assert set(re.findall(r'name="of-(\w+)"', text)) == {
        *("first_name", "email", "phone", "whatsapp_number", "alternative_phones"),
        *("street", "city", "external_id", "campaign", "notes", "custom_fields"),
        *("customer_since", "preference_note", "property_value"),
    }
    assert "<span>$379,000</span>" in text
    assert re.search(r'name="of-campaign"\s+value="loser" checked', text)
    assert "only one has it" in text
    assert 'Projects: <span class="num">1</span>' in text
    assert "Tags: dog" in text


def test_what_is_chosen_stays_and_undo_is_offered(
    mona: Client, hannah: Customer, hanna: Customer
) -> None:
    form = {"with": str(hanna.pk), "of-email": "loser", "of-notes": "", "version": "999"}
    stale = mona.post(address(hannah), form)
    assert stale.status_code == 409
    assert Merge.objects.unscoped().count() == 0
    row = Customer.objects.unscoped().get(pk=hannah.pk)
    response = mona.post(address(hannah), form | {"version": str(row.version)}, follow=True)
    text = response.content.decode()
    assert response.redirect_chain[-1][0] == f"/app/customers/{hannah.pk}/"
    assert "Merged with Hanna Weber" in text
    assert text.count(f"/app/merges/{Merge.objects.unscoped().get().pk}/undo/") > 1
    after = Customer.objects.unscoped().get(pk=hannah.pk)
    assert (after.email, after.notes) == ("h.weber@example.com", "Likes mornings.\n\nHas a dog.")


def test_old_addresses_lead_to_whoever_was_kept(
    mona: Client, actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    merge(actor, hannah, hanna)
    kept = f"/app/customers/{hannah.pk}/"
    assert mona.get(f"/app/customers/{hanna.pk}/").headers["Location"] == kept
    assert mona.get(address(hannah, hanna)).headers["Location"] == kept
    again = mona.post(address(hannah), {"with": str(hanna.pk)})
    assert (again.status_code, "merged already" in again.content.decode()) == (409, True)


def test_who_is_meant_can_be_searched(mona: Client, hannah: Customer, hanna: Customer) -> None:
    text = mona.get(address(hannah) + "?search=hann").content.decode()
    assert f"?with={hanna.pk}" in text
    assert f"?with={hannah.pk}" not in text
    assert mona.get(address(hannah) + "?with=nobody").status_code == 404


def test_staff_may_not(cast: Cast, client: Client, hannah: Customer, hanna: Customer) -> None:
    client.force_login(cast.bob)
    assert client.get(address(hannah, hanna)).status_code == 403
    assert client.post(address(hannah), {"with": str(hanna.pk)}).status_code == 403
    assert "/merge/" not in client.get(f"/app/customers/{hannah.pk}/").content.decode()


def test_separating_lists_what_stays(
    mona: Client, actor: Actor, hannah: Customer, hanna: Customer
) -> None:
    row = merge(actor, hannah, hanna).merge
    create_project(actor=fresh(actor), values={"customer": str(hannah.pk), "total_amount": 1})
    update_customer(actor=fresh(actor), customer_id=hannah.pk, values={"campaign": "autumn"})
    text = mona.post(f"/app/merges/{row.pk}/undo/").content.decode()
    assert "The two customers are separated again." in text
    assert "This came later, and stays." in text
    assert Customer.objects.unscoped().filter(deleted_at=None).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_two_hannahs_are_merged_and_separated_in_a_browser(
    request: pytest.FixtureRequest, cast: Cast, actor: Actor, scripts: bool
) -> None:
    page: Page = request.getfixturevalue("page" if scripts else "without_javascript")
    hannah = person(actor, FIRST)
    person(actor, SECOND, day=2)
    sign_in(page, cast.mona)
    page.goto(address(hannah))
    box = page.get_by_role("searchbox", name="Name, phone or e-mail")
    box.focus()
    box.fill("hanna web")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("link", name="Hanna Weber").click()
    expect(page.get_by_role("heading", name="Differences")).to_be_visible()
    if scripts:
        check_accessible(page)
    page.locator('input[name="of-first_name"][value="loser"]').check()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.get_by_role("heading", name="Hanna Weber", exact=True)).to_be_visible()
    expect(page.get_by_text("Merged with Hanna Weber")).to_be_visible()
    if scripts:
        check_accessible(page, widths=(360, 1280), themes=("light",))
    page.get_by_role("button", name="Separate again").click()
    expect(page.get_by_role("heading", name="Hannah Weber", exact=True)).to_be_visible()
    expect(page.get_by_text("Merged with")).to_have_count(0)
    assert Customer.objects.unscoped().filter(deleted_at=None).count() == 2

"""Settings in a real browser."""

import re
from typing import Any

import pytest
from django.utils.html import escape
from playwright.sync_api import Page, expect

from core.identity.services import actor_of
from core.tenancy.models import ApiKey, Outlet
from customers.services.customers import create_customer, update_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

HOME = "/app/settings/"


def test_a_key_is_made_copied_and_revoked_by_keyboard(
    page: Page, cast: Cast, live_server: Any
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, cast.alice)
    page.goto(HOME + "keys/")
    page.keyboard.press("c")
    page.get_by_label("Name").fill("Shop")
    page.get_by_label("Name").press("Enter")
    expect(page.get_by_label("API key", exact=True)).to_have_value(re.compile(r"crm_live_"))
    check_accessible(page, widths=(360,))
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text == page.get_by_label("API key", exact=True).input_value()
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("link", name="Revoke Shop").press("Enter")
    page.get_by_role("button", name="Revoke the key").press("Enter")
    expect(page.get_by_text("The key is revoked.")).to_be_visible()
    assert ApiKey.objects.unscoped().get(name="Shop").revoked_at is not None
    assert escape(text) not in page.content()


def test_deactivating_an_outlet_is_taken_back_by_undo(page: Page, cast: Cast) -> None:
    sign_in(page, cast.alice)
    page.goto(HOME + "outlets/")
    page.get_by_role("button", name="Deactivate Downtown").click()
    expect(page.get_by_text("Inactive", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Active", exact=True)).to_be_visible()
    assert Outlet.objects.unscoped().get(pk=cast.outlet.pk).is_active


def test_an_outlet_is_added_and_deleted_without_javascript(
    without_javascript: Page, cast: Cast
) -> None:
    page = without_javascript
    sign_in(page, cast.alice)
    page.goto(HOME)
    page.get_by_role("link", name="Outlets").first.click()
    page.get_by_role("link", name="New outlet").click()
    page.get_by_label("Name").fill("North")
    page.get_by_role("button", name="Add the outlet").click()
    page.get_by_role("link", name="North").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the outlet").click()
    expect(page.get_by_text("The outlet is deleted.")).to_be_visible()
    assert not Outlet.objects.unscoped().filter(name="North").exists()


def test_what_opens_from_the_lists_of_settings_is_accessible(page: Page, cast: Cast) -> None:
    actor = actor_of(cast.alice)
    row = create_customer(actor=actor, values=customer_values(1))
    update_customer(actor=actor, customer_id=row.pk, values={"city": "Troy", "notes": "word " * 60})
    sign_in(page, cast.alice)
    for name in (f"outlets/{cast.outlet.pk}/", f"people/{cast.bob.pk}/"):
        page.goto(HOME + name)
        check_accessible(page, widths=(360, 1280), themes=("light",))
    page.goto(HOME + "audit/")
    page.locator("a.row-name").first.click()
    page.wait_for_url("**/settings/audit/*/")
    check_accessible(page, widths=(360, 1280))

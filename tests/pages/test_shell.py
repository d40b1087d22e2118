"""What surrounds every page."""

from typing import Any

import pytest
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Page, expect

from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.policy import Permission
from core.ui.menu import MenuItem
from core.ui.shell import navigation
from crm.pages.menu import CARDS, MENU
from tests.cast import Cast
from tests.pages.browsing import check_accessible, sign_in


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def test_the_theme_follows_the_system_until_one_is_chosen_and_stays_chosen(
    cast: Cast, page: Page
) -> None:
    sign_in(page, cast.alice)
    page.goto("/app/account/")
    light = background(page)
    page.emulate_media(color_scheme="dark")
    dark = background(page)
    assert light != dark
    page.click(".topbar summary")
    with page.expect_response("**/app/preferences/"):
        page.click("button[name=theme][value=light]")
    assert background(page) == light
    page.goto("/app/")
    assert background(page) == light


def test_the_language_is_ones_own_choice_and_the_apis_stay_english(
    cast: Cast, client: Client
) -> None:
    assert (
        "Iniciar sesión"
        in client.get("/app/sign-in/", headers={"Accept-Language": "es"}).content.decode()
    )
    client.post("/app/preferences/", {"language": "es", "next": "/app/sign-in/"})
    assert '<html lang="es"' in client.get("/app/sign-in/").content.decode()
    assert client.get("/api/auth/me", headers={"Accept-Language": "es"}).json() == {
        "error": "Authentication required"
    }


def test_preferences_lead_nowhere_else(client: Client, db: None) -> None:
    assert (
        client.post("/app/preferences/", {"theme": "dark", "next": "//elsewhere.example"})[
            "Location"
        ]
        == "/"
    )


def test_who_may_not_switch_is_told_what_the_role_may_do(cast: Cast, client: Client) -> None:
    client.force_login(cast.bob)
    answer = client.post("/app/place/", {"environment": "test"})
    assert answer.status_code == 403
    assert "log interactions and messages" in answer.content.decode()
    assert client.get("/app/account/").context["shell"].in_test is False


def test_the_test_environment_shows_on_every_page(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    client.post("/app/place/", {"environment": "test"})
    assert "test-band" in client.get("/app/account/").content.decode()


def test_only_a_super_admin_moves_to_another_organization(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    assert client.post("/app/place/", {"organization": str(cast.other.pk)}).status_code == 403
    client.force_login(cast.sue)
    assert client.post("/app/place/", {"organization": str(cast.other.pk)}).status_code == 302
    assert client.get("/app/account/").context["shell"].actor.organization == cast.other


PLACES = (
    MenuItem(label="Account", url_name="identity:account", icon="user", permission=None),
    MenuItem(
        label="Place",
        url_name="pages:place",
        icon="users",
        permission=Permission.SWITCH_ENVIRONMENT,
    ),
)


def test_the_navigation_shows_what_is_permitted(cast: Cast, settings: Any) -> None:
    settings.PAGES_MENU = f"{__name__}.PLACES"
    bobs = navigation(actor_of(cast.bob), "/app/account/")
    assert [entry.item.label for entry in bobs] == ["Account"]
    entries = navigation(actor_of(cast.alice), "/app/place/")
    assert [(entry.item.label, entry.current) for entry in entries] == [
        ("Account", False),
        ("Place", True),
    ]


def test_every_entry_of_the_menu_and_of_settings_leads_somewhere() -> None:
    assert [resolve(item.url).view_name for item in (*MENU, *CARDS)] == [
        item.url_name for item in (*MENU, *CARDS)
    ]


def test_pages_are_kept_by_no_cache_and_run_no_foreign_script(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    answer = client.get("/app/components/")
    assert answer["Cache-Control"] == "no-store"
    assert "unsafe" not in answer["Content-Security-Policy"]
    text = answer.content.decode()
    assert " style=" not in text
    assert "onclick" not in text
    assert "//" not in text.replace("http://www.w3.org", "").replace(
        "https://", "", text.count("begins with https://")
    )


def test_a_dialog_is_accessible_in_both_themes_and_escape_closes_it(cast: Cast, page: Page) -> None:
    sign_in(page, cast.sue)
    page.goto("/app/components/")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click("text=Open the dialog")
    check_accessible(page, widths=(1280,))
    page.keyboard.press("Escape")
    expect(page.locator("#sample-dialog")).to_be_hidden()


MANY_PLACES = tuple(
    MenuItem(label=f"Place {name}", url_name=name, icon="users", permission=None)
    for name in (
        "pages:components",
        "identity:account",
        "pages:components-form",
        "pages:place",
        "identity:forgotten",
        "pages:start",
    )
)


def test_a_full_shell_is_accessible_on_phones_and_desks(
    cast: Cast, page: Page, settings: Any
) -> None:
    settings.PAGES_MENU = f"{__name__}.MANY_PLACES"
    settings.PAGES_SEARCH = "pages:components"
    sign_in(page, cast.sue)
    page.goto("/app/account/")
    page.click(".topbar summary")
    page.click("text=Work in TEST")
    expect(page.locator(".toast")).to_contain_text("You work in TEST now.")
    expect(page.locator(".test-band")).to_be_visible()
    check_accessible(page, widths=(360, 1280))
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()


def test_unsaved_changes_are_guarded(cast: Cast, page: Page) -> None:
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    sign_in(page, cast.alice)
    page.goto("/app/components/form/")
    page.click("text=Cancel")
    page.goto("/app/components/form/")
    page.fill("[name=first_name]", "Jane")
    page.click("text=Cancel")
    page.wait_for_url("**/components/")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("debug", [True, False])
def test_what_is_not_there_is_said_in_the_products_words_also_while_developing(
    cast: Cast, client: Client, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    client.force_login(cast.alice)
    for address in ("/app/nothing/", f"/app/customers/{new_id()}/", "/app/dashboard/nothing/"):
        answer = client.get(address)
        text = answer.content.decode()
        assert (answer.status_code, "URLconf" in text) == (404, False)
        assert 'href="/"' in text or "/app/" in text
    assert client.get("/app/customers")["Location"] == "/app/customers/"

"""What surrounds every page."""

import gzip
import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Page, expect

from core.identity.services import actor_of
from core.ids import new_id
from core.jobs.menu import JOBS
from core.tenancy.policy import Permission
from core.ui.menu import MenuItem
from core.ui.shell import navigation
from crm.admin_site import MENU_GROUPS
from crm.assets import HashedAssets
from crm.pages.acts import ACTS
from crm.pages.menu import CARDS, MENU
from customers.services.customers import create_customer
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
    page.click(".topbar .user-menu summary")
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


def test_imports_lie_under_the_place_that_names_them(cast: Cast) -> None:
    for path in ("/app/jobs/", "/app/imports/new/"):
        current = [each.item for each in navigation(actor_of(cast.alice), path) if each.current]
        assert current == [JOBS]


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
    page.click(".topbar .user-menu summary")
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


def test_pages_come_compressed_and_answers_of_apis_as_they_are(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    asked = {"Accept-Encoding": "gzip"}
    answer = client.get("/app/customers/", headers=asked)
    assert answer["Content-Encoding"] == "gzip"
    assert "Customers" in gzip.decompress(answer.content).decode()
    assert client.get("/admin/", headers=asked)["Content-Encoding"] == "gzip"
    api = client.get("/api/customers", headers=asked)
    assert not api.has_header("Content-Encoding")


def test_the_window_says_what_is_shown_and_whose_it_is(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    for address, title in {
        "/app/customers/": "Customers · Acme Roofs",
        "/app/customers/?status=vip&search=per": "Customers: per, VIP · Acme Roofs",
        "/app/customers/?deleted=true": "Deleted customers · Acme Roofs",
        "/app/projects/?status=on_hold&search=per": "Projects: per, On hold · Acme Roofs",
        "/app/calendar/?day=2026-11-29": "Calendar: Sunday, Nov 29, 2026 · Acme Roofs",
    }.items():
        for headers in ({}, {"HX-Request": "true"}):
            text = client.get(address, headers=headers).content.decode()
            found = re.findall("<title>(.*?)</title>", text, re.DOTALL)
            assert [" ".join(html.unescape(each).split()) for each in found] == [title]


def test_the_pages_bring_their_own_letters(cast: Cast, page: Page) -> None:
    sign_in(page, cast.alice)
    page.goto("/app/account/")
    loaded = "document.fonts.ready.then(all => [...all].map(f => [f.family, f.status].join()))"
    assert "Inter,loaded" in page.evaluate(loaded)


def test_assets_are_named_by_what_they_hold_also_while_developing(
    settings: Any, tmp_path: Path
) -> None:
    settings.DEBUG = True
    style = Path(settings.BASE_DIR, "static", "pages", "app.css")
    font = Path(settings.BASE_DIR, "static", "fonts", "inter-latin.woff2")
    for source in (style, font, font.with_name("inter-latin-ext.woff2")):
        place = tmp_path / source.parent.name / source.name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(source.read_bytes())
    storage = HashedAssets(location=tmp_path, base_url="/static/")
    names = [f"fonts/{font.name}", "fonts/inter-latin-ext.woff2", "pages/app.css"]
    assert all(done for _, _, done in storage.post_process({n: (storage, n) for n in names}))
    address = storage.url("pages/app.css")
    assert re.fullmatch(r"/static/pages/app\.[0-9a-f]{12}\.css", address)
    sheet = tmp_path / address.removeprefix("/static/")
    assert re.search(r"url\(\"?\.\./fonts/inter-latin\.[0-9a-f]{12}\.woff2", sheet.read_text())
    assert sheet.with_name(f"{sheet.name}.gz").exists()


def test_the_administration_begins_with_cards_and_what_happened_last(
    cast: Cast, client: Client
) -> None:
    create_customer(actor=actor_of(cast.alice), values={"first_name": "Jane"})
    client.force_login(cast.alice)
    text = client.get("/admin/").content.decode()
    assert text.count('class="index-card"') == len(MENU_GROUPS) + 1
    assert str(ACTS["customer.created"]) in text.split("Latest activity")[1]
    client.force_login(cast.sue)
    assert client.get("/admin/").status_code == 200

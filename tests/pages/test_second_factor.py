"""The second factor on pages: setting it up, the second step, and those who must have one."""

import re
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.identity.models import SecondFactor, User
from core.ui.gate import RESTORED
from customers.models import Customer
from tests.cast import PASSWORD, Cast
from tests.core.test_second_factor import code_of, require, set_up
from tests.pages.browsing import check_accessible, sign_in

ACCOUNT = "/app/account/"
SET_UP = "/app/account/second-factor/"
SIGN_IN = "/app/sign-in/"
PASSWORDS = {"email": "alice@acme.test", "password": PASSWORD}


def secret_on(page: Any) -> tuple[str, str]:
    """What the page shows to be typed, and what its form holds."""
    text = page.content.decode()
    shown = re.search(r'<code class="break">([A-Z2-7 ]+)</code>', text)
    held = re.search(r'name="secret" value="([^"]+)"', text)
    assert shown
    assert held
    return shown[1].replace(" ", ""), held[1]


def test_it_is_set_up_by_the_code_of_the_square_and_codes_are_shown_once(cast: Cast) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.force_login(cast.alice)
    page = here.get(SET_UP)
    assert "<svg" in page.content.decode()
    secret, held = secret_on(page)
    wrong = here.post(SET_UP, {"secret": held, "code": "000000", "current_password": PASSWORD})
    assert wrong.status_code == 422
    assert secret_on(wrong) == (secret, held), "the square that was scanned stays"
    typed = {"secret": held, "code": code_of(secret), "current_password": PASSWORD}
    shown = here.post(SET_UP, typed)
    assert shown.status_code == 200
    assert shown["Cache-Control"] == "no-store"
    codes = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", shown.content.decode())
    assert len(codes) == 10
    assert all(code in shown.content.decode().split("data:text/plain")[1] for code in codes)
    assert here.get(ACCOUNT).status_code == 200
    assert codes[0] not in here.get(ACCOUNT).content.decode()
    assert elsewhere.get(ACCOUNT).status_code == 302, "sessions without it end"
    assert here.get(SET_UP)["Location"] == ACCOUNT


@pytest.mark.parametrize("held", ["", "nonsense", "a:b:c"])
def test_a_square_that_isnt_ours_is_replaced(cast: Cast, client: Client, held: str) -> None:
    client.force_login(cast.alice)
    answer = client.post(SET_UP, {"secret": held, "code": "123456", "current_password": PASSWORD})
    assert answer.status_code == 422
    assert secret_on(answer)
    assert not SecondFactor.objects.exists()


def test_signing_in_asks_for_the_code_in_a_second_step(cast: Cast, client: Client) -> None:
    secret, codes = set_up(cast.alice)
    asked = client.post(SIGN_IN, {**PASSWORDS, "next": ACCOUNT})
    assert (asked.status_code, "_auth_user_id" in client.session) == (200, False)
    ticket = asked.context["form"]["ticket"].value()
    wrong = client.post(SIGN_IN, {"ticket": ticket, "code": "000000", "next": ACCOUNT})
    assert wrong.status_code == 422
    assert wrong.context["form"].non_field_errors() == [
        "This code isn't right, or it was used before."
    ]
    done = client.post(SIGN_IN, {"ticket": ticket, "code": code_of(secret), "next": ACCOUNT})
    assert done["Location"] == ACCOUNT
    again = Client().post(SIGN_IN, {"ticket": ticket, "code": code_of(secret)})
    assert again.status_code == 422, "the code is used up"
    assert Client().post(SIGN_IN, {"ticket": ticket, "code": codes[0]}).status_code == 302


@pytest.mark.parametrize("ticket", ["", "nonsense", "a:b:c"])
def test_without_the_first_step_there_is_no_second(cast: Cast, client: Client, ticket: str) -> None:
    secret, _codes = set_up(cast.alice)
    answer = client.post(SIGN_IN, {"ticket": ticket, "code": code_of(secret)})
    assert answer.status_code == 422
    assert "_auth_user_id" not in client.session


def test_a_ticket_ends_with_the_password_that_it_shows(cast: Cast, client: Client) -> None:
    secret, _codes = set_up(cast.alice)
    ticket = client.post(SIGN_IN, PASSWORDS).context["form"]["ticket"].value()
    cast.alice.set_password("another fine password")
    cast.alice.save()
    answer = client.post(SIGN_IN, {"ticket": ticket, "code": code_of(secret)})
    assert answer.status_code == 422
    assert "That took too long" in answer.content.decode()


def test_who_owes_one_is_led_to_it_from_everywhere_and_then_goes_on(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.alice)
    require(cast, "tenant_admin", "staff")
    led = "/app/account/second-factor/?next="
    assert (
        client.get("/app/customers/?page=2")["Location"] == f"{led}%2Fapp%2Fcustomers%2F%3Fpage%3D2"
    )
    for path in ("/app/", ACCOUNT, "/app/settings/people/", "/app/account/second-factor/off/"):
        assert client.get(path)["Location"].startswith(led), path
    assert client.post("/app/place/", {"environment": "test"})["Location"].startswith(led)
    for path in ("/admin/", "/admin/customers/customer/"):
        answer = client.get(path, follow=True)
        assert answer.redirect_chain[-1][0].startswith(led), path
    htmx = client.get("/app/customers/", headers={"HX-Request": "true"})
    assert htmx["HX-Redirect"].startswith(led)
    entered = Client().post(SIGN_IN, {**PASSWORDS, "next": "/app/customers/"})
    assert entered["Location"] == f"{led}%2Fapp%2Fcustomers%2F"
    page = client.get(entered["Location"])
    secret, held = secret_on(page)
    assert "Your organization asks for a second factor" in page.content.decode()
    typed = {"secret": held, "code": code_of(secret), "current_password": PASSWORD}
    shown = client.post(entered["Location"], typed)
    assert 'href="/app/customers/"' in shown.content.decode()
    assert client.get("/app/customers/").status_code == 200
    bob = Client()
    bob.force_login(cast.bob)
    assert bob.get("/app/customers/")["Location"].startswith(led)
    assert bob.post("/app/sign-out/")["Location"] == SIGN_IN


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_what_was_typed_is_not_lost_on_the_way_over_the_second_factor(
    cast: Cast, client: Client, is_signed_in: bool
) -> None:
    require(cast, "tenant_admin")
    typed = {"first_name": "Zebedee", "last_name": "Quill"}
    if is_signed_in:
        client.force_login(cast.alice)
        led = client.post("/app/customers/new/", typed)
    else:
        asked = client.post("/app/customers/new/", typed)
        led = client.post(SIGN_IN, {**PASSWORDS, "kept": asked.context["kept"]})
    carried = dict(led.context["pairs"])
    page = client.post(led.context["path"], carried)
    secret, held = secret_on(page)
    factor = {**carried, "secret": held, "current_password": PASSWORD}
    wrong = client.post(led.context["path"], {**factor, "code": "000000"})
    assert wrong.context["form"]["kept"].value() == carried["kept"]
    codes = client.post(led.context["path"], {**factor, "code": code_of(secret)})
    assert 'action="/app/kept-form/"' in codes.content.decode()
    back = client.post("/app/kept-form/", {"kept": codes.context["kept"]})
    form = client.post(back.context["path"], {**dict(back.context["pairs"]), RESTORED: "1"})
    assert form.status_code == 200
    assert form.context["form"]["first_name"].value() == "Zebedee"
    assert not Customer.objects.unscoped().filter(first_name="Zebedee").exists()


def test_what_was_not_kept_by_us_does_not_come_back(client: Client) -> None:
    assert client.post("/app/kept-form/", {"kept": "nonsense"})["Location"] == "/app/"


def test_where_one_goes_on_to_lies_here(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    address = f"{SET_UP}?next=https://elsewhere.example/"
    secret, held = secret_on(client.get(address))
    typed = {"secret": held, "code": code_of(secret), "current_password": PASSWORD}
    assert 'href="https://elsewhere' not in client.post(address, typed).content.decode()


def test_renewing_and_turning_off_take_the_password(cast: Cast, client: Client) -> None:
    set_up(cast.alice)
    client.force_login(cast.alice)
    assert "10 recovery codes are left" in client.get(ACCOUNT).content.decode()
    for act in ("codes", "off"):
        address = f"{SET_UP}{act}/"
        assert client.get(address).status_code == 200
        assert client.post(address, {"current_password": "wrong"}).status_code == 422
    renewed = client.post(f"{SET_UP}codes/", {"current_password": PASSWORD})
    assert len(re.findall(r"<code>", renewed.content.decode())) == 10
    assert client.post(f"{SET_UP}off/", {"current_password": PASSWORD})["Location"] == ACCOUNT
    assert not SecondFactor.objects.exists()
    assert client.post(f"{SET_UP}off/", {"current_password": PASSWORD}).status_code == 404


def test_an_administrator_takes_it_away_on_the_persons_page_and_in_the_admin(
    cast: Cast, client: Client
) -> None:
    client.force_login(cast.alice)
    reset = f"/app/settings/people/{cast.bob.pk}/second-factor/reset/"
    page = f"/app/settings/people/{cast.bob.pk}/"
    assert reset not in client.get(page).content.decode()
    set_up(cast.bob)
    assert reset in client.get(page).content.decode()
    assert client.post(reset)["Location"] == page
    assert not SecondFactor.objects.exists()
    set_up(cast.bob)
    factor = SecondFactor.objects.get()
    chosen = {"action": "reset", "_selected_action": [str(factor.pk)]}
    assert client.post("/admin/identity/secondfactor/", chosen).status_code == 302
    assert not SecondFactor.objects.exists()
    assert User.objects.unscoped().get(pk=cast.bob.pk).second_factor_since is None


def test_the_settings_say_which_roles_need_one(cast: Cast, client: Client) -> None:
    client.force_login(cast.alice)
    page = client.get("/app/settings/organization/")
    form = page.context["form"]
    typed = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in typed.items() if value is not None}
    typed |= {"reminder_hours": "24", "second_factor_roles": ["staff", "outlet_manager"]}
    assert client.post("/app/settings/organization/", typed).status_code == 302
    cast.acme.refresh_from_db()
    assert cast.acme.second_factor_roles == ["staff", "outlet_manager"]


def test_in_a_browser_from_the_account_page_to_the_second_step(cast: Cast, page: Page) -> None:
    sign_in(page, cast.alice)
    page.goto(ACCOUNT)
    page.get_by_role("link", name="Set up").click()
    check_accessible(page)
    page.get_by_text("Can’t scan it?").click()
    secret = page.locator("details code").inner_text().replace(" ", "")
    page.get_by_label("Code", exact=True).fill(code_of(secret, drift=-1))
    page.get_by_label("Current password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    check_accessible(page)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    codes = page.locator(".paper-codes code").all_inner_texts()
    assert download.value.path().read_text().split() == codes
    page.get_by_role("link", name="I have saved them").click()
    check_accessible(page)
    page.context.clear_cookies()
    page.goto(SIGN_IN)
    page.get_by_label("E-mail").fill("alice@acme.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_focused()
    check_accessible(page)
    page.keyboard.type(code_of(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/**")
    expect(page.get_by_role("main")).to_be_visible()

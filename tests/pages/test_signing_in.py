"""The way in and out."""

import re
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.test import Client
from playwright.sync_api import Page, expect

from core.audit.models import AuditEntry
from core.identity.models import User
from core.identity.services import actor_of, change_password
from core.tenancy.choices import Role
from tests.cast import PASSWORD, Cast
from tests.pages.browsing import check_accessible, sign_in

SIGN_IN = "/app/sign-in/"

Sent = list[tuple[str, list[Any]]]


def entered(
    email: str = "alice@acme.test", password: str = PASSWORD, **more: Any
) -> dict[str, Any]:
    return {"email": email, "password": password, **more}


def actions(cast: Cast) -> list[tuple[str, str]]:
    return list(
        AuditEntry.objects.for_actor(actor_of(cast.alice))
        .order_by("pk")
        .values_list("action", "via")
    )


def test_the_front_door_leads_strangers_to_sign_in_and_staff_to_work(
    cast: Cast, client: Client
) -> None:
    assert client.get("/")["Location"] == SIGN_IN
    assert client.get("/app/account/")["Location"] == SIGN_IN + "?next=%2Fapp%2Faccount%2F"
    client.force_login(cast.bob)
    assert client.get("/")["Location"] == "/app/"


def test_signing_in_and_out_is_kept_in_the_audit(cast: Cast, client: Client) -> None:
    assert client.post(SIGN_IN, entered(next="/app/account/"))["Location"] == "/app/account/"
    assert client.post("/app/sign-out/")["Location"] == SIGN_IN
    assert client.get("/app/account/").status_code == 302
    assert actions(cast) == [("user.signed_in", "pages"), ("user.signed_out", "pages")]


@pytest.mark.parametrize(
    "following",
    ["https://elsewhere.example/", "//elsewhere.example", "25:00", "x", "identity:account"],
)
def test_nobody_is_led_to_another_site_or_by_a_word(
    cast: Cast, client: Client, following: str
) -> None:
    chosen = client.post("/app/preferences/", {"theme": "dark", "next": following})
    assert chosen["Location"] == "/"
    assert client.post(SIGN_IN, entered(next=following))["Location"] == "/app/"


def test_a_wrong_password_and_an_unknown_address_answer_the_same(
    cast: Cast, client: Client
) -> None:
    wrong, unknown = (
        client.post(SIGN_IN, entered(password="wrong")),
        client.post(SIGN_IN, entered(email="nobody@acme.test")),
    )
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    said = ["The e-mail or the password isn't right."]
    assert (
        wrong.context["form"].non_field_errors()
        == unknown.context["form"].non_field_errors()
        == said
    )
    assert "_auth_user_id" not in client.session


def test_guessing_is_throttled_even_for_the_right_password(cast: Cast, client: Client) -> None:
    for _ in range(10):
        assert client.post(SIGN_IN, entered(password="wrong")).status_code == 422
    assert client.post(SIGN_IN, entered()).status_code == 429
    assert client.post(SIGN_IN, entered(), REMOTE_ADDR="192.0.2.7").status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": Role.STAFF}])
def test_a_session_follows_the_account_at_once(
    cast: Cast, client: Client, change: dict[str, Any]
) -> None:
    client.force_login(cast.alice)
    assert client.post("/app/place/", {"environment": "test"}).status_code == 302
    User.objects.unscoped().filter(pk=cast.alice.pk).update(**change)
    assert client.post("/app/place/", {"environment": "test"}).status_code == (
        403 if "role" in change else 401
    )


def test_everyone_changes_their_own_name(cast: Cast, client: Client) -> None:
    client.force_login(cast.bob)
    address = "/app/account/name/"
    typed = {"first_name": "Robert", "last_name": "Ash"}
    old = client.get(address).context["form"]["seen"].value()
    assert client.post(address, {**typed, "seen": old}).status_code == 302
    cast.bob.refresh_from_db()
    assert cast.bob.name == "Robert Ash"
    for last in ("Ash", "Asher", "Ash"):  # as it is, and one name alone
        seen = client.get(address).context["form"]["seen"].value()
        answer = client.post(address, {"first_name": "Robert", "last_name": last, "seen": seen})
        assert answer.status_code == 302
        cast.bob.refresh_from_db()
        assert cast.bob.name == f"Robert {last}"
    assert "Robert Ash" in client.get("/app/account/").content.decode()
    other = client.post(address, {"first_name": "Bobby", "last_name": "Ash", "seen": old})
    assert other.status_code == 409
    long = client.post(address, {"first_name": "x" * 151})
    assert long.status_code == 422
    cast.bob.refresh_from_db()
    assert cast.bob.first_name == "Robert"


def test_a_new_password_ends_other_sessions_and_keeps_ones_own(cast: Cast, client: Client) -> None:
    other = Client()
    for browser in (client, other):
        browser.force_login(cast.alice)
    typed = {
        "current_password": PASSWORD,
        "password": "another fine password",
        "again": "another fine password",
    }
    assert client.post("/app/account/", typed)["Location"] == "/app/account/"
    assert client.get("/app/account/").status_code == 200
    assert other.get("/app/account/").status_code == 302


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"current_password": "wrong"}, ("current_password", "This isn't your current password.")),
        ({"password": "short", "again": "short"}, ("password", "Use at least 10 characters.")),
        (
            {"password": "alice@acme.test", "again": "alice@acme.test"},
            ("password", "This password is too much like your name or e-mail."),
        ),
        ({"again": "something else"}, ("again", "This isn't the same password.")),
    ],
)
def test_a_refused_password_changes_nothing(
    cast: Cast, client: Client, typed: dict[str, str], fault: tuple[str, str]
) -> None:
    client.force_login(cast.alice)
    answer = client.post(
        "/app/account/",
        {"current_password": PASSWORD, "password": "a fine long one", "again": "a fine long one"}
        | typed,
    )
    assert answer.status_code == 422
    assert answer.context["form"].errors == {fault[0]: [fault[1]]}
    assert User.objects.unscoped().get(pk=cast.alice.pk).check_password(PASSWORD)


def asked_for_a_link(client: Client, sent: Sent, email: str) -> str:
    answer = client.post("/app/forgotten/", {"email": email})
    assert answer.status_code == 200
    letters, sent[:] = list(sent), []
    for task, args in letters:
        assert task == "core.identity.tasks.send_reset_letter"
        current_app.tasks[task](*args)
    return answer.content.decode().replace(email, "")


def link_of(message: Any) -> str:
    found = re.search(r"http://testserver(/app/reset/\S+)", message.body)
    assert found
    return found[1]


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    cast: Cast, client: Client, sent: Sent
) -> None:
    asked_for_a_link(client, sent, "alice@acme.test")
    link, typed = (
        link_of(mail.outbox[0]),
        {"password": "another fine password", "again": "another fine password"},
    )
    assert client.get(link).status_code == 200
    assert client.post(link, typed)["Location"] == SIGN_IN
    assert (client.get(link).status_code, client.post(link, typed).status_code) == (410, 410)
    assert client.post(SIGN_IN, entered(password="another fine password")).status_code == 302


def test_asking_for_a_link_tells_nobody_who_has_an_account(
    cast: Cast, client: Client, sent: Sent
) -> None:
    known, unknown = (
        asked_for_a_link(client, sent, "alice@acme.test"),
        asked_for_a_link(client, sent, "nobody@acme.test"),
    )
    assert re.sub(r'value="\S+"', "", known) == re.sub(r'value="\S+"', "", unknown)
    assert [message.to for message in mail.outbox] == [["alice@acme.test"]]


def test_three_letters_an_hour_are_enough(cast: Cast, client: Client, sent: Sent) -> None:
    for _ in range(5):
        asked_for_a_link(client, sent, "alice@acme.test")
    assert len(mail.outbox) == 3


def test_a_letter_is_the_backgrounds_work_whether_or_not_there_is_an_account(
    cast: Cast, client: Client, sent: Sent
) -> None:
    for email in ("alice@acme.test", "nobody@acme.test"):
        client.post("/app/forgotten/", {"email": email})
    assert mail.outbox == []
    assert [(task, args[0]) for task, args in sent] == [
        ("core.identity.tasks.send_reset_letter", "alice@acme.test"),
        ("core.identity.tasks.send_reset_letter", "nobody@acme.test"),
    ]
    assert not any("/reset/" in str(args) for _task, args in sent), "the link isn't in the message"


def test_links_lead_where_the_settings_say_whatever_the_host_header(
    cast: Cast, client: Client, sent: Sent, settings: Any
) -> None:
    settings.SITE_URL = "https://crm.example.com"
    client.defaults["HTTP_HOST"] = "testserver:6666"
    client.post("/app/forgotten/", {"email": "alice@acme.test"})
    (task, args) = sent[0]
    current_app.tasks[task](*args)
    assert "\nhttps://crm.example.com/app/reset/" in mail.outbox[0].body
    assert "6666" not in mail.outbox[0].body


def test_a_letter_speaks_the_language_of_the_page(cast: Cast, client: Client, sent: Sent) -> None:
    client.cookies["django_language"] = "es"
    asked_for_a_link(client, sent, "alice@acme.test")
    assert "Hola" in mail.outbox[0].body


def test_one_signs_in_with_the_keyboard_alone(cast: Cast, page: Page) -> None:
    page.goto(SIGN_IN)
    expect(page.locator("[name=email]")).to_be_focused()
    page.keyboard.type("bob@acme.test")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("isn't right")
    expect(page.locator("[name=password]")).to_be_focused()  # what is wrong
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/today/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_one_signs_in_and_out_without_scripts(cast: Cast, without_javascript: Page) -> None:
    page = without_javascript
    page.goto("/app/account/")
    page.fill("[name=email]", "bob@acme.test")
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('Sign in')")
    expect(page.locator("h1")).to_have_text("Your account")
    page.click(".topbar .user-menu summary")
    page.click("text=Sign out")
    expect(page.locator("h1")).to_have_text("Sign in")


def type_into_the_form_and_lose_the_session(page: Page, cast: Cast) -> None:
    sign_in(page, cast.alice)
    page.goto("/app/components/form/")
    page.fill("[name=first_name]", "Ωmega <b>")
    page.fill("[name=email]", "omega@example.com")
    page.fill("[name=notes]", "two\nlines")
    change_password(
        actor=actor_of(cast.alice),
        user=User.objects.unscoped().get(pk=cast.alice.pk),
        password=PASSWORD,
    )
    page.click("main button:has-text('Save')")
    expect(page.locator("h1")).to_have_text("Sign in")
    page.fill("[name=email]", "alice@acme.test")
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('Sign in')")


def test_a_session_that_ends_while_typing_loses_no_text(cast: Cast, page: Page) -> None:
    type_into_the_form_and_lose_the_session(page, cast)
    expect(page.locator("[name=first_name]")).to_have_value("Ωmega <b>")
    expect(page.locator("[name=notes]")).to_have_value("two\nlines")
    expect(page.locator(".toast")).to_contain_text("Nothing is saved yet")
    page.click("main button:has-text('Save')")
    expect(page.locator(".toast")).to_contain_text("Saved")


def test_without_scripts_neither(cast: Cast, without_javascript: Page) -> None:
    type_into_the_form_and_lose_the_session(without_javascript, cast)
    without_javascript.click("text=Continue")
    expect(without_javascript.locator("[name=notes]")).to_have_value("two\nlines")


def test_a_form_older_than_the_last_sign_in_comes_back_unsaved(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    typed = {"first_name": "Omega", "csrfmiddlewaretoken": "old"}
    answer = client.post("/app/components/form/", typed)
    assert (answer.status_code, answer.context["pairs"]) == (403, [("first_name", "Omega")])
    assert client.post("/app/place/", {"environment": "test"}).templates[0].name == "error.html"


def test_the_password_that_one_types_can_be_shown(page: Page, cast: Cast, db: Any) -> None:
    page.goto(SIGN_IN)
    field = page.get_by_label("Password", exact=True)
    field.fill(PASSWORD)
    page.get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "text")
    check_accessible(page, widths=(360,))
    page.get_by_role("button", name="Show the password").click()
    expect(field).to_have_attribute("type", "password")


def test_what_is_kept_can_not_be_forged_and_holds_no_password(cast: Cast, client: Client) -> None:
    refused = client.post(
        "/app/account/",
        {"current_password": "secret-word-1", "password": "secret-word-2", "note": "kept"},
    )
    assert refused.status_code == 401
    kept = refused.context["kept"]
    back = client.post(SIGN_IN, entered(kept=kept))
    assert back.context["pairs"] == [("note", "kept")]
    assert client.post(SIGN_IN, entered(kept=kept + "x")).status_code == 302

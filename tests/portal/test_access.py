"""The way into the portal and out of it, and that it leads nowhere else."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.models import Organization
from crm.portal.colour import ink_on, style_sheet
from customers.choices import PortalLinkPurpose
from customers.models import Customer, PortalSession
from customers.services.management import block_customer, register_customer
from tests.cast import Cast, customer_values
from tests.portal.conftest import HOME, PASSWORD, letter, sign_in


def test_the_portal_leads_to_the_only_organization_and_lists_none(
    cast: Cast, stranger: Client
) -> None:
    page = stranger.get("/portal/")
    assert page.status_code == 200
    assert b"Acme" not in page.content
    assert stranger.get("/portal/", {"name": "acme"}).url == HOME  # type: ignore[attr-defined]
    for name in ("nowhere", "", "a b", "x" * 200, "\x00"):
        assert stranger.get("/portal/", {"name": name}).status_code == 422
    Organization.objects.filter(slug="other").update(portal_enabled=False)
    assert stranger.get("/portal/").url == HOME  # type: ignore[attr-defined]


@pytest.mark.parametrize("change", [{"portal_enabled": False}, {"is_active": False}])
def test_a_closed_portal_cannot_be_told_from_none(
    cast: Cast, portal: Client, change: dict[str, Any]
) -> None:
    Organization.objects.filter(slug="acme").update(**change)
    closed, nowhere = portal.get(HOME + "sign-in/"), portal.get("/portal/nowhere/sign-in/")
    assert (closed.status_code, nowhere.status_code) == (404, 404)
    assert closed.content == nowhere.content
    assert portal.get(HOME).status_code == 404


def test_signing_in_by_password_leads_to_where_one_was_going(
    jane: Customer, stranger: Client
) -> None:
    asked = stranger.get(HOME + "profile/")
    assert asked.url == HOME + "sign-in/?next=%2Fportal%2Facme%2Fprofile%2F"  # type: ignore[attr-defined]
    page = stranger.get(asked.url)  # type: ignore[attr-defined]
    sent = {"email": jane.email, "password": PASSWORD, "next": page.context["next"]}
    assert stranger.post(HOME + "sign-in/", sent).url == HOME + "profile/"  # type: ignore[attr-defined]
    assert stranger.get(HOME + "profile/").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test/",
        "//evil.test/",
        "/app/",
        "/portal/other/",
        "/portal/acme",
        "/portal/acme/../../app/",
        "\x00",
    ],
)
def test_signing_in_leads_nowhere_else(jane: Customer, stranger: Client, address: str) -> None:
    sent = {"email": jane.email, "password": PASSWORD, "next": address}
    assert stranger.post(HOME + "sign-in/", sent).url == HOME  # type: ignore[attr-defined]


def test_the_cookie_is_the_portals_own_and_hidden_from_scripts(
    jane: Customer, stranger: Client
) -> None:
    sign_in(stranger, jane.email)
    assert settings.SESSION_COOKIE_NAME not in stranger.cookies
    cookie = stranger.cookies["portal_customer"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (HOME, True, "Lax")
    page = stranger.get(HOME)
    assert page.headers["Cache-Control"] == "no-store"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page.content.decode()


def test_one_browser_may_be_in_two_organizations_portals(
    jane: Customer, stranger: Client, cast: Cast
) -> None:
    other = actor_of(cast.charlie)
    register_customer(actor=other, values=customer_values(1), password=PASSWORD)
    theirs = HOME.replace(cast.acme.slug, other.organization.slug)
    paths = set()
    for home in (HOME, theirs):
        sent = {"email": jane.email, "password": PASSWORD}
        answer = stranger.post(home + "sign-in/", sent)
        assert answer.status_code == 302, answer.content.decode()
        paths.add(answer.cookies["portal_customer"]["path"])
        assert answer.cookies["portal_link"]["path"] == home
    assert paths == {HOME, theirs}, "neither takes the place of the other"


def test_wrong_credentials_and_guessing_are_refused_alike(jane: Customer, stranger: Client) -> None:
    def attempt(email: str) -> tuple[int, str]:
        sent = {"email": email, "password": "wrong"}
        answer = stranger.post(HOME + "sign-in/", sent)
        text = answer.content.decode().replace(email, "")
        return answer.status_code, re.sub(r'value="[\w-]{64}"', "", text)

    assert attempt(jane.email) == attempt("nobody@example.com")
    for _ in range(9):
        attempt(jane.email)
    assert attempt(jane.email)[0] == 429
    assert PortalSession.objects.unscoped().count() == 0


def test_a_form_without_its_token_is_refused(jane: Customer) -> None:
    client = Client(enforce_csrf_checks=True, REMOTE_ADDR=new_id().hex)
    answer = client.post(HOME + "sign-in/", {"email": jane.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert PortalSession.objects.unscoped().count() == 0


def test_signing_out_ends_the_session(portal: Client) -> None:
    assert portal.get(HOME + "sign-out/").status_code == 405
    secret = portal.cookies["portal_customer"].value
    portal.post(HOME + "sign-out/")
    portal.cookies["portal_customer"] = secret
    assert portal.get(HOME).url == HOME + "sign-in/"  # type: ignore[attr-defined]


def test_asking_for_a_link_answers_the_same_for_known_and_unknown(
    jane: Customer, stranger: Client
) -> None:
    def ask(email: str) -> str:
        answer = stranger.post(HOME + "send-link/", {"email": email})
        assert answer.status_code == 200
        return re.sub(r'value="[\w-]{64}"', "", answer.content.decode().replace(email, ""))

    assert ask(jane.email) == ask("nobody@example.com")
    assert mail.outbox == []


def test_a_link_signs_in_when_it_is_used_not_when_it_is_looked_at(
    cast: Cast, jane: Customer, stranger: Client
) -> None:
    path, _code = letter(cast.acme, jane.email)
    for _ in range(2):
        looked = stranger.get(path)
        assert looked.url == HOME + "enter/"  # type: ignore[attr-defined]
        assert jane.email in stranger.get(HOME + "enter/").content.decode()
    assert PortalSession.objects.unscoped().count() == 0
    assert stranger.post(HOME + "enter/").url == HOME  # type: ignore[attr-defined]
    assert stranger.get(HOME).status_code == 200
    stranger.get(path)
    assert stranger.get(HOME + "enter/").status_code == 410
    assert stranger.post(HOME + "enter/").status_code == 410


def test_a_walk_in_chooses_a_password_first(
    cast: Cast, walk_in: Customer, stranger: Client
) -> None:
    path, _code = letter(cast.acme, walk_in.email)
    stranger.get(path)
    page = stranger.get(HOME + "enter/")
    assert set(page.context["form"].fields) == {"password", "again"}
    for sent in (
        {},
        {"password": PASSWORD, "again": "another"},
        {"password": "short", "again": "short"},
        {"password": "x" * 129, "again": "x" * 129},
    ):
        assert stranger.post(HOME + "enter/", sent).status_code == 422
    assert PortalSession.objects.unscoped().count() == 0
    stranger.post(HOME + "enter/", {"password": PASSWORD, "again": PASSWORD})
    assert stranger.get(HOME).status_code == 200


def test_a_code_is_as_good_as_its_link(
    cast: Cast, jane: Customer, walk_in: Customer, stranger: Client
) -> None:
    _path, code = letter(cast.acme, walk_in.email)
    sent = {"email": walk_in.email, "code": f" {code[:3]} {code[3:]} "}
    assert stranger.post(HOME + "code/", sent).url == HOME + "enter/"  # type: ignore[attr-defined]
    assert stranger.get(HOME + "enter/").context["form"] is not None
    _path, code = letter(cast.acme, jane.email)
    for wrong in ("", "12345", "abcdef", "١٢٣٤٥٦", "1234567"):
        assert (
            stranger.post(HOME + "code/", {"email": jane.email, "code": wrong}).status_code == 422
        )
    assert stranger.post(HOME + "code/", {"email": jane.email, "code": code}).url == HOME  # type: ignore[attr-defined]


def test_what_is_no_email_is_told_with_an_example(cast: Cast, stranger: Client) -> None:
    answer = stranger.post(HOME + "send-link/", {"email": "jane"})
    told = "Enter an e-mail address such as name@example.com."
    assert (answer.status_code, told in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("path", ["link/x/", "link/%00/", "verify/x/", "link/" + "x" * 3000 + "/"])
def test_a_made_up_link_leads_to_the_polite_page(cast: Cast, stranger: Client, path: str) -> None:
    page = stranger.get(HOME + path, follow=True)
    assert page.status_code == 410
    text = page.content.decode()
    assert "This link no longer works" in text
    assert "{%" not in text


def test_a_link_of_somebody_blocked_meanwhile_is_the_polite_page(
    cast: Cast, actor: Any, jane: Customer, stranger: Client
) -> None:
    path, _code = letter(cast.acme, jane.email)
    block_customer(actor=actor, customer_id=jane.pk, values={"is_blocked": True})
    assert stranger.get(path, follow=True).status_code == 410


def test_verifying_an_email_signs_nobody_in(cast: Cast, jane: Customer, stranger: Client) -> None:
    path, _code = letter(cast.acme, jane.email, PortalLinkPurpose.VERIFY_EMAIL)
    page = stranger.get(path, follow=True)
    assert jane.email in page.content.decode()
    jane.refresh_from_db()
    assert not jane.email_verified
    assert stranger.post(HOME + "verify/").status_code == 200
    jane.refresh_from_db()
    assert jane.email_verified
    assert "portal_customer" not in stranger.cookies
    assert stranger.post(HOME + "verify/").status_code == 410


def test_blocking_ends_the_very_next_request(actor: Any, jane: Customer, portal: Client) -> None:
    assert portal.get(HOME).status_code == 200
    block_customer(actor=actor, customer_id=jane.pk, values={"is_blocked": True})
    assert portal.get(HOME).url == HOME + "sign-in/"  # type: ignore[attr-defined]


# Languages and looks


def test_the_language_is_the_one_chosen_else_the_customers_else_the_organizations(
    cast: Cast, jane: Customer, stranger: Client
) -> None:
    assert (
        "Sign in"
        in stranger.get(HOME + "sign-in/", headers={"Accept-Language": "es"}).content.decode()
    )
    Organization.objects.filter(slug="acme").update(language="es")
    page = stranger.get(HOME + "sign-in/")
    assert "Iniciar sesión" in page.content.decode()
    assert page.headers["Content-Language"] == "es"
    Customer.objects.unscoped().filter(pk=jane.pk).update(language="en")
    sign_in(stranger, jane.email)
    assert "Hello Jane" in stranger.get(HOME).content.decode()
    stranger.post(HOME + "language/", {"language": "es", "next": HOME})
    assert "Hola, Jane" in stranger.get(HOME).content.decode()
    stranger.post(HOME + "language/", {"language": "xx"})
    assert "Hola, Jane" in stranger.get(HOME).content.decode()
    assert settings.LANGUAGE_COOKIE_NAME not in stranger.cookies


def test_the_colour_is_a_style_sheet_of_its_own(cast: Cast, stranger: Client) -> None:
    assert "colour.css" not in stranger.get(HOME + "sign-in/").content.decode()
    Organization.objects.filter(slug="acme").update(portal_color="#FFee00")
    assert HOME + "colour.css" in stranger.get(HOME + "sign-in/").content.decode()
    sheet = stranger.get(HOME + "colour.css")
    assert sheet.headers["Content-Type"] == "text/css"
    assert sheet.content.decode() == ":root { --brand: #ffee00; --on-brand: #000000; }\n"
    assert style_sheet("red; } body { display: none") == ""


@pytest.mark.parametrize(
    ("colour", "ink"),
    [((0, 0, 0), "#ffffff"), ((255, 255, 255), "#000000"), ((0x77, 0x77, 0x77), "#000000")],
)
def test_the_ink_stands_out(colour: tuple[int, int, int], ink: str) -> None:
    assert ink_on(*colour) == ink


# Nothing of the staff's is the customers', and the other way round


def addresses(prefix: str, resolver: URLResolver | None = None, begun: str = "") -> Iterator[str]:
    """Every address under `prefix`, its parameters filled in."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = begun + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(prefix, entry, route)
        elif isinstance(entry, URLPattern) and f"/{route}".startswith(prefix) and "(" not in route:
            yield "/" + re.sub(r"<(\w+:)?(\w+)>", _filled, route).replace("$", "").replace("^", "")


def _filled(match: re.Match[str]) -> str:
    kind, name = match[1], match[2]
    if name == "organization":
        return "acme"
    return new_id().hex if kind != "uuid:" else str(new_id())


def test_no_address_of_the_staff_opens_to_a_customer(portal: Client) -> None:
    walked = 0
    secret = portal.cookies["portal_customer"].value
    for prefix in ("/app/", "/admin/", "/api/", "/customers"):
        for address in addresses(prefix):
            # a browser wouldn't even send it there: the cookie's path is the portal's
            answer = portal.get(address, headers={"Cookie": f"portal_customer={secret}"})
            stranger = Client().get(address)
            walked += 1
            assert answer.status_code == stranger.status_code, address
            assert b"Jane Smith1" not in answer.content, address
    assert walked > 100


def test_no_address_of_the_portal_opens_to_the_staff(cast: Cast, jane: Customer) -> None:
    staff = Client()
    staff.force_login(cast.sue)
    walked = 0
    for address in addresses("/portal/"):
        for method in ("get", "post"):
            answer = getattr(staff, method)(address)
            asked = getattr(Client(), method)(address)
            walked += 1
            assert answer.status_code == asked.status_code, address
            assert answer.headers.get("Location") == asked.headers.get("Location"), address
    assert walked > 30
    staff.cookies["portal_customer"] = staff.cookies[settings.SESSION_COOKIE_NAME].value
    assert staff.get(HOME).status_code == 302

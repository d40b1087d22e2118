"""The customers' portal in a browser: a walk on a phone without scripts, and accessible pages."""

import datetime as dt
import json
import zipfile
from typing import Any

import pytest
from playwright.sync_api import Page

from appointments.models import Appointment
from appointments.services import book_appointment, create_service
from core.clock import now
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers.models import Consent, Customer, PrivacyRequest
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible
from tests.portal.conftest import HOME, PASSWORD, letter

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def walk_in(actor: Actor, cast: Cast) -> Customer:
    """With an appointment to come and one that was, in an organization that takes bookings."""
    Organization.objects.filter(pk=cast.acme.pk).update(portal_booking=True, portal_color="#0f766e")
    customer = create_customer(actor=actor, values=customer_values(1, notify_sms=True))
    service = create_service(actor=actor, values={"name": "Haircut", "price": "45"})
    for days, more in ((5, {}), (-20, {"status": "completed"})):
        start = now().replace(hour=16, minute=0, second=0, microsecond=0) + dt.timedelta(days=days)
        values = {
            "customer": customer.pk,
            "service": service.pk,
            "staff": cast.bob.pk,
            "outlet": cast.outlet.pk,
            "start_at": start,
            **more,
        }
        book_appointment(actor=actor, values=values)
    return customer


def enter(page: Page, cast: Cast, customer: Customer) -> None:
    """By the first link, choosing a password."""
    path, _code = letter(cast.acme, customer.email)
    page.goto(path)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password, once more").fill(PASSWORD)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("heading", name="Hello Jane Smith1").wait_for()


def test_a_walk_in_finds_their_way_on_a_phone_without_scripts(
    cast: Cast, walk_in: Customer, without_javascript: Page, tmp_path: Any
) -> None:
    page = without_javascript
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(HOME)
    page.get_by_role("link", name="E-mail me a sign-in link").click()
    page.get_by_label("E-mail").fill(walk_in.email)
    page.get_by_role("button", name="Send the link").click()
    page.get_by_role("heading", name="Check your e-mail").wait_for()
    enter(page, cast, walk_in)

    page.get_by_role("link", name="Move").click()
    row = Appointment.objects.unscoped().get(customer=walk_in, status="pending")
    before = row.start_at
    page.get_by_role("link", name="The day after").click()
    page.locator(".portal-slots button").first.click()
    page.get_by_text("Your appointment is now on").wait_for()
    row.refresh_from_db()
    assert row.start_at.date() > before.date()

    page.get_by_role("link", name="Privacy").click()
    page.get_by_label("Notifications by SMS").uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("SMS: withdrawn").wait_for()
    assert not Consent.objects.unscoped().get(customer=walk_in, method="portal").granted

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download my data").click()
    file = tmp_path / "own.zip"
    waiting.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("archive.json"))["customer"]["email"] == walk_in.email

    page.get_by_role("link", name="Ask for erasure").click()
    page.get_by_text("Your data can't be erased while this stands").wait_for()
    page.get_by_role("button", name="Ask for erasure").click()
    page.get_by_text("We have your request").wait_for()
    assert PrivacyRequest.objects.unscoped().get().opened_by == "Jane Smith1"

    page.get_by_role("button", name="Español").click()
    page.get_by_role("button", name="Cerrar sesión").click()
    page.get_by_role("heading", name="Iniciar sesión").wait_for()


OUTSIDE = ["/portal/", HOME + "sign-in/", HOME + "send-link/", HOME + "forgotten/", HOME + "enter/"]


def test_the_pages_before_signing_in_are_accessible(cast: Cast, page: Page) -> None:
    for path in OUTSIDE:
        page.goto(path)
        check_accessible(page)


def test_the_pages_inside_are_accessible(cast: Cast, walk_in: Customer, page: Page) -> None:
    enter(page, cast, walk_in)
    row = Appointment.objects.unscoped().get(customer=walk_in, status="pending")
    service, day = row.service_id, (now() + dt.timedelta(days=8)).date()
    for path in (
        "",
        "profile/",
        "profile/email/",
        "profile/password/",
        "preferences/",
        "privacy/",
        "privacy/erasure/",
        f"appointments/{row.pk}/move/",
        f"appointments/{row.pk}/cancel/",
        f"book/?service={service}&outlet={cast.outlet.pk}&day={day}",
        "nowhere/",
    ):
        page.goto(HOME + path)
        check_accessible(page)

"""What customers see and do in the portal."""

import datetime as dt
import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar as ICalendar

from appointments.models import Appointment, Service
from appointments.services import book_appointment, create_service
from core.audit.models import AuditEntry
from core.clock import now
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from customers.models import Consent, ConsentWording, Customer, PrivacyRequest
from customers.services.management import register_customer
from customers.services.wordings import create_wording
from tests.cast import Cast, customer_values
from tests.portal.conftest import HOME, PASSWORD, sign_in


def booked(actor: Actor, customer: Customer, *, days: int = 5, **more: Any) -> Appointment:
    start = now().replace(hour=16, minute=0, second=0, microsecond=0) + dt.timedelta(days=days)
    values = {"customer": customer.pk, "start_at": start, "end_at": start + dt.timedelta(hours=1)}
    return book_appointment(actor=actor, values={**values, **more})


def page_of(client: Client, path: str = "") -> str:
    answer = client.get(HOME + path)
    assert answer.status_code == 200
    return answer.content.decode()


def fields(client: Client, path: str) -> dict[str, Any]:
    """What a form would send unchanged."""
    form = client.get(HOME + path).context["form"]
    sent = {bound.html_name: bound.value() for bound in form}
    return {name: value for name, value in sent.items() if value not in (None, False)}


# Appointments


def test_appointments_are_shown_on_their_outlets_clock_with_what_may_be_done(
    cast: Cast, actor: Actor, jane: Customer, portal: Client
) -> None:
    pending = booked(actor, jane, outlet=cast.outlet.pk)
    soon = booked(actor, jane, days=1, status="confirmed")
    over = booked(actor, jane, days=-5, status="completed")
    Organization.objects.filter(slug="acme").update(portal_change_hours=72)
    text = page_of(portal)
    for row, actions in ((pending, {"confirm", "move", "cancel"}), (soon, set()), (over, set())):
        offered = {
            name
            for name in ("confirm", "move", "cancel")
            if f"{HOME}appointments/{row.pk}/{name}/" in text
        }
        assert offered == actions
    assert "America/Detroit" in text
    assert "up to 72 hours before" in text


def test_another_customers_appointment_is_the_ordinary_404(actor: Actor, portal: Client) -> None:
    other = register_customer(actor=actor, values=customer_values(2), password=PASSWORD)
    row = booked(actor, other)
    for key in (row.pk, new_id()):
        for name in ("move", "cancel"):
            assert portal.get(f"{HOME}appointments/{key}/{name}/").status_code == 404
        for name in ("confirm", "cancel"):
            assert portal.post(f"{HOME}appointments/{key}/{name}/").status_code == 404
        sent = {"start_at": row.start_at.isoformat()}
        assert portal.post(f"{HOME}appointments/{key}/move/", sent).status_code == 404
    row.refresh_from_db()
    assert (row.status, row.version) == ("pending", 1)


def test_confirming_cancelling_and_what_was_seen_meanwhile(
    actor: Actor, jane: Customer, portal: Client
) -> None:
    row = booked(actor, jane)
    path = f"{HOME}appointments/{row.pk}/"
    assert portal.post(path + "confirm/", {"version": "9"}).status_code == 409
    portal.post(path + "confirm/", {"version": "1"})
    assert portal.cookies["portal_messages"]["path"] == "/portal/"
    row.refresh_from_db()
    assert row.status == "confirmed"
    assert "Your appointment is confirmed." in page_of(portal)
    assert "Your appointment is confirmed." not in page_of(portal)
    assert portal.get(path + "cancel/").status_code == 200
    portal.post(path + "cancel/", {"version": "2"})
    row.refresh_from_db()
    assert row.status == "cancelled"
    assert portal.get(path + "cancel/").status_code == 409


def test_moving_offers_the_times_of_a_day_and_takes_one(
    cast: Cast, actor: Actor, jane: Customer, portal: Client
) -> None:
    row = booked(actor, jane, staff=cast.bob.pk)
    path = f"{HOME}appointments/{row.pk}/move/"
    day = (now() + dt.timedelta(days=8)).date().isoformat()
    offered = portal.get(path, {"day": day}).context["slots"]
    assert len(offered) == 19
    sent = {"start_at": offered[3].value, "version": "1", "day": day}
    assert portal.post(path, sent).url == HOME  # type: ignore[attr-defined]
    row.refresh_from_db()
    assert row.start_at == dt.datetime.fromisoformat(offered[3].value)
    assert row.end_at - row.start_at == dt.timedelta(hours=1)
    for bad in ("", "tomorrow", "2027-01-01T10:00:00", "0001-01-01T00:00:00+00:00", "\x00"):
        assert portal.post(path, {"start_at": bad}).status_code == 400
    taken = {"start_at": row.start_at.isoformat(), "version": str(row.version)}
    refused = portal.post(path, taken)
    assert refused.status_code == 409
    assert "free any more" in refused.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("day", ["", "x", "0001-01-01", "9999-12-31", "2020-02-30"])
def test_any_day_that_is_asked_for_is_answered_by_one_that_is_offered(
    actor: Actor, jane: Customer, portal: Client, day: str
) -> None:
    row = booked(actor, jane)
    assert portal.get(f"{HOME}appointments/{row.pk}/move/", {"day": day}).status_code == 200


def test_a_full_day_leads_to_the_next_with_something_free(
    cast: Cast, actor: Actor, jane: Customer, portal: Client
) -> None:
    row = booked(actor, jane, staff=cast.bob.pk)
    day = (now() + dt.timedelta(days=8)).date()
    values = {
        "customer": jane.pk,
        "start_at": f"{day}T00:00:00Z",
        "end_at": f"{day + dt.timedelta(days=3)}T00:00:00Z",
    }
    book_appointment(actor=actor, values=values)
    page = portal.get(f"{HOME}appointments/{row.pk}/move/", {"day": day + dt.timedelta(days=1)})
    assert page.context["slots"] == []
    free = dt.date.fromisoformat(page.context["next_free"])
    assert day + dt.timedelta(days=2) <= free <= day + dt.timedelta(days=3)
    assert portal.get(f"{HOME}appointments/{row.pk}/move/", {"day": free}).context["slots"]


def test_booking_where_it_is_open_once_however_often_it_is_sent(
    cast: Cast, actor: Actor, jane: Customer, portal: Client
) -> None:
    assert portal.get(HOME + "book/").status_code == 409
    assert HOME + "book/" not in page_of(portal)
    Organization.objects.filter(slug="acme").update(portal_booking=True)
    service = create_service(actor=actor, values={"name": "Haircut", "duration_minutes": 30})
    assert portal.get(HOME + "book/").status_code == 200
    day = (now() + dt.timedelta(days=8)).date().isoformat()
    asked = {"service": service.pk, "outlet": cast.outlet.pk, "day": day}
    page = portal.get(HOME + "book/", asked)
    sent = {
        **asked,
        "start_at": page.context["slots"][0].value,
        "submission": page.context["submission"],
    }
    for _ in range(2):
        assert portal.post(HOME + "book/", sent).url == HOME  # type: ignore[attr-defined]
    row = Appointment.objects.unscoped().get()
    assert (row.customer_id, row.service_id, row.status) == (jane.pk, service.pk, "confirmed")


def test_what_is_wished_for_is_the_organizations_own(
    cast: Cast, actor: Actor, portal: Client
) -> None:
    Organization.objects.update(portal_booking=True)
    stranger = Actor.system(organization=cast.other, label="test")
    theirs = create_service(actor=stranger, values={"name": "Theirs"})
    hidden = create_service(actor=actor, values={"name": "Hidden", "is_active": False})
    day = (now() + dt.timedelta(days=8)).date().isoformat()
    start = f"{day}T16:00:00+00:00"
    for service in (theirs.pk, hidden.pk, new_id(), "x"):
        asked = {"service": service, "outlet": cast.outlet.pk, "day": day, "start_at": start}
        assert portal.get(HOME + "book/", asked).status_code == 422
        assert portal.post(HOME + "book/", asked).status_code == 422
    own = create_service(actor=actor, values={"name": "Own"})
    asked = {"service": own.pk, "outlet": cast.outlet.pk, "day": day, "start_at": start}
    assert portal.post(HOME + "book/", {**asked, "staff": cast.charlie.pk}).status_code == 422
    assert Appointment.objects.unscoped().count() == 0
    assert Service.objects.unscoped().count() == 3


# Profile and preferences


def test_the_profile_is_changed_and_bad_values_stand_beside_their_fields(
    jane: Customer, portal: Client
) -> None:
    sent = fields(portal, "profile/")
    portal.post(HOME + "profile/", {**sent, "city": "Detroit", "phone": "(248) 555-0001"})
    jane.refresh_from_db()
    assert (jane.city, jane.phone) == ("Detroit", "+12485550001")
    sent = fields(portal, "profile/")
    faults = {"date_of_birth": "2999-01-01", "phone": "none", "city": "x" * 151}
    answer = portal.post(HOME + "profile/", {**sent, **faults})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) >= {"city"}
    answer = portal.post(HOME + "profile/", {**sent, "date_of_birth": "2999-01-01"})
    assert set(answer.context["form"].errors) == {"date_of_birth"}
    portal.post(HOME + "profile/", {**sent, "status": "vip", "notes": "mine", "email": "a@b.test"})
    before = jane.version
    jane.refresh_from_db()
    assert (jane.version, jane.notes, jane.email) == (before, "", "jane1@example.com")


def test_the_email_and_the_password_are_changed_with_the_password(
    jane: Customer, portal: Client
) -> None:
    sent = fields(portal, "profile/email/")
    wrong = {**sent, "email": "new@example.com", "current_password": "wrong"}
    assert portal.post(HOME + "profile/email/", wrong).status_code == 422
    portal.post(HOME + "profile/email/", {**wrong, "current_password": PASSWORD})
    jane.refresh_from_db()
    assert jane.email == "new@example.com"
    new = "quite another password"
    sent = {"current_password": PASSWORD, "password": new, "again": new}
    assert portal.post(HOME + "profile/password/", sent).url == HOME + "profile/"  # type: ignore[attr-defined]
    assert portal.get(HOME).status_code == 200
    fresh = Client(REMOTE_ADDR=new_id().hex)
    sign_in(fresh, jane.email, new)


def test_preferences_are_kept(cast: Cast, jane: Customer, actor: Actor, portal: Client) -> None:
    service = create_service(actor=actor, values={"name": "Haircut"})
    sent = {
        **fields(portal, "preferences/"),
        "language": "es",
        "preferred_outlet": cast.outlet.pk,
        "preferred_services": [service.pk],
        "contact_hours_start": "09:00",
    }
    assert portal.post(HOME + "preferences/", sent).status_code == 302
    jane.refresh_from_db()
    assert (jane.language, jane.preferred_outlet_id) == ("es", cast.outlet.pk)
    assert jane.contact_hours_start == dt.time(9)
    assert "Preferencias" in page_of(portal, "preferences/")
    sent = {**fields(portal, "preferences/"), "preferred_outlet": new_id()}
    assert portal.post(HOME + "preferences/", sent).status_code == 422


# Privacy


def test_a_consent_is_taken_back_and_its_history_shown(jane: Customer, portal: Client) -> None:
    sent = fields(portal, "privacy/")
    assert sent["notify_email"]
    del sent["notify_email"]
    portal.post(HOME + "privacy/", sent)
    row = Consent.objects.unscoped().get(customer=jane)
    assert (row.channel, row.granted, row.method) == ("email", False, "portal")
    assert row.wording.startswith("I agree that Acme Roofs writes to me")
    assert "withdrawn" in page_of(portal, "privacy/")


def test_a_saved_wording_is_shown_and_stands_in_the_ledger(
    actor: Actor, jane: Customer, portal: Client
) -> None:
    def say(name: str, language: str = "en", **more: Any) -> ConsentWording:
        values = {"name": name, "language": language, "text": f"{name} {language}", **more}
        return create_wording(actor=actor, values={"purpose": "marketing", **values})

    wanted = say("Newsletter", months=12)
    say("Newsletter", "es")
    say("Reminders", purpose="notifications", channel="sms")
    say("Old", is_active=False)
    page = portal.get(HOME + "privacy/")
    shown = {bound.name: bound.help_text for bound in page.context["form"].visible_fields()}
    assert shown == {
        "notify_email": "",
        "notify_sms": "Reminders en",
        "notify_push": "",
        "notify_whatsapp": "",
        "marketing_consent": "Newsletter en",
    }
    portal.post(HOME + "privacy/", {**fields(portal, "privacy/"), "marketing_consent": "on"})
    row = Consent.objects.unscoped().get(customer=jane)
    assert (row.granted, row.method, row.wording) == (True, "portal", "Newsletter en")
    assert row.shown is not None
    assert row.shown.wording == wanted
    assert row.expires_at is not None


def test_the_download_holds_the_own_data_and_nobody_elses(
    actor: Actor, jane: Customer, portal: Client
) -> None:
    register_customer(actor=actor, values=customer_values(2), password=PASSWORD)
    answer = portal.post(HOME + "privacy/download/")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        whole = archive.read("archive.json").decode()
    assert json.loads(whole)["customer"]["email"] == jane.email
    assert "jane2@example.com" not in whole
    assert jane.password not in whole
    entry = AuditEntry.objects.unscoped().get(action="customer.archived")
    assert (entry.actor_kind, entry.actor_id) == ("customer", jane.pk)
    assert portal.get(HOME + "privacy/download/").status_code == 405


@pytest.mark.parametrize(
    ("rate", "method", "path"),
    [("RATE_LIMIT_USER", "get", ""), ("RATE_LIMIT_EXPORT", "post", "privacy/download/")],
)
def test_customers_have_the_allowances_of_a_person(
    portal: Client, settings: Any, rate: str, method: str, path: str
) -> None:
    setattr(settings, rate, "2/hour")
    answers = [getattr(portal, method)(HOME + path).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_erasure_is_asked_for_once_and_what_forbids_it_is_shown(
    actor: Actor, jane: Customer, portal: Client
) -> None:
    row = booked(actor, jane)
    page = portal.get(HOME + "privacy/erasure/")
    assert [blocker.row_id for blocker in page.context["blockers"]] == [row.pk]
    for _ in range(2):
        answer = portal.post(HOME + "privacy/erasure/", {"note": "Please"})
        assert answer.url == HOME + "privacy/"  # type: ignore[attr-defined]
    asked = PrivacyRequest.objects.unscoped().get()
    assert (asked.customer_id, asked.kind, asked.note) == (jane.pk, "erasure", "Please")
    assert asked.opened_by == "Jane Smith1"
    assert Customer.objects.unscoped().filter(pk=jane.pk, deleted_at=None).exists()
    assert "You asked for this on" in page_of(portal, "privacy/erasure/")


# What the staff see


@pytest.fixture
def alice(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.alice)
    return client


def test_the_timeline_says_that_the_customer_did_it(
    jane: Customer, portal: Client, alice: Client
) -> None:
    sent = fields(portal, "profile/")
    portal.post(HOME + "profile/", {**sent, "city": "Detroit"})
    text = alice.get(f"/app/customers/{jane.pk}/").content.decode()
    assert "<b>Jane Smith1 (customer)</b>" in text
    assert "changed City" in text


def test_the_audit_names_the_kind_of_actor_and_the_door(
    jane: Customer, portal: Client, alice: Client
) -> None:
    entry = AuditEntry.objects.unscoped().get(action="customer.signed_in")
    text = alice.get(f"/app/settings/audit/{entry.pk}/").content.decode()
    assert "Customer signed in" in text
    assert "Portal" in text


def test_staff_send_a_link_from_the_customers_page(
    cast: Cast,
    jane: Customer,
    alice: Client,
    sent: list[tuple[str, list[Any]]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    path = f"/app/customers/{jane.pk}/invite/"
    assert path in alice.get(f"/app/customers/{jane.pk}/").content.decode()
    assert jane.email in alice.get(path).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert alice.post(path).status_code == 302
    name, args = sent[-1]
    assert (name, args[1], UUID(args[4])) == (
        "customers.tasks.mail_portal_link",
        "invitation",
        jane.pk,
    )
    bob = Client()
    bob.force_login(cast.bob)
    assert bob.post(path).status_code == 403


def test_an_administrator_sets_what_the_portal_is(cast: Cast, alice: Client) -> None:
    path = "/app/settings/portal/"
    page = alice.get(path)
    assert "http://testserver/portal/acme/" in page.content.decode()
    sent = {"portal_enabled": "on", "portal_change_hours": "48", "portal_booking": "on"}
    hidden = {bound.name: bound.value() or "" for bound in page.context["form"].hidden_fields()}
    alice.post(path, {**hidden, **sent, "portal_color": "#0f766e"})
    cast.acme.refresh_from_db()
    assert (cast.acme.portal_change_hours, cast.acme.portal_color) == (48, "#0f766e")
    assert cast.acme.portal_booking
    hidden = {
        bound.name: bound.value() or "" for bound in alice.get(path).context["form"].hidden_fields()
    }
    for bad in ({"portal_color": "red"}, {"portal_change_hours": "9000"}, {"portal_color": "#fff"}):
        assert alice.post(path, {**hidden, **sent, **bad}).status_code == 422


def test_the_queries_are_as_many_for_thirty_appointments_as_for_three(
    cast: Cast, actor: Actor, jane: Customer, portal: Client
) -> None:
    def asked(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert portal.get(HOME + path).status_code == 200
        return len(queries)

    for number in range(3):
        booked(actor, jane, days=5 + number, outlet=cast.outlet.pk, staff=cast.bob.pk)
    before = [asked(path) for path in ("", "privacy/", "privacy/erasure/")]
    for number in range(27):
        booked(actor, jane, days=8 + number, outlet=cast.outlet.pk, staff=cast.bob.pk)
    assert [asked(path) for path in ("", "privacy/", "privacy/erasure/")] == before


def test_an_appointment_is_a_file_for_their_own_calendar(
    cast: Cast, actor: Actor, jane: Customer, portal: Client
) -> None:
    cut = create_service(actor=actor, values={"name": "Cut"})
    row = booked(actor, jane, service=cut.pk, outlet=cast.outlet.pk, notes="Difficult")
    address = f"{HOME}appointments/{row.pk}/calendar.ics"
    assert address in page_of(portal)
    answer = portal.get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = ICalendar.from_ical(answer.content).walk("VEVENT")
    assert (str(event["summary"]), str(event["location"])) == ("Cut", "Downtown")
    assert event["dtstart"].dt == row.start_at
    assert b"Difficult" not in answer.content
    other = register_customer(actor=actor, values=customer_values(3), password=PASSWORD)
    theirs = booked(actor, other)
    assert portal.get(f"{HOME}appointments/{theirs.pk}/calendar.ics").status_code == 404

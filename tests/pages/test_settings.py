"""Settings: what each role finds there, and what its pages write, refuse and keep to themselves."""

import html
import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from appointments.models import Service
from appointments.services import book_appointment, create_service
from core.audit.models import AuditEntry
from core.clock import now
from core.identity.models import Session, User
from core.identity.services import actor_of
from core.identity.tokens import open_session
from core.jobs.models import Job
from core.tenancy.choices import ThresholdDoubt
from core.tenancy.models import ApiKey, Organization, Outlet
from core.tenancy.policy import OF_NO_ROLE, ROLE_PERMISSIONS, Permission
from core.tenancy.selectors import actor_of_key
from core.tenancy.services.api_keys import create_key
from core.tenancy.services.outlets import create_outlet
from customers.choices import Segment, Status
from customers.figures import recalculate
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer, edit_customer
from customers.services.work import create_project
from tests.api.policy_matrix import ROLES
from tests.cast import PASSWORD, Cast, customer_values

HOME = "/app/settings/"
PAGES = {
    "organization/": "tenant_admin",
    "outlets/": "staff",
    "outlets/new/": "tenant_admin",
    "services/": "staff",
    "services/new/": "outlet_manager",
    "portal/": "tenant_admin",
    "people/": "tenant_admin",
    "people/new/": "tenant_admin",
    "roles/": "staff",
    "privacy/": "tenant_admin",
    "retention/": "tenant_admin",
    "retention/erase/": "tenant_admin",
    "replies/": "staff",
    "replies/new/": "staff",
    "wordings/": "tenant_admin",
    "wordings/new/": "tenant_admin",
    "keys/": "tenant_admin",
    "keys/new/": "tenant_admin",
    "webhooks/": "tenant_admin",
    "webhooks/new/": "tenant_admin",
    "channels/": "tenant_admin",
    "audit/": "tenant_admin",
}
"""All that take no id, and the least role that finds them."""


@pytest.fixture
def alice(cast: Cast, client: Client) -> Client:
    client.force_login(cast.alice)
    return client


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def filled(client: Client, address: str, **typed: Any) -> dict[str, Any]:
    """What a browser would send from the form there."""
    form = client.get(address).context["form"]
    shown = {bound.html_name: bound.value() for bound in form}
    return {
        name: "" if value is None else value for name, value in shown.items() if value is not False
    } | typed


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# Who finds what


@pytest.mark.parametrize("role", ROLES)
def test_every_page_asks_its_permission_and_the_cards_lead_to_no_other(
    cast: Cast, role: str
) -> None:
    client = browser(cast.roles[role])
    linked = set(re.findall(rf'href="{HOME}([a-z]+/)"', text_of(client.get(HOME))))
    may = {page for page, least in PAGES.items() if ROLES.index(role) >= ROLES.index(least)}
    assert {page for page in PAGES if client.get(HOME + page).status_code == 200} == may
    assert linked == {page for page in may if page.count("/") == 1}


def test_who_may_not_manage_reads_outlets_without_a_button_to_change_them(cast: Cast) -> None:
    shown = text_of(browser(cast.bob).get(HOME + "outlets/"))
    assert "Downtown" in shown
    assert "New outlet" not in shown
    assert "Deactivate" not in shown


def foreign(cast: Cast) -> dict[str, Any]:
    theirs = actor_of(cast.charlie)
    outlet = create_outlet(actor=theirs, values={"name": "Theirs"})
    service = create_service(actor=theirs, values={"name": "Theirs"})
    entry = AuditEntry.objects.for_actor(theirs).first()
    assert entry is not None
    key = ApiKey.objects.for_actor(theirs).get()
    return {
        "outlet": outlet.pk,
        "service": service.pk,
        "person": cast.charlie.pk,
        "key-revoke": key.pk,
        "entry": entry.pk,
    }


def test_what_belongs_to_another_organization_can_not_be_told_from_nothing(
    alice: Client, cast: Cast
) -> None:
    unknown = "01939d4e-0000-7000-8000-000000000000"
    for name, key in foreign(cast).items():
        theirs, nothing = (
            alice.get(reverse(f"settings:{name}", args=[key])),
            alice.get(reverse(f"settings:{name}", args=[unknown])),
        )
        assert (theirs.status_code, nothing.status_code) == (404, 404), name
        assert theirs.content == nothing.content
    for name in ("outlet", "service", "person"):
        assert (
            alice.post(
                reverse(f"settings:{name}-deactivate", args=[foreign_key(cast, name)])
            ).status_code
            == 404
        )
    assert not Outlet.objects.unscoped().filter(is_active=False).exists()
    assert User.objects.unscoped().get(pk=cast.charlie.pk).is_active


def foreign_key(cast: Cast, name: str) -> Any:
    theirs = actor_of(cast.charlie)
    return {
        "outlet": Outlet.objects.for_actor(theirs).first(),
        "service": Service.objects.for_actor(theirs).first(),
        "person": cast.charlie,
    }[name].pk  # type: ignore[union-attr]


def test_the_cards_say_how_things_stand(alice: Client, cast: Cast) -> None:
    shown = text_of(alice.get(HOME))
    for state in (
        "1 outlet",
        "None yet",
        "4 people",
        "3 keys",
        "No entry yet",
        "You: Administrator",
    ):
        assert state in shown
    actor_of_key(key=cast.live_key)
    assert "3 keys, last used just now" in text_of(alice.get(HOME))


# The organization


def test_settings_are_searched_by_what_stands_on_their_pages(alice: Client, cast: Cast) -> None:
    def found(client: Client, search: str) -> list[str]:
        groups = client.get(HOME, {"search": search}).context["groups"]
        return [str(item["card"].title) for _title, cards in groups for item in cards]

    assert found(alice, "LOYALTY  points") == ["Organization"]
    assert found(alice, "opening") == ["Outlets"]
    assert found(browser(cast.bob), "loyalty") == []
    assert "Nothing is called" in text_of(alice.get(HOME, {"search": "klingon"}))
    part = text_of(alice.get(HOME, {"search": "audit"}, headers={"HX-Request": "true"}))
    assert "Audit" in part
    assert "<html" not in part


def test_a_threshold_is_saved_and_a_job_applies_it_to_all(alice: Client, cast: Cast) -> None:
    address = HOME + "organization/"
    alice.post(address, filled(alice, address, vip_lifetime_value="90000", currency="EUR"))
    saved = Organization.objects.get(pk=cast.acme.pk)
    assert (saved.vip_lifetime_value, saved.currency, saved.at_risk_days) == (90000, "EUR", 120)
    assert Job.objects.unscoped().filter(kind="recalculation", organization=cast.acme).count() == 2
    assert AuditEntry.objects.unscoped().get(action="organization.updated").changes == {
        "vip_lifetime_value": ["100000.00", "90000"],
        "currency": ["USD", "EUR"],
    }
    assert "All customers are being" in text_of(alice.get(address))


def test_thresholds_out_of_order_are_asked_about_once_and_a_currency_is_one_that_there_is(
    alice: Client, cast: Cast
) -> None:
    address = HOME + "organization/"
    typed = {"vip_lifetime_value": "1000", "inactive_days": "10", "churned_months": "0"}
    answer = alice.post(address, filled(alice, address, **typed))
    assert answer.status_code == 422
    for doubt in ThresholdDoubt:
        assert html.escape(str(doubt.label)) in answer.content.decode()
    assert Organization.objects.get(pk=cast.acme.pk).vip_lifetime_value == 100_000
    sure = {"anyway": list(ThresholdDoubt.values)}
    assert alice.post(address, filled(alice, address, **typed) | sure).status_code == 302
    assert Organization.objects.get(pk=cast.acme.pk).vip_lifetime_value == 1000
    # what is so already isn't asked about again
    assert alice.post(address, filled(alice, address, at_risk_days="130")).status_code == 302
    answer = alice.post(address, filled(alice, address, currency="ZZZ"))
    assert set(answer.context["form"].errors) == {"currency"}
    empty = alice.post(address, filled(alice, address, at_risk_days=""))
    assert set(empty.context["form"].errors) == {"at_risk_days"}
    assert Organization.objects.get(pk=cast.acme.pk).currency == "USD"


def test_what_thresholds_would_change_is_told_before_and_comes_true(
    alice: Client, cast: Cast
) -> None:
    actor = actor_of(cast.alice)
    for number, amount in enumerate((500, 60_000, 60_000, 200_000, 60_000, 60_000)):
        row = create_customer(actor=actor, values=customer_values(number))
        create_project(actor=actor, values={"customer": row.pk, "total_amount": amount})
    pinned, deleted = list(Customer.objects.for_actor(actor).order_by("pk"))[-2:]
    edit_customer(actor=actor, customer_id=pinned.pk, values={"status": "active"})
    delete_customer(actor=actor, customer_id=deleted.pk)
    address = HOME + "organization/"
    form = filled(alice, address, vip_lifetime_value="50000.00", repeat_projects="1")
    answer = alice.post(address + "effects/", form, headers={"HX-Request": "true"})
    told = answer.context["effects"]
    assert told == [("Active", 4, 2), ("VIP", 1, 3), ("Standard", 1, 0), ("Repeat", 0, 1)]
    assert "VIP: 3 customers (now 1)" in text_of(answer)
    assert Organization.objects.get(pk=cast.acme.pk).vip_lifetime_value == 100_000
    # what is told is what the change then makes
    alice.post(address, form)
    cast.acme.refresh_from_db()
    recalculate(organization=cast.acme, environment="live")
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    for label, _now, then in told:
        (name, value) = next(
            (name, kind.value)
            for name, kinds in (("status", Status), ("segment", Segment))
            for kind in kinds
            if kind.label == label
        )
        assert living.filter(**{name: value}).count() == then
    again = alice.post(address + "effects/", filled(alice, address), headers={"HX-Request": "true"})
    assert again.context["asked"] is False
    assert browser(cast.mona).post(address + "effects/", form).status_code == 403


def test_a_new_name_starts_no_job(alice: Client) -> None:
    address = HOME + "organization/"
    answer = alice.post(address, filled(alice, address, name="Acme"), follow=True)
    assert "Saved." in text_of(answer)
    assert not Job.objects.unscoped().exists()


def test_what_the_domain_refuses_stands_beside_its_field_and_nothing_is_saved(
    alice: Client, cast: Cast
) -> None:
    address = HOME + "organization/"
    answer = alice.post(
        address, filled(alice, address, vip_lifetime_value="-1", new_days="-1", name="Kept")
    )
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"vip_lifetime_value", "new_days"}
    assert 'value="Kept"' in text_of(answer)
    assert Organization.objects.get(pk=cast.acme.pk).name == "Acme Roofs"


def test_two_who_change_one_threshold_see_both_values(alice: Client, cast: Cast) -> None:
    address = HOME + "organization/"
    mine = filled(alice, address, new_days="40")
    sue = browser(cast.sue)
    sue.post(address, filled(sue, address, new_days="50"))
    answer = alice.post(address, mine)
    assert answer.status_code == 409
    assert [
        (clash.before, clash.theirs, clash.yours) for clash in answer.context["form"].clashes
    ] == [("30", "50", "40")]
    assert Organization.objects.get(pk=cast.acme.pk).new_days == 50


# Outlets and services


def test_an_outlet_is_added_changed_switched_off_and_on(alice: Client, cast: Cast) -> None:
    new = HOME + "outlets/new/"
    assert (
        alice.post(new, filled(alice, new, name="North", phone="(248) 555-0101", city="Troy"))[
            "Location"
        ]
        == HOME + "outlets/"
    )
    outlet = Outlet.objects.unscoped().get(name="North")
    assert (outlet.phone, outlet.time_zone, outlet.organization_id) == (
        "(248) 555-0101",
        "America/Detroit",
        cast.acme.pk,
    )
    address = f"{HOME}outlets/{outlet.pk}/"
    alice.post(address, filled(alice, address, time_zone="America/Chicago"))
    off, on = f"{address}deactivate/", f"{address}activate/"
    assert f'action="{on}"' in text_of(alice.post(off, follow=True))
    outlet.refresh_from_db()
    assert (outlet.is_active, outlet.time_zone, outlet.city) == (False, "America/Chicago", "Troy")
    alice.post(on)
    outlet.refresh_from_db()
    assert outlet.is_active


def test_a_name_that_is_taken_is_said_beside_it(alice: Client) -> None:
    new = HOME + "outlets/new/"
    answer = alice.post(new, filled(alice, new, name="Downtown"))
    assert (answer.status_code, answer.context["form"].errors) == (
        422,
        {"name": ["This name is taken."]},
    )


def test_an_outlet_in_use_is_not_deleted_and_the_reason_is_said(alice: Client, cast: Cast) -> None:
    actor = actor_of(cast.alice)
    customer = create_customer(actor=actor, values=customer_values(1))
    book_appointment(
        actor=actor, values={"customer": customer, "start_at": now(), "outlet": cast.outlet.pk}
    )
    answer = alice.post(f"{HOME}outlets/{cast.outlet.pk}/delete/", follow=True)
    assert answer.redirect_chain == [(f"{HOME}outlets/{cast.outlet.pk}/", 302)]
    assert "can&#x27;t be deleted. Deactivate it instead." in text_of(answer)
    assert Outlet.objects.unscoped().filter(pk=cast.outlet.pk).exists()
    free = create_outlet(actor=actor, values={"name": "Free"})
    assert "Delete “Free”?" in text_of(alice.get(f"{HOME}outlets/{free.pk}/delete/"))
    alice.post(f"{HOME}outlets/{free.pk}/delete/")
    assert not Outlet.objects.unscoped().filter(pk=free.pk).exists()


def test_a_service_is_added_and_changed(cast: Cast) -> None:
    mona, new = browser(cast.mona), HOME + "services/new/"
    mona.post(
        new,
        filled(mona, new, name="Inspection", category="Roof", duration_minutes="45", price="99.50"),
    )
    service = Service.objects.unscoped().get()
    assert (service.category, service.duration_minutes, float(service.price)) == ("Roof", 45, 99.5)
    address = f"{HOME}services/{service.pk}/"
    refused = mona.post(address, filled(mona, address, duration_minutes="0"))
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"duration_minutes"})
    mona.post(address, filled(mona, address, price="120"))
    mona.post(address + "deactivate/")
    service.refresh_from_db()
    assert (service.price, service.is_active) == (120, False)
    assert "$120" in text_of(mona.get(HOME + "services/"))


# People


def test_an_invited_person_gets_a_link_by_mail_and_chooses_a_password(alice: Client) -> None:
    new = HOME + "people/new/"
    typed = {"email": "Nina@acme.test", "first_name": "Nina", "role": "staff", "way": "mail"}
    assert "who was invited stays in the list" in text_of(alice.get(new))
    assert alice.post(new, filled(alice, new, **typed))["Location"] == HOME + "people/"
    nina = User.objects.unscoped().get(email="nina@acme.test")
    assert (nina.role, nina.has_usable_password()) == ("staff", False)
    assert mail.outbox[0].to == ["nina@acme.test"]
    link = re.search(r"http://testserver(/app/reset/\S+)", str(mail.outbox[0].body))
    assert link
    stranger = Client()
    stranger.post(link[1], {"password": "a quite long secret", "again": "a quite long secret"})
    nina.refresh_from_db()
    assert nina.check_password("a quite long secret")
    assert stranger.get(link[1]).status_code == 410


def test_a_link_that_is_shown_is_shown_once_and_no_mail_is_sent(alice: Client) -> None:
    new = HOME + "people/new/"
    sent = filled(alice, new, email="nina@acme.test", role="staff", way="show")
    first, second = alice.post(new, sent), alice.post(new, sent)
    assert (first.status_code, first["Cache-Control"]) == (200, "no-store")
    assert "http://testserver/app/reset/" in text_of(first)
    assert (second.status_code, second["Location"]) == (302, HOME + "people/")
    assert User.objects.unscoped().filter(email="nina@acme.test").count() == 1
    assert mail.outbox == []


def test_a_link_is_shown_where_the_mail_can_not_be_sent(alice: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        1,
    )
    new = HOME + "people/new/"
    answer = alice.post(new, filled(alice, new, email="nina@acme.test", role="staff", way="mail"))
    assert "The mail couldn't be sent." in text_of(answer)
    assert "http://testserver/app/reset/" in text_of(answer)


def test_who_is_deactivated_is_signed_out_at_once_and_can_be_let_in_again(
    alice: Client, cast: Cast
) -> None:
    bob = browser(cast.bob)
    open_session(user=cast.bob)
    assert bob.get("/app/account/").status_code == 200
    answer = alice.post(f"{HOME}people/{cast.bob.pk}/deactivate/", follow=True)
    assert "is signed out everywhere" in text_of(answer)
    assert bob.get("/app/account/").status_code == 302
    assert not Session.objects.filter(user=cast.bob, revoked_at=None).exists()
    alice.post(f"{HOME}people/{cast.bob.pk}/activate/")
    assert User.objects.unscoped().get(pk=cast.bob.pk).is_active


def test_nobody_locks_themselves_out(alice: Client, cast: Cast) -> None:
    address = f"{HOME}people/{cast.alice.pk}/"
    answer = alice.post(address + "deactivate/", follow=True)
    assert "You can&#x27;t do this to your own account." in text_of(answer)
    alice.post(address, filled(alice, address, role="staff", last_name="Jones"))
    alice_now = User.objects.unscoped().get(pk=cast.alice.pk)
    assert (alice_now.is_active, alice_now.role, alice_now.last_name) == (
        True,
        "tenant_admin",
        "Jones",
    )


def test_the_own_email_takes_the_present_password(alice: Client, cast: Cast) -> None:
    address = f"{HOME}people/{cast.alice.pk}/"
    without = alice.post(address, filled(alice, address, email="new@acme.test"))
    assert without.status_code == 422
    assert "take your current password" in text_of(without)
    wrong = filled(alice, address, email="new@acme.test", current_password="wrong")
    assert alice.post(address, wrong).status_code == 422
    assert User.objects.unscoped().get(pk=cast.alice.pk).email == "alice@acme.test"
    right = filled(alice, address, email="new@acme.test", current_password=PASSWORD)
    assert alice.post(address, right).status_code == 302
    assert User.objects.unscoped().get(pk=cast.alice.pk).email == "new@acme.test"
    other = f"{HOME}people/{cast.bob.pk}/"
    assert "current_password" not in alice.get(other).content.decode()
    assert alice.post(other, filled(alice, other, email="robert@acme.test")).status_code == 302


def test_a_super_admin_is_out_of_an_administrators_reach(alice: Client, cast: Cast) -> None:
    address = f"{HOME}people/{cast.sue.pk}/"
    assert "Only a super admin changes a super admin." in text_of(alice.get(address))
    assert alice.post(address, filled(alice, address, email="mine@acme.test")).status_code == 403
    for action in ("deactivate/", "link/"):
        assert alice.post(address + action).status_code == 403
    assert mail.outbox == []
    new = HOME + "people/new/"
    raised = alice.post(new, filled(alice, new, email="x@acme.test", role="super_admin"))
    assert (raised.status_code, set(raised.context["form"].errors)) == (422, {"role"})
    sue = User.objects.unscoped().get(pk=cast.sue.pk)
    assert (sue.email, sue.is_active) == ("sue@acme.test", True)


def test_the_matrix_is_the_policy(alice: Client) -> None:
    rows = alice.get(HOME + "roles/").context["rows"]
    assert dict(rows) == {
        permission: [
            permission in ROLE_PERMISSIONS[role]
            for role in ("staff", "outlet_manager", "tenant_admin", "super_admin")
        ]
        for permission in set(Permission) - OF_NO_ROLE
    }


# API keys


def test_a_key_is_shown_once_works_and_is_revoked(alice: Client) -> None:
    new = HOME + "keys/new/"
    sent = filled(
        alice, new, name="Shop", environment="live", scopes=["read"], expires_at="2099-12-31"
    )
    first = alice.post(new, sent)
    key = re.search(r'value="(crm_live_[^"]+)"', text_of(first))
    assert key
    assert first["Cache-Control"] == "no-store"
    row = ApiKey.objects.unscoped().get(name="Shop")
    assert (row.scopes, row.expires_at.isoformat()) == (["read"], "2100-01-01T05:00:00+00:00")  # type: ignore[union-attr]
    assert actor_of_key(key=key[1]).may(Permission.VIEW)
    again = alice.post(new, sent, follow=True)
    assert "was made already" in text_of(again)
    assert key[1] not in text_of(again)
    assert ApiKey.objects.unscoped().filter(name="Shop").count() == 1
    assert "a key can only be revoked" in text_of(alice.get(new))
    made = AuditEntry.objects.unscoped().get(action="api_key.created")
    told = text_of(alice.get(f"{HOME}audit/{made.pk}/"))
    assert "A key that was created can be revoked" in told
    assert "Revoke “Shop”?" in text_of(alice.get(f"{HOME}keys/{row.pk}/revoke/"))
    alice.post(f"{HOME}keys/{row.pk}/revoke/")
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert alice.post(f"{HOME}keys/{row.pk}/revoke/").status_code == 404


def test_a_key_for_nothing_or_that_has_ended_is_refused(alice: Client) -> None:
    new = HOME + "keys/new/"
    answer = alice.post(new, filled(alice, new, name="", scopes=[], expires_at="2001-01-01"))
    assert (answer.status_code, set(answer.context["form"].errors)) == (422, {"name", "scopes"})
    answer = alice.post(new, filled(alice, new, name="Shop", expires_at="2001-01-01"))
    assert answer.context["form"].errors == {"expires_at": ["This can't lie in the past."]}
    assert not ApiKey.objects.unscoped().filter(name="Shop").exists()


# Constant questions


@pytest.mark.parametrize(
    ("page", "questions"),
    [("outlets/", 5), ("services/", 5), ("people/", 5), ("keys/", 5), ("", 16)],
)
def test_lists_ask_as_much_for_3_rows_as_for_30(
    alice: Client, cast: Cast, page: str, questions: int
) -> None:
    actor = actor_of(cast.alice)

    def add(some: range) -> None:
        for number in some:
            create_outlet(actor=actor, values={"name": f"Outlet {number}"})
            create_service(actor=actor, values={"name": f"Service {number}"})
            create_key(actor=actor, name=f"Key {number}", environment="live", scopes=["read"])
            User.objects.create_user(
                email=f"p{number}@acme.test", password=None, organization=cast.acme, role="staff"
            )

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert alice.get(HOME + page).status_code == 200
        return len(captured)

    add(range(3))
    few = asked()
    add(range(3, 30))
    assert (few, asked()) == (questions, questions)


@pytest.mark.parametrize(
    ("typed", "kept"), [("48, 2", [48, 2]), ("", []), ("2,", [2])], ids=["two", "none", "one"]
)
def test_hours_of_reminders_are_written_with_commas(
    alice: Client, cast: Cast, typed: str, kept: list[int]
) -> None:
    address = HOME + "organization/"
    assert alice.get(address).context["form"]["reminder_hours"].value() == "24"
    assert 'value="24"' in text_of(alice.get(address))
    alice.post(address, filled(alice, address, reminder_hours=typed))
    assert Organization.objects.get(pk=cast.acme.pk).reminder_hours == kept


@pytest.mark.parametrize("typed", ["soon", "1.5", "0", "721", "2, 2", "1,2,3,4,5,6"])
def test_hours_that_are_none_are_refused(alice: Client, cast: Cast, typed: str) -> None:
    address = HOME + "organization/"
    answer = alice.post(address, filled(alice, address, reminder_hours=typed))
    assert (answer.status_code, [*answer.context["form"].errors]) == (422, ["reminder_hours"])
    assert Organization.objects.get(pk=cast.acme.pk).reminder_hours == [24]

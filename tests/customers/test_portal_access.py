"""Getting into the portal: passwords, one-time links and codes, and what ends them."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.core import mail

from core.audit.models import AuditEntry
from core.errors import Forbidden, Gone, Invalid, RateLimited, Unauthenticated
from core.identity.tokens import Origin
from core.ids import new_id
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from customers.choices import PortalLinkPurpose
from customers.errors import PortalClosed, PortalNotForCustomer
from customers.models import Consent, Customer, PortalLink, PortalSession
from customers.services.customers import create_customer, delete_customer, restore_customer
from customers.services.erasure import erase_customer
from customers.services.management import block_customer, register_customer
from customers.services.passwords import set_password, verify_email
from customers.services.portal_access import actor_of_customer
from customers.services.portal_links import (
    MAIL,
    ask_for_link,
    ask_for_verification,
    enter_by_link,
    exchange_code,
    link_of,
    needs_password,
    send_invitation,
    verify_by_link,
)
from customers.services.portal_profile import (
    change_own_consents,
    change_own_email,
    update_own_profile,
)
from customers.services.portal_sessions import (
    change_own_password,
    session_of,
    sign_in,
    sign_out,
)
from customers.tasks import clean_portal_access, mail_portal_link
from tests.cast import Cast, customer_values

PASSWORD = "a horse of one's own"
EMAIL = "jane1@example.com"


@pytest.fixture
def origin() -> Origin:
    """From an address of its own, so that no other test's failures count."""
    return Origin(address=new_id().hex)


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return register_customer(actor=actor, values=customer_values(1), password=PASSWORD)


@pytest.fixture
def walk_in(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(2))


def enter(cast: Cast, origin: Origin, email: str = EMAIL, password: str = PASSWORD) -> str:
    return sign_in(organization=cast.acme, email=email, password=password, origin=origin)


def as_customer(cast: Cast, customer: Customer) -> Actor:
    return actor_of_customer(customer, cast.acme)


def letter(
    organization: Organization,
    email: str = EMAIL,
    purpose: PortalLinkPurpose = PortalLinkPurpose.SIGN_IN,
    customer_id: str = "",
) -> tuple[str, str]:
    """The secret of the link, and the code, that the customer of this e-mail is sent."""
    mail.outbox.clear()
    mail_portal_link(str(organization.pk), purpose.value, "https://crm.test", email, customer_id)
    (sent,) = mail.outbox
    links = re.findall(r"https://crm\.test/portal/acme/(?:link|verify)/([^/]+)/", sent.body)
    codes = re.findall(r"\b[0-9]{6}\b", sent.body)
    return links[0], codes[0] if codes else ""


def living(cast: Cast, secret: str) -> bool:
    return session_of(organization=cast.acme, secret=secret) is not None


# Passwords


def test_a_registered_customer_signs_in_by_password_whatever_the_case_of_the_email(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    secret = enter(cast, origin, email="JANE1@Example.com")
    session = session_of(organization=cast.acme, secret=secret)
    assert session is not None
    assert session.customer == jane
    assert PortalSession.objects.unscoped().get().digest != secret
    entry = AuditEntry.objects.unscoped().get(action="customer.signed_in")
    assert (entry.actor_kind, entry.actor_id, entry.actor_label, entry.via) == (
        "customer",
        jane.pk,
        "Jane Smith1",
        "portal",
    )


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "another password"), ("nobody@example.com", PASSWORD), ("", PASSWORD), (EMAIL, "")],
)
def test_wrong_credentials_open_nothing(
    cast: Cast, jane: Customer, origin: Origin, email: str, password: str
) -> None:
    with pytest.raises(Unauthenticated):
        enter(cast, origin, email, password)
    assert PortalSession.objects.unscoped().count() == 0


def test_a_failed_sign_in_leaves_a_trace_where_there_is_such_a_customer(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    for email in (EMAIL, "nobody@example.com"):
        with pytest.raises(Unauthenticated):
            enter(cast, origin, email, "wrong")
    entry = AuditEntry.objects.unscoped().get(action="customer.sign_in_failed")
    assert (entry.actor_kind, entry.subject_id, entry.address) == (
        "stranger",
        jane.pk,
        origin.address,
    )


def test_a_walk_in_has_no_password_to_sign_in_by(
    cast: Cast, walk_in: Customer, origin: Origin
) -> None:
    for password in ("", "!", PASSWORD):
        with pytest.raises(Unauthenticated):
            enter(cast, origin, walk_in.email, password)


def test_another_organizations_customer_is_nobody(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    with pytest.raises(Unauthenticated):
        sign_in(organization=cast.other, email=EMAIL, password=PASSWORD, origin=origin)
    secret = enter(cast, origin)
    assert session_of(organization=cast.other, secret=secret) is None


def test_a_customer_of_the_test_environment_is_nobody(cast: Cast, origin: Origin) -> None:
    there = Actor.system(organization=cast.acme, label="test", environment=Environment.TEST)
    register_customer(actor=there, values=customer_values(1), password=PASSWORD)
    with pytest.raises(Unauthenticated):
        enter(cast, origin)


def test_ten_wrong_passwords_close_the_account_to_that_address_and_to_no_other(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            enter(cast, origin, password="wrong")
    with pytest.raises(RateLimited):
        enter(cast, origin)
    assert living(cast, enter(cast, Origin(address=new_id().hex)))


def test_a_closed_portal_lets_nobody_in_and_ends_sessions(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    secret = enter(cast, origin)
    cast.acme.portal_enabled = False
    assert not living(cast, secret)
    with pytest.raises(Unauthenticated):
        enter(cast, origin)


def test_signing_out_ends_that_session_alone(cast: Cast, jane: Customer, origin: Origin) -> None:
    one, other = enter(cast, origin), enter(cast, origin)
    session = session_of(organization=cast.acme, secret=one)
    assert session
    sign_out(actor=as_customer(cast, jane), session=session)
    assert (living(cast, one), living(cast, other)) == (False, True)


def test_a_session_ends_after_two_weeks_and_is_cleaned_away(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    secret = enter(cast, origin)
    letter(cast.acme)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=15)):
        assert not living(cast, secret)
        assert clean_portal_access() == 2
    assert PortalSession.objects.unscoped().count() == PortalLink.objects.unscoped().count() == 0


# What ends access


def _block(actor: Actor, jane: Customer) -> None:
    block_customer(actor=actor, customer_id=jane.pk, values={"is_blocked": True})


def _delete(actor: Actor, jane: Customer) -> None:
    delete_customer(actor=actor, customer_id=jane.pk)


def _erase(actor: Actor, jane: Customer) -> None:
    erase_customer(actor=actor, customer_id=jane.pk, ground="asked")


def _new_password(actor: Actor, jane: Customer) -> None:
    set_password(actor=actor, customer_id=jane.pk, password="quite another password")


ENDS = {"block": _block, "delete": _delete, "erase": _erase, "password": _new_password}


@pytest.mark.parametrize("how", sorted(ENDS))
def test_what_ends_access_ends_sessions_and_links_at_once(
    cast: Cast, actor: Actor, jane: Customer, origin: Origin, how: str
) -> None:
    session, (link, code) = enter(cast, origin), letter(cast.acme)
    ENDS[how](actor, jane)
    assert not living(cast, session)
    assert link_of(organization=cast.acme, secret=link) is None
    with pytest.raises(Gone):
        enter_by_link(organization=cast.acme, secret=link, password=None, origin=origin)
    with pytest.raises(Unauthenticated):
        exchange_code(organization=cast.acme, email=EMAIL, code=code, origin=origin)
    with pytest.raises(Unauthenticated):
        enter(cast, origin)
    assert PortalSession.objects.unscoped().count() == PortalLink.objects.unscoped().count() == 0


def test_nothing_comes_back_with_an_unblocked_or_restored_customer(
    cast: Cast, actor: Actor, jane: Customer, origin: Origin
) -> None:
    session, (link, _code) = enter(cast, origin), letter(cast.acme)
    _block(actor, jane)
    block_customer(actor=actor, customer_id=jane.pk, values={"is_blocked": False})
    _delete(actor, jane)
    restore_customer(actor=actor, customer_id=jane.pk)
    assert not living(cast, session)
    assert link_of(organization=cast.acme, secret=link) is None
    assert living(cast, enter(cast, origin))


def test_a_new_email_ends_links_to_the_old_one_and_is_not_verified(
    cast: Cast, actor: Actor, jane: Customer, origin: Origin
) -> None:
    verify_email(actor=actor, customer_id=jane.pk)
    link, _code = letter(cast.acme)
    changed = change_own_email(
        actor=as_customer(cast, jane), email="new@example.com", current=PASSWORD
    )
    assert (changed.email, changed.email_verified) == ("new@example.com", False)
    assert link_of(organization=cast.acme, secret=link) is None


# Links and codes


def test_asking_does_the_same_for_a_known_and_an_unknown_address(
    cast: Cast,
    jane: Customer,
    sent: list[tuple[str, list[Any]]],
    django_capture_on_commit_callbacks: Any,
    django_assert_num_queries: Any,
) -> None:
    for email in (EMAIL, "nobody@example.com"):
        with django_capture_on_commit_callbacks(execute=True), django_assert_num_queries(0):
            ask_for_link(
                organization=cast.acme,
                email=email,
                purpose=PortalLinkPurpose.SIGN_IN,
                site="https://crm.test",
                address=new_id().hex,
            )
    key = str(cast.acme.pk)
    assert sent == [
        (MAIL, [key, "sign_in", "https://crm.test", EMAIL, ""]),
        (MAIL, [key, "sign_in", "https://crm.test", "nobody@example.com", ""]),
    ]
    assert mail.outbox == []
    assert mail_portal_link(*sent[1][1]) is False
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_more_than_four_letters_an_hour_are_not_sent_and_nobody_is_told(
    sent: list[tuple[str, list[Any]]], cast: Cast, jane: Customer
) -> None:
    for _ in range(6):
        ask_for_link(
            organization=cast.acme,
            email=EMAIL,
            purpose=PortalLinkPurpose.SIGN_IN,
            site="",
            address=new_id().hex,
        )
    assert len([name for name, _args in sent if name == MAIL]) == 4


def test_who_asks_for_very_many_letters_is_refused(cast: Cast, origin: Origin) -> None:
    def ask(number: int) -> None:
        ask_for_link(
            organization=cast.acme,
            email=f"{number}@example.com",
            purpose=PortalLinkPurpose.SIGN_IN,
            site="",
            address=origin.address,
        )

    for number in range(20):
        ask(number)
    with pytest.raises(RateLimited):
        ask(20)


def test_a_link_signs_a_registered_customer_in_once_and_verifies_the_email(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    link, _code = letter(cast.acme)
    assert PortalLink.objects.unscoped().filter(digest=link).count() == 0
    session = enter_by_link(organization=cast.acme, secret=link, password=None, origin=origin)
    assert living(cast, session)
    jane.refresh_from_db()
    assert jane.email_verified
    with pytest.raises(Gone):
        enter_by_link(organization=cast.acme, secret=link, password=None, origin=origin)


def test_a_walk_ins_first_link_only_leads_to_choosing_a_password(
    cast: Cast, walk_in: Customer, origin: Origin
) -> None:
    secret, _code = letter(cast.acme, walk_in.email)
    link = link_of(organization=cast.acme, secret=secret)
    assert link
    assert needs_password(link)
    for bad in (None, "", "short"):
        with pytest.raises(Invalid):
            enter_by_link(organization=cast.acme, secret=secret, password=bad, origin=origin)
    assert PortalSession.objects.unscoped().count() == 0
    session = enter_by_link(organization=cast.acme, secret=secret, password=PASSWORD, origin=origin)
    assert living(cast, session)
    assert living(cast, enter(cast, origin, walk_in.email))
    walk_in.refresh_from_db()
    assert walk_in.email_verified
    entry = AuditEntry.objects.unscoped().get(action="customer.password_set")
    assert (entry.actor_kind, entry.actor_id) == ("customer", walk_in.pk)
    assert entry.changes["password"] == [None, None]


def test_a_new_password_by_link_ends_all_sessions(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    before = enter(cast, origin)
    link, _code = letter(cast.acme, purpose=PortalLinkPurpose.PASSWORD)
    after = enter_by_link(
        organization=cast.acme, secret=link, password="quite another password", origin=origin
    )
    assert (living(cast, before), living(cast, after)) == (False, True)
    with pytest.raises(Unauthenticated):
        enter(cast, origin)


def test_a_link_is_good_for_half_an_hour_its_organization_and_its_purpose(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    link, _code = letter(cast.acme)
    assert link_of(organization=cast.other, secret=link) is None
    with pytest.raises(Gone):
        verify_by_link(organization=cast.acme, secret=link, origin=origin)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=31)):
        assert link_of(organization=cast.acme, secret=link) is None
        with pytest.raises(Gone):
            enter_by_link(organization=cast.acme, secret=link, password=None, origin=origin)
    verifies, code = letter(cast.acme, purpose=PortalLinkPurpose.VERIFY_EMAIL)
    assert code == ""
    with pytest.raises(Gone):
        enter_by_link(organization=cast.acme, secret=verifies, password=None, origin=origin)
    assert verify_by_link(organization=cast.acme, secret=verifies, origin=origin).email_verified
    assert PortalSession.objects.unscoped().count() == 0


def test_a_new_letter_takes_the_place_of_the_last(cast: Cast, jane: Customer) -> None:
    first, _ = letter(cast.acme)
    second, _ = letter(cast.acme)
    assert link_of(organization=cast.acme, secret=first) is None
    assert link_of(organization=cast.acme, secret=second) is not None


def test_a_code_stands_for_its_link_once(cast: Cast, jane: Customer, origin: Origin) -> None:
    link, code = letter(cast.acme)
    secret = exchange_code(organization=cast.acme, email=EMAIL, code=code, origin=origin)
    assert link_of(organization=cast.acme, secret=link) is None
    with pytest.raises(Unauthenticated):
        exchange_code(organization=cast.acme, email=EMAIL, code=code, origin=origin)
    assert living(
        cast, enter_by_link(organization=cast.acme, secret=secret, password=None, origin=origin)
    )


def test_five_wrong_codes_from_anywhere_end_the_code(cast: Cast, jane: Customer) -> None:
    _link, code = letter(cast.acme)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            exchange_code(
                organization=cast.acme, email=EMAIL, code=wrong, origin=Origin(address=new_id().hex)
            )
    with pytest.raises(Unauthenticated):
        exchange_code(
            organization=cast.acme, email=EMAIL, code=code, origin=Origin(address=new_id().hex)
        )


def test_wrong_codes_count_as_guesses(cast: Cast, jane: Customer, origin: Origin) -> None:
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            exchange_code(organization=cast.acme, email=EMAIL, code="000000", origin=origin)
    with pytest.raises(RateLimited):
        enter(cast, origin)


def test_a_letter_is_written_in_the_customers_language(cast: Cast, actor: Actor) -> None:
    values = customer_values(1, language="es")
    register_customer(actor=actor, values=values, password=PASSWORD)
    letter(cast.acme)
    assert mail.outbox[0].subject == "Su enlace a Acme Roofs"


# What the staff do


def test_an_invitation_goes_to_the_customer_and_is_audited_as_the_staffs(
    cast: Cast,
    actor: Actor,
    walk_in: Customer,
    sent: list[tuple[str, list[Any]]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send_invitation(actor=actor, customer_id=walk_in.pk, site="https://crm.test")
    assert sent[-1][1] == [
        str(cast.acme.pk),
        "invitation",
        "https://crm.test",
        "",
        str(walk_in.pk),
    ]
    assert mail_portal_link(*sent[-1][1]) is True
    assert mail.outbox[0].to == [walk_in.email]
    entry = AuditEntry.objects.unscoped().get(action="customer.invited")
    assert entry.actor_label == "alice@acme.test"


def test_an_invitation_needs_an_open_portal_and_a_customer_who_may_enter(
    cast: Cast, actor: Actor, walk_in: Customer
) -> None:
    nameless = create_customer(actor=actor, values={"first_name": "Without"})
    _block(actor, walk_in)
    for customer in (nameless, walk_in):
        with pytest.raises(PortalNotForCustomer):
            send_invitation(actor=actor, customer_id=customer.pk, site="")
    actor.organization.portal_enabled = False
    with pytest.raises(PortalClosed):
        send_invitation(actor=actor, customer_id=walk_in.pk, site="")


def test_a_password_needs_an_email_and_can_be_taken_away(
    cast: Cast, actor: Actor, jane: Customer, origin: Origin
) -> None:
    nameless = create_customer(actor=actor, values={"first_name": "Without"})
    for act in (
        lambda: set_password(actor=actor, customer_id=nameless.pk, password=PASSWORD),
        lambda: verify_email(actor=actor, customer_id=nameless.pk),
    ):
        with pytest.raises(Invalid) as refused:
            act()
        assert list(refused.value.faults) == ["email"]
    session = enter(cast, origin)
    assert set_password(actor=actor, customer_id=jane.pk, password=None).password == ""
    assert not living(cast, session)


# What customers do


def test_a_customer_may_call_services_of_the_portal_alone(
    cast: Cast, actor: Actor, jane: Customer
) -> None:
    customer = as_customer(cast, jane)
    with pytest.raises(Forbidden):
        block_customer(actor=customer, customer_id=jane.pk, values={"is_blocked": True})
    with pytest.raises(Forbidden):
        create_customer(actor=customer, values=customer_values(5))
    with pytest.raises(Forbidden):
        update_own_profile(actor=actor, values={"city": "Detroit"})
    system = Actor.system(organization=cast.acme, label="task")
    with pytest.raises(Forbidden):
        update_own_profile(actor=system, values={"city": "Detroit"})


def test_a_customer_changes_the_own_profile_and_it_is_audited_as_theirs(
    cast: Cast, jane: Customer
) -> None:
    changed = update_own_profile(actor=as_customer(cast, jane), values={"city": "Detroit"})
    assert (changed.city, changed.version) == ("Detroit", jane.version + 1)
    entry = AuditEntry.objects.unscoped().filter(action="customer.updated").latest("pk")
    assert (entry.actor_kind, entry.actor_label, entry.via) == ("customer", "Jane Smith1", "portal")


@pytest.mark.parametrize("name", ["status", "notes", "email", "is_blocked", "loyalty_points"])
def test_a_customer_changes_no_column_that_is_the_staffs(
    cast: Cast, jane: Customer, name: str
) -> None:
    with pytest.raises(Forbidden):
        update_own_profile(actor=as_customer(cast, jane), values={name: "x"})
    before = jane.version
    jane.refresh_from_db()
    assert jane.version == before


def test_somebody_elses_phone_is_refused_without_saying_whose(
    cast: Cast, jane: Customer, walk_in: Customer
) -> None:
    with pytest.raises(Invalid) as refused:
        update_own_profile(actor=as_customer(cast, jane), values={"phone": walk_in.phone})
    assert [fault.code for fault in refused.value.faults["phone"]] == ["unusable"]


def test_changing_the_email_takes_the_password_and_leaves_one(
    cast: Cast, jane: Customer, walk_in: Customer
) -> None:
    customer = as_customer(cast, jane)
    with pytest.raises(Invalid) as wrong:
        change_own_email(actor=customer, email="new@example.com", current="wrong")
    assert list(wrong.value.faults) == ["current_password"]
    for email in ("", walk_in.email, "no address"):
        with pytest.raises(Invalid) as refused:
            change_own_email(actor=customer, email=email, current=PASSWORD)
        assert list(refused.value.faults) == ["email"]
    jane.refresh_from_db()
    assert jane.email == EMAIL


def test_a_consent_taken_back_in_the_portal_is_a_row_of_the_ledger(
    cast: Cast, actor: Actor, jane: Customer
) -> None:
    customer = as_customer(cast, jane)
    change_own_consents(actor=customer, values={"notify_email": False}, wording="Shown words")
    from_ledger = [
        (row.channel, row.granted, row.method, row.wording, row.recorded_by)
        for row in Consent.objects.unscoped().filter(customer=jane)
    ]
    assert from_ledger == [("email", False, "portal", "Shown words", "Jane Smith1")]


def test_a_new_password_of_ones_own_leaves_one_session(
    cast: Cast, jane: Customer, origin: Origin
) -> None:
    before = enter(cast, origin)
    customer = as_customer(cast, jane)
    with pytest.raises(Invalid):
        change_own_password(actor=customer, current="wrong", password="quite another password")
    with pytest.raises(Invalid):
        change_own_password(actor=customer, current=PASSWORD, password="short")
    assert living(cast, before)
    after = change_own_password(actor=customer, current=PASSWORD, password="quite another password")
    assert (living(cast, before), living(cast, after)) == (False, True)


def test_verification_is_asked_for_four_times_an_hour(cast: Cast, jane: Customer) -> None:
    for _ in range(4):
        ask_for_verification(actor=as_customer(cast, jane), site="")
    with pytest.raises(RateLimited):
        ask_for_verification(actor=as_customer(cast, jane), site="")

"""
The clock that the admin shows: the organization's, for appointments the outlet's, said beside what
is typed and above every page.
"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from appointments.models import Appointment
from appointments.services import book_appointment
from core.audit.models import AuditEntry
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.models import Organization, Outlet
from core.tenancy.services.outlets import create_outlet
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.work import create_transaction
from interactions.services import log_interaction
from tests.admin.conftest import filled
from tests.cast import Cast, customer_values

APPOINTMENTS = "/admin/appointments/appointment/"
ADD = f"{APPOINTMENTS}add/"
DETROIT, PACIFIC = ZoneInfo("America/Detroit"), ZoneInfo("America/Los_Angeles")
DAY = "2026-12-19"


@pytest.fixture
def west(actor: Actor) -> Outlet:
    return create_outlet(actor=actor, values={"name": "West", "time_zone": PACIFIC.key})


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


def book(actor: Actor, jane: Customer, **values: Any) -> Appointment:
    times = {} if "start_at" in values else {"day": DAY, "start_time": "03:00"}
    return book_appointment(actor=actor, values={"customer": jane.pk, **times, **values})


def change(row: Appointment) -> str:
    return f"{APPOINTMENTS}{row.pk}/change/"


def fresh(row: Appointment) -> Appointment:
    return Appointment.objects.unscoped().get(pk=row.pk)


def local(moment: dt.datetime, zone: ZoneInfo = DETROIT) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def test_a_form_shows_and_reads_the_clock_of_the_organization(
    cast: Cast, actor: Actor, alice: Client, jane: Customer
) -> None:
    row = book(actor, jane)
    page = alice.get(change(row)).content.decode()
    assert 'value="03:00:00"' in page
    assert page.count("Time zone: America/Detroit.") == 2
    sent = filled(alice, change(row), start_at_1="15:00", end_at_1="16:00")
    assert alice.post(change(row), sent).status_code == 302
    assert local(fresh(row).start_at) == f"{DAY} 15:00"


def test_an_appointments_form_shows_and_reads_the_clock_of_its_outlet(
    actor: Actor, alice: Client, jane: Customer, west: Outlet
) -> None:
    row = book(actor, jane, outlet=west.pk)
    page = alice.get(change(row)).content.decode()
    assert 'value="03:00:00"' in page
    assert "Time zone: America/Los Angeles." in page
    sent = filled(alice, change(row), start_at_1="15:00", end_at_1="16:00")
    assert alice.post(change(row), sent).status_code == 302
    assert local(fresh(row).start_at, PACIFIC) == f"{DAY} 15:00"


def test_a_new_appointment_is_booked_on_the_clock_of_the_outlet_that_is_chosen(
    alice: Client, jane: Customer, west: Outlet
) -> None:
    page = alice.get(ADD).content.decode()
    assert "On the clock of the outlet; without one, of America/Detroit." in page
    for outlet, zone in ((str(west.pk), PACIFIC), ("", DETROIT), ("nonsense", None)):
        sent = filled(
            alice,
            ADD,
            customer=str(jane.pk),
            outlet=outlet,
            start_at_0=DAY,
            start_at_1="09:00",
            end_at_0=DAY,
            end_at_1="10:00",
        )
        answer = alice.post(ADD, sent)
        if zone is None:
            assert answer.status_code == 200
        else:
            row = Appointment.objects.unscoped().latest("created_at")
            assert (answer.status_code, local(row.start_at, zone)) == (302, f"{DAY} 09:00")


@pytest.mark.parametrize("start_at", ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"])
def test_saving_unchanged_writes_nothing_whatever_the_clock_does_that_day(
    actor: Actor, alice: Client, jane: Customer, west: Outlet, start_at: str
) -> None:
    """The clock of Detroit shows half past one twice on that day."""
    row = book(actor, jane, start_at=start_at)
    entries = AuditEntry.objects.unscoped().count()
    sent = filled(alice, change(row), notes="Typed")
    assert alice.post(change(row), sent).status_code == 302
    after = fresh(row)
    assert (after.start_at, after.end_at, after.notes) == (row.start_at, row.end_at, "Typed")
    assert AuditEntry.objects.unscoped().count() == entries + 1
    assert alice.post(change(row), filled(alice, change(row))).status_code == 302
    assert AuditEntry.objects.unscoped().count() == entries + 1


def test_a_time_that_occurs_twice_is_the_first_and_one_that_does_not_is_refused(
    actor: Actor, alice: Client, jane: Customer
) -> None:
    row = book(actor, jane)

    def typed(day: str, start: str, end: str) -> dict[str, Any]:
        times = {"start_at_0": day, "start_at_1": start, "end_at_0": day, "end_at_1": end}
        return filled(alice, change(row), **times)

    assert alice.post(change(row), typed("2026-11-01", "01:30", "03:00")).status_code == 302
    assert fresh(row).start_at == dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)
    refused = alice.post(change(row), typed("2026-03-08", "02:30", "04:00"))
    assert list(refused.context["adminform"].form.errors) == ["start_at"]
    assert fresh(row).start_at == dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)


def test_a_list_of_appointments_shows_each_on_its_own_outlets_clock(
    actor: Actor, alice: Client, sue: Client, jane: Customer, west: Outlet
) -> None:
    book(actor, jane, outlet=west.pk)
    book(actor, jane)
    for client in (alice, sue):
        page = client.get(APPOINTMENTS).content.decode()
        assert page.count("3:00 AM PST") == 1
        assert page.count("3:00 AM EST") == 1


def test_every_page_says_whose_clock_it_shows(
    cast: Cast, actor: Actor, alice: Client, jane: Customer, west: Outlet
) -> None:
    for address in ("/admin/", "/admin/audit/auditentry/", "/admin/customers/customer/"):
        assert "Acme Roofs · America/Detroit" in alice.get(address).content.decode()
    row = book(actor, jane, outlet=west.pk)
    assert "Acme Roofs · America/Los Angeles" in alice.get(change(row)).content.decode()
    # the next request begins anew
    assert "Acme Roofs · America/Detroit" in alice.get("/admin/").content.decode()


def test_what_is_only_read_stands_in_the_organizations_zone(
    cast: Cast, actor: Actor, alice: Client, jane: Customer
) -> None:
    Customer.objects.unscoped().filter(pk=jane.pk).update(
        created_at=dt.datetime(2026, 6, 4, 2, 0, tzinfo=dt.UTC)
    )
    assert "Jun 3, 2026" in alice.get("/admin/customers/customer/").content.decode()
    log_interaction(
        actor=actor,
        values={"customer": jane, "type": "note", "occurred_at": "2026-06-04T02:00:00Z"},
    )
    page = alice.get("/admin/interactions/interaction/").content.decode()
    assert "Jun 3, 2026 · 10:00 PM" in page
    payment = create_transaction(
        actor=actor,
        values={"customer": jane, "gross_amount": "5", "created_at": "2026-06-04T02:00:00Z"},
    )
    page = alice.get(f"/admin/customers/transaction/{payment.pk}/change/").content.decode()
    assert 'value="22:00:00"' in page


def test_a_super_admin_sees_another_organizations_row_on_its_clock(cast: Cast, sue: Client) -> None:
    Organization.objects.filter(pk=cast.other.pk).update(time_zone="Europe/Madrid")
    cast.charlie.organization.refresh_from_db()
    stranger = actor_of(cast.charlie)
    row = book(stranger, create_customer(actor=stranger, values=customer_values()))
    page = sue.get(change(row)).content.decode()
    assert 'value="03:00:00"' in page
    assert "Time zone: Europe/Madrid." in page
    sent = filled(sue, change(row), start_at_1="15:00", end_at_1="16:00")
    assert sue.post(change(row), sent).status_code == 302
    assert local(fresh(row).start_at, ZoneInfo("Europe/Madrid")) == f"{DAY} 15:00"

"""One's calendar under a secret address, and a customer's appointment as a file."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client, override_settings
from icalendar import Calendar

from appointments.feeds import create_feed, feed_of, revoke_feed_of
from appointments.models import Appointment, CalendarFeed
from appointments.services import book_appointment, change_appointment, create_service
from core.audit.models import AuditEntry
from core.errors import Forbidden, NotFound
from core.identity.services import actor_of
from core.identity.staff import update_user
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from tests.cast import Cast, customer_values

NOW = dt.datetime(2027, 3, 1, 13, 0, tzinfo=dt.UTC)
PAGE = "/app/calendar/feed/"


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(notes="Owes us"))


@pytest.fixture
def book(actor: Actor, cast: Cast, jane: Customer) -> Callable[..., Appointment]:
    def book(day: str = "2027-03-03", **values: Any) -> Appointment:
        slot = {"customer": jane.pk, "staff": cast.bob.pk, "day": day, "start_time": "10:00"}
        return book_appointment(actor=actor, values={**slot, **values})

    return book


@pytest.fixture
def address(cast: Cast) -> str:
    """Bob's."""
    return f"/feeds/{create_feed(actor=actor_of(cast.bob))[1]}.ics"


def events(client: Client, address: str) -> list[Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_feed_shows_ones_own_appointments_in_utc(
    client: Client, actor: Actor, cast: Cast, address: str, book: Callable[..., Appointment]
) -> None:
    cut = create_service(actor=actor, values={"name": "Cut; wash, dry"})
    row = book(service=cut.pk, outlet=cast.outlet.pk, notes="Secret note")
    book(staff=cast.mona.pk)
    book(day="2029-03-03")
    gone = book(day="2027-03-04")
    change_appointment(actor=actor, appointment_id=gone.pk, values={"status": "cancelled"})
    (event,) = events(client, address)
    assert (event["uid"], event["status"], event["sequence"]) == (
        f"{row.pk}@appointments",
        "TENTATIVE",
        1,
    )
    assert (event["dtstart"].dt, event["dtend"].dt) == (row.start_at, row.end_at)
    assert (str(event["summary"]), str(event["location"])) == (
        "Jane Smith1 · Cut; wash, dry",
        "Downtown",
    )
    text = client.get(address).content
    assert b"Secret note" not in text
    assert b"Owes us" not in text
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))


def test_what_has_not_changed_is_not_sent_again(
    client: Client, address: str, book: Callable[..., Appointment]
) -> None:
    row = book()
    first = client.get(address)
    assert first["Cache-Control"] == "private, max-age=900"
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    change_appointment(
        actor=actor_of(row.staff), appointment_id=row.pk, values={"start_time": "11:00"}
    )
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert client.post(address).status_code == 405


def test_an_address_ends_when_it_is_revoked_made_anew_or_its_person_may_not_sign_in(
    client: Client, cast: Cast, actor: Actor, address: str
) -> None:
    assert client.get(address).status_code == 200
    update_user(actor=actor, user_id=cast.bob.pk, values={"is_active": False})
    assert client.get(address).status_code == 404
    update_user(actor=actor, user_id=cast.bob.pk, values={"is_active": True})
    _row, second = create_feed(actor=actor_of(cast.bob))
    assert client.get(address).status_code == 404
    assert client.get(f"/feeds/{second}.ics").status_code == 200
    feed_id = CalendarFeed.objects.unscoped().get().pk
    with pytest.raises(NotFound):
        revoke_feed_of(actor=actor_of(cast.charlie), feed_id=feed_id)
    with pytest.raises(Forbidden):
        revoke_feed_of(actor=actor_of(cast.mona), feed_id=feed_id)
    revoke_feed_of(actor=actor, feed_id=feed_id)
    assert client.get(f"/feeds/{second}.ics").status_code == 404
    acts = AuditEntry.objects.for_actor(actor).filter(action__startswith="calendarfeed.")
    assert [entry.action for entry in acts.order_by("id")] == [
        *("calendarfeed.created", "calendarfeed.revoked"),
        *("calendarfeed.created", "calendarfeed.revoked"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["x", "a" * 43, "%00", "..", "ünknown"])
def test_an_address_that_nobody_has_is_not_found(client: Client, secret: str) -> None:
    answer = client.get(f"/feeds/{secret}.ics")
    assert answer.status_code == 404
    assert feed_of(secret=secret) is None


def test_nothing_of_another_organization_or_environment_or_of_deleted_customers(
    client: Client, cast: Cast, actor: Actor, address: str, book: Callable[..., Appointment]
) -> None:
    row = book()
    stranger = actor_of(cast.charlie)
    theirs = create_customer(actor=stranger, values=customer_values(2))
    book_appointment(
        actor=stranger,
        values={"customer": theirs.pk, "staff": cast.charlie.pk, "start_at": row.start_at},
    )
    Appointment.objects.unscoped().filter(pk=book(day="2027-03-05").pk).update(
        environment=Environment.TEST, customer=None
    )
    assert [event["uid"] for event in events(client, address)] == [f"{row.pk}@appointments"]
    assert row.customer_id is not None
    delete_customer(actor=actor, customer_id=row.customer_id)
    assert events(client, address) == []


@override_settings(RATE_LIMIT_USER="2/hour")
def test_whoever_asks_too_often_is_told_when_to_come_again(client: Client, address: str) -> None:
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert int(client.get(address)["Retry-After"]) > 0


def test_a_hundred_appointments_take_as_many_queries_as_one(
    client: Client, address: str, book: Callable[..., Appointment], django_assert_num_queries: Any
) -> None:
    row = book()
    client.get(address)
    rows = [
        Appointment(
            organization_id=row.organization_id,
            customer_id=row.customer_id,
            staff_id=row.staff_id,
            start_at=row.start_at + dt.timedelta(hours=2 * number),
            end_at=row.end_at + dt.timedelta(hours=2 * number),
        )
        for number in range(1, 100)
    ]
    Appointment.objects.unscoped().bulk_create(rows)
    with django_assert_num_queries(2):
        assert len(events(client, address)) == 100


def test_the_page_makes_an_address_shows_it_once_and_ends_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.bob)
    made = client.post(f"{PAGE}new/")
    assert made["Cache-Control"] == "no-store"
    address = made.context["address"]
    assert address in made.content.decode()
    secret = address.rpartition("/")[2].removesuffix(".ics")
    assert Client().get(f"/feeds/{secret}.ics").status_code == 200
    again = client.get(PAGE).content.decode()
    assert secret not in again
    assert not CalendarFeed.objects.unscoped().filter(digest=secret).exists()
    assert client.post(f"{PAGE}end/").status_code == 302
    assert Client().get(f"/feeds/{secret}.ics").status_code == 404

"""Time brings events: an appointment is reminded of once for each lead time, and no one in vain."""

import datetime as dt
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from appointments import reminders
from appointments.models import Appointment, AppointmentReminder
from appointments.reminders import forget_reminders
from appointments.services import book_appointment, change_appointment
from appointments.tasks import remind_of_appointments
from core.audit.models import OutboxEvent
from core.errors import Invalid
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.services.organizations import update_organization
from core.webhooks.dispatching import dispatch_events
from core.webhooks.models import WebhookDelivery
from core.webhooks.services import create_endpoint
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer, update_customer
from customers.services.management import block_customer
from tests.cast import Cast, customer_values
from tests.conftest import on_postgresql

NOON = dt.datetime(2026, 11, 3, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def listened(clock: Any, actor: Actor) -> None:
    create_endpoint(actor=actor, values={"url": "https://93.184.216.34/x", "payload": "full"})


def book(actor: Actor, start: dt.datetime, number: int = 1, **values: Any) -> Appointment:
    row = create_customer(actor=actor, values=customer_values(number))
    return book_appointment(actor=actor, values={"customer": row.pk, "start_at": start, **values})


def lead_times(actor: Actor, *hours: int) -> None:
    values = {"reminder_hours": list(hours)}
    update_organization(actor=actor, organization=actor.organization, values=values)
    actor.organization.refresh_from_db()


def told() -> list[tuple[Any, int]]:
    rows = OutboxEvent.objects.unscoped().filter(type="appointment.reminder").order_by("pk")
    return [(row.subject_id, row.data["hours"]) for row in rows]


def test_an_appointment_is_reminded_of_once_for_each_lead_time(
    listened: None, clock: Any, actor: Actor
) -> None:
    lead_times(actor, 2, 48)
    row = book(actor, NOON + 72 * HOUR)
    counts = []
    for passed in (0, 23, 1, 1, 20, 24, 1, 1, 1):
        clock.shift(passed * HOUR)
        counts.append(remind_of_appointments())
    assert counts == [0, 0, 1, 0, 0, 0, 1, 0, 0]
    assert told() == [(row.pk, 48), (row.pk, 2)]


def test_of_lead_times_that_have_passed_the_shortest_is_told(listened: None, actor: Actor) -> None:
    lead_times(actor, 2, 24, 48)
    row = book(actor, NOON + 20 * HOUR)
    assert (remind_of_appointments(), remind_of_appointments()) == (1, 0)
    assert told() == [(row.pk, 24)]


def test_one_that_is_moved_is_reminded_of_at_its_new_time(
    listened: None, clock: Any, actor: Actor
) -> None:
    row = book(actor, NOON + 20 * HOUR)
    remind_of_appointments()
    change_appointment(actor=actor, appointment_id=row.pk, values={"start_at": NOON + 60 * HOUR})
    assert remind_of_appointments() == 0
    clock.shift(40 * HOUR)
    assert remind_of_appointments() == 1
    assert told() == [(row.pk, 24), (row.pk, 24)]


@pytest.mark.parametrize("status", ["cancelled", "completed", "no_show"])
def test_what_doesnt_stand_is_not_reminded_of(listened: None, actor: Actor, status: str) -> None:
    book(actor, NOON + 20 * HOUR, status=status)
    assert (remind_of_appointments(), told()) == (0, [])


def test_what_is_over_or_far_off_is_not_reminded_of(listened: None, actor: Actor) -> None:
    book(actor, NOON - HOUR, 1)
    book(actor, NOON, 2)
    book(actor, NOON + 24 * HOUR + dt.timedelta(seconds=1), 3)
    assert (remind_of_appointments(), told()) == (0, [])


def test_blocked_and_deleted_customers_are_not_reminded(listened: None, actor: Actor) -> None:
    rows = [book(actor, NOON + 20 * HOUR, number) for number in (1, 2)]
    who = {"actor": actor, "customer_id": rows[0].customer_id}
    block_customer(**who, values={"is_blocked": True})
    delete_customer(actor=actor, customer_id=rows[1].customer_id)
    assert (remind_of_appointments(), told()) == (0, [])
    block_customer(**who, values={"is_blocked": False})
    assert remind_of_appointments() == 1


WITHDRAWN: list[tuple[dict[str, bool], list[str] | None]] = [
    ({}, ["email", "sms", "whatsapp"]),
    ({"notify_sms": False}, ["email", "sms", "whatsapp"]),
    ({"notify_email": False}, ["sms", "whatsapp"]),
    ({"notify_email": False, "notify_sms": True}, ["sms", "whatsapp"]),
    ({"notify_email": False, "notify_sms": None, "notify_whatsapp": None}, None),
]
"""What is said of channels (None: granted, then withdrawn) → the channels that are left."""


@pytest.mark.parametrize(("said", "left"), WITHDRAWN, ids=["0", "1", "2", "3", "4"])
def test_a_reminder_names_the_channels_that_nobody_has_withdrawn_from(
    listened: None, clock: Any, actor: Actor, said: dict[str, Any], left: list[str] | None
) -> None:
    row = book(actor, NOON + 20 * HOUR)
    first = {name: value is not False for name, value in said.items() if value is None}
    last = {name: bool(value) for name, value in said.items()}
    for values in filter(None, (first, last)):
        clock.shift(1)
        update_customer(actor=actor, customer_id=row.customer_id, values=values)
    assert remind_of_appointments() == (left is not None)
    events = OutboxEvent.objects.unscoped().filter(type="appointment.reminder")
    assert [event.data["channels"] for event in events] == ([] if left is None else [left])


def test_where_nobody_listens_nothing_is_emitted(clock: Any, actor: Actor, cast: Cast) -> None:
    create_endpoint(
        actor=actor,
        values={"url": "https://93.184.216.34/x", "event_types": ["customer.created"]},
    )
    create_endpoint(actor=actor_of(cast.charlie), values={"url": "https://93.184.216.34/y"})
    book(actor, NOON + 20 * HOUR)
    assert (remind_of_appointments(), told()) == (0, [])
    assert AppointmentReminder.objects.unscoped().count() == 0


def test_without_lead_times_nobody_is_reminded(listened: None, actor: Actor) -> None:
    lead_times(actor)
    book(actor, NOON + 20 * HOUR)
    assert (remind_of_appointments(), told()) == (0, [])


def test_a_webhook_is_told_when_and_how_long_ahead(listened: None, actor: Actor) -> None:
    row = book(actor, NOON + 20 * HOUR)
    remind_of_appointments()
    dispatch_events()
    delivery = WebhookDelivery.objects.for_actor(actor).get(type="appointment.reminder")
    data = json.loads(delivery.body)["data"]
    assert data["record"]["id"] == str(row.pk)
    assert {name: data[name] for name in ("id", "customer_id", "hours", "start_at")} == {
        "id": str(row.pk),
        "customer_id": str(row.customer_id),
        "hours": 24,
        "start_at": "2026-11-04T08:00:00+00:00",
    }


def test_what_is_killed_half_way_is_done_once(
    listened: None, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        book(actor, NOON + 20 * HOUR, number)
    announce = reminders.announce_events

    def killed(events: Any) -> None:
        announce(events)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reminders, "announce_events", killed)
        with pytest.raises(KeyboardInterrupt):
            reminders.remind_of_appointments(actor=actor)
    assert (told(), AppointmentReminder.objects.unscoped().count()) == ([], 0)
    monkeypatch.setattr(reminders, "BATCH", 2)
    assert remind_of_appointments() == 5
    assert sorted(hours for _, hours in told()) == [24] * 5
    assert len({subject for subject, _ in told()}) == 5


def test_many_take_as_many_statements_as_few(listened: None, actor: Actor) -> None:
    counts = []
    for start, number in ((0, 3), (3, 30)):
        for row in range(start, start + number):
            book(actor, NOON + 20 * HOUR, row)
        with CaptureQueriesContext(connection) as queries:
            assert reminders.remind_of_appointments(actor=actor) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


@on_postgresql
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("batch", [1, 7, 500])
def test_two_at_once_remind_of_each_once(
    listened: None, actor: Actor, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(reminders, "BATCH", batch)
    for number in range(20):
        book(actor, NOON + 20 * HOUR, number)

    def remind(_: int) -> int:
        try:
            return reminders.remind_of_appointments(actor=actor)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(remind, range(4))) == 20
    assert len(told()) == len(set(told())) == 20


def test_the_marks_of_what_is_over_are_deleted(listened: None, clock: Any, actor: Actor) -> None:
    book(actor, NOON + 20 * HOUR)
    remind_of_appointments()
    clock.shift(40 * HOUR)
    assert forget_reminders() == 0
    clock.shift(5 * HOUR)
    assert forget_reminders() == 1


@pytest.mark.parametrize(
    "hours", [[0], [721], [1, 1], [1, 2, 3, 4, 5, 6], ["2"], [2.0], [True], "24", {"a": 1}], ids=str
)
def test_lead_times_that_are_none_are_refused(actor: Actor, hours: Any) -> None:
    with pytest.raises(Invalid) as refused:
        update_organization(
            actor=actor, organization=actor.organization, values={"reminder_hours": hours}
        )
    assert [*refused.value.faults] == ["reminder_hours"]
    actor.organization.refresh_from_db()
    assert actor.organization.reminder_hours == [24]


def test_another_customers_row_is_nobodys_business(
    listened: None, actor: Actor, cast: Cast
) -> None:
    charlie = actor_of(cast.charlie)
    book(charlie, NOON + 20 * HOUR)
    assert (remind_of_appointments(), told()) == (0, [])
    assert Customer.objects.for_actor(charlie).count() == 1

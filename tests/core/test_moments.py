"""Days, moments and times, as every door that hands raw values to the domain has them read."""

import datetime as dt
from typing import Any

import pytest

from core.clock import now
from core.errors import Invalid
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, update_customer
from customers.services.work import create_project, create_transaction, update_project
from interactions.services import log_interaction, open_conversation
from tests.cast import customer_values
from tests.client import ApiClient

AHEAD = dt.timedelta(days=1)


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1))


@pytest.mark.parametrize(
    ("zone", "raw", "moment"),
    [
        ("America/Detroit", "2024-06-15", "2024-06-15T04:00:00Z"),
        ("America/Detroit", "2024-12-15", "2024-12-15T05:00:00Z"),
        ("America/Detroit", dt.date(2024, 6, 15), "2024-06-15T04:00:00Z"),
        ("America/Detroit", "20240615", "2024-06-15T04:00:00Z"),
        ("Asia/Tokyo", "2024-06-15", "2024-06-14T15:00:00Z"),
        # the clocks went forward at midnight, so the day began at one
        ("America/Santiago", "2024-09-08", "2024-09-08T04:00:00Z"),
        ("America/Detroit", "2024-06-15T10:00:00", "2024-06-15T10:00:00Z"),
        ("America/Detroit", "2024-06-15T10:00:00-04:00", "2024-06-15T14:00:00Z"),
        ("America/Detroit", "2024-06-15T10:00+05:30", "2024-06-15T04:30:00Z"),
    ],
)
def test_a_day_alone_begins_on_the_organizations_calendar(
    zone: str, raw: Any, moment: str, actor: Actor, jane: Customer
) -> None:
    actor.organization.time_zone = zone
    values = {"customer_since": raw}
    row = update_customer(actor=actor, customer_id=jane.pk, values=values)
    assert row.customer_since == dt.datetime.fromisoformat(moment)
    job = {"customer": jane.pk, "status": "completed", "start_date": raw, "completed_at": raw}
    project = create_project(actor=actor, values=job)
    assert project.start_date == project.completed_at == row.customer_since


@pytest.mark.parametrize("raw", ["2024-06-31", "06/15/2024", "yesterday", 20240615, "0001-01-01"])
def test_what_is_no_moment_is_refused(raw: Any, actor: Actor, jane: Customer) -> None:
    with pytest.raises(Invalid) as refused:
        update_customer(actor=actor, customer_id=jane.pk, values={"customer_since": raw})
    assert refused.value.faults["customer_since"][0].code == "invalid_date"


@pytest.mark.parametrize("raw", ["2024-06-15T00:00:00Z", "2024-06-15T00:00:00+14:00"])
def test_a_birthday_takes_no_time(raw: str, actor: Actor, jane: Customer) -> None:
    with pytest.raises(Invalid):
        update_customer(actor=actor, customer_id=jane.pk, values={"date_of_birth": raw})


@pytest.mark.parametrize("raw", ["09:00Z", "09:00+02:00", dt.time(9, tzinfo=dt.UTC)])
def test_a_time_of_day_takes_no_offset(raw: Any, actor: Actor, jane: Customer) -> None:
    with pytest.raises(Invalid) as refused:
        update_customer(actor=actor, customer_id=jane.pk, values={"contact_hours_start": raw})
    assert refused.value.faults["contact_hours_start"][0].code == "invalid_time"


def test_what_is_said_to_have_been_doesnt_lie_ahead(actor: Actor, jane: Customer) -> None:
    owner = {"customer": jane.pk}
    told = {
        "customer_since": lambda at: update_customer(
            actor=actor, customer_id=jane.pk, values={"customer_since": at}
        ),
        "occurred_at": lambda at: log_interaction(
            actor=actor, values=owner | {"type": "note", "occurred_at": at}
        ),
        "completed_at": lambda at: create_project(
            actor=actor, values=owner | {"status": "completed", "completed_at": at}
        ),
        "created_at": lambda at: create_transaction(
            actor=actor, values=owner | {"gross_amount": 1, "created_at": at}
        ),
        "opened_at": lambda at: open_conversation(
            actor=actor, values=owner | {"channel": "sms", "opened_at": at}
        ),
    }
    for name, tell in told.items():
        with pytest.raises(Invalid) as refused:
            tell((now() + AHEAD + dt.timedelta(minutes=1)).isoformat())
        assert refused.value.faults[name][0].code == "future"
        tell((now() + AHEAD - dt.timedelta(minutes=1)).isoformat())
    project = create_project(actor=actor, values=owner | {"start_date": "2090-01-01"})
    with pytest.raises(Invalid):
        update_project(
            actor=actor, project_id=project.pk, values={"completed_at": now() + 2 * AHEAD}
        )


def test_history_comes_along(api: ApiClient, jane: Customer) -> None:
    owner = {"customer_id": str(jane.pk)}
    paid = {**owner, "gross_amount": 5, "status": "completed", "created_at": "2024-06-15"}
    made = api.post("/api/transactions", paid)
    assert made.json()["data"]["created_at"] == "2024-06-15T04:00:00Z"
    path = f"/api/transactions/{made.json()['data']['transaction_id']}"
    assert api.put(path, made.json()["data"]).headers["ETag"] == '"1"'
    moved = api.patch(path, {"created_at": "2024-06-16T12:00:00Z"}).json()["data"]
    assert moved["created_at"] == "2024-06-16T12:00:00Z"
    thread = api.post("/api/conversations", {**owner, "channel": "sms"}).json()["data"]["id"]
    said = {"direction": "inbound", "body": "x", "sent_at": "2024-06-15T10:00:00Z"}
    shown = api.post(f"/api/conversations/{thread}/messages", said).json()["data"]
    assert shown["sent_at"] == said["sent_at"]
    desk = f"/api/v2/conversations/{thread}/messages"
    said = {"direction": "inbound", "body": "x", "sentAt": "2024-06-15T10:00:00.250Z"}
    assert api.post(desk, said).json()["message"]["sentAt"] == said["sentAt"]


def test_an_import_says_since_when_customers_have_been_there(api: ApiClient) -> None:
    rows = [
        {"phoneNumber": "12485550171", "createdAt": "2019-03-01T10:00:00.000Z"},
        {"phoneNumber": "12485550172", "createdAt": "2090-03-01T10:00:00.000Z"},
    ]
    answer = api.post("/api/v2/customers/bulk/import", {"customers": rows}).json()
    assert answer["results"] == {"imported": 1, "duplicates": 0, "failed": 1}
    key = answer["details"]["success"][0]["_id"]
    assert answer["details"]["failed"][0]["details"] == {
        "createdAt": ["Must not be in the future."]
    }
    shown = api.get(f"/api/v2/customers/{key}").json()["customer"]
    assert shown["createdAt"] == rows[0]["createdAt"]
    assert shown["updatedAt"] > "2026"
    assert Customer.objects.unscoped().get(pk=key).customer_since.year == 2019

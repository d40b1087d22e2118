"""
What every resource of the native API promises beside its own rules: a version that its ETag shows
and If-Match demands, and that nothing of a deleted customer can be reached.
"""

from typing import Any

import pytest

from appointments.services import book_appointment, create_service
from core.errors import Invalid, NotFound
from core.tenancy.actor import Actor
from core.tenancy.services.outlets import create_outlet
from customers.models import Customer
from customers.services.customers import delete_customer, restore_customer
from customers.services.tags import create_tag
from customers.services.wordings import create_wording
from customers.services.work import create_project, create_transaction, move_project
from interactions.follow_ups import create_follow_up
from interactions.models import Conversation
from interactions.services import add_message, log_interaction, open_conversation
from tests.api.roofing.calls import made
from tests.api.world import dump
from tests.client import ApiClient

OWNED: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "projects": (create_project, {"total_amount": 5}, {"name": "Ridge"}),
    "transactions": (create_transaction, {"gross_amount": 5}, {"description": "Deposit"}),
    "interactions": (log_interaction, {"type": "email"}, {"notes": "Called back"}),
    "follow-ups": (
        create_follow_up,
        {"reason": "Call back", "due_date": "2026-12-01"},
        {"reason": "Write"},
    ),
    "conversations": (open_conversation, {"channel": "sms"}, {"subject": "Gutters"}),
    "appointments": (
        book_appointment,
        {"start_at": "2026-01-05T10:00:00Z"},
        {"notes": "Brings a dog"},
    ),
}
"""Path → what makes a row of a customer, the values that it needs, and a change."""

SHARED: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "services": (create_service, {"name": "Cut"}, {"price": 12}),
    "outlets": (create_outlet, {"name": "Harbour"}, {"city": "Troy"}),
    "tags": (create_tag, {"name": "new"}, {"name": "newer"}),
    "consent-wordings": (
        create_wording,
        {"name": "Offers", "purpose": "marketing", "text": "May we?"},
        {"text": "May we, please?"},
    ),
}
"""The same for rows of the organization."""

DELETABLE = {"projects", "interactions", "follow-ups", "appointments", *SHARED}


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return made(actor, 1)


def written(actor: Actor, customer: Customer, noun: str) -> tuple[str, dict[str, Any]]:
    """The path of a new row, and a change for it."""
    write, values, change = {**OWNED, **SHARED}[noun]
    owner = {"customer": customer.pk} if noun in OWNED else {}
    row = write(actor=actor, values=values | owner)
    return f"/api/{noun}/{row.pk}", change


@pytest.mark.parametrize("noun", [*OWNED, *SHARED])
def test_a_version_makes_the_etag_and_moves_with_every_change(
    noun: str, api: ApiClient, actor: Actor, jane: Customer
) -> None:
    path, change = written(actor, jane, noun)
    assert api.get(path).headers["ETag"] == '"1"'
    changed = api.patch(path, change, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert api.patch(path, change).headers["ETag"] == '"2"', "nothing changed"
    assert api.put(path, changed.json()["data"]).headers["ETag"] == '"2"', "as it was read"
    assert api.get(path).headers["ETag"] == '"2"'


@pytest.mark.parametrize("noun", [*OWNED, *SHARED])
def test_a_stale_if_match_changes_nothing(
    noun: str, api: ApiClient, actor: Actor, jane: Customer
) -> None:
    path, change = written(actor, jane, noun)
    before = dump()
    for header in ('"7"', 'W/"1"', "nonsense"):
        assert api.patch(path, change, **{"If-Match": header}).status_code == 412
    if noun in DELETABLE:
        assert api.delete(path, **{"If-Match": '"7"'}).status_code == 412
    assert dump() == before
    if noun in DELETABLE:
        assert api.delete(path, **{"If-Match": '"1"'}).status_code == 200


def test_creating_answers_the_first_version(api: ApiClient, jane: Customer) -> None:
    body = {"customer_id": str(jane.pk), "total_amount": 5}
    assert api.post("/api/projects", body).headers["ETag"] == '"1"'


def test_messages_move_no_version_but_what_reopens_a_thread_does(
    actor: Actor, jane: Customer
) -> None:
    thread = open_conversation(actor=actor, values={"customer": jane.pk, "channel": "sms"})

    def version(direction: str) -> int:
        values = {"direction": direction, "body": "x"}
        add_message(actor=actor, conversation_id=thread.pk, values=values)
        return Conversation.objects.for_actor(actor).get(pk=thread.pk).version

    assert [version("inbound"), version("outbound")] == [1, 1]
    Conversation.objects.for_actor(actor).update(status="resolved", resolved_at=thread.opened_at)
    assert version("outbound") == 1
    assert version("inbound") == 2


@pytest.mark.parametrize("noun", OWNED)
def test_nothing_of_a_deleted_customer_can_be_reached(
    noun: str, api: ApiClient, actor: Actor, jane: Customer
) -> None:
    path, change = written(actor, jane, noun)
    delete_customer(actor=actor, customer_id=jane.pk)
    before = dump()
    answers = [api.get(path), api.patch(path, change), api.put(path, change)]
    if noun in DELETABLE:
        answers.append(api.delete(path))
    assert {answer.status_code for answer in answers} == {404}
    assert dump() == before
    restore_customer(actor=actor, customer_id=jane.pk)
    assert api.patch(path, change).status_code == 200


@pytest.mark.parametrize("noun", OWNED)
def test_no_row_is_made_for_a_deleted_customer(noun: str, actor: Actor, jane: Customer) -> None:
    delete_customer(actor=actor, customer_id=jane.pk)
    before = dump()
    write, values, _ = OWNED[noun]
    with pytest.raises(Invalid):
        write(actor=actor, values=values | {"customer": jane.pk})
    assert dump() == before


def test_a_project_of_a_deleted_customer_keeps_its_status(actor: Actor, jane: Customer) -> None:
    row = create_project(actor=actor, values={"customer": jane.pk})
    delete_customer(actor=actor, customer_id=jane.pk)
    with pytest.raises(NotFound, match="Project"):
        move_project(actor=actor, project_id=row.pk, status="completed")

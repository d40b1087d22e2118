"""Saved replies: their fields are known, and filled when one is chosen."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from appointments.services import book_appointment
from core.audit.models import AuditEntry
from core.clock import now
from core.errors import Conflict, Forbidden, Invalid
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from interactions.models import Message, ReplyTemplate
from interactions.replies import (
    create_reply_template,
    fill_reply,
    reply_fields,
    update_reply_template,
)
from interactions.services import open_conversation
from tests.cast import Cast, customer_values
from tests.client import ApiClient

PATH = "/api/reply-templates"


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1, language="es"))


def reply(actor: Actor, text: str, name: str = "Hello") -> ReplyTemplate:
    return create_reply_template(actor=actor, values={"name": name, "text": text})


def test_fields_are_filled_for_the_customer(actor: Actor, jane: Customer, cast: Cast) -> None:
    day = (now() + dt.timedelta(days=3)).date()
    values: dict[str, Any] = {"day": day.isoformat(), "start_time": "16:30"}
    book_appointment(actor=actor, values={"customer": jane.pk, "outlet": cast.outlet.pk, **values})
    text = "{first_name} {last_name}, {name}, {organization}: {appointment_date} {appointment_time}"
    filled = fill_reply(actor=actor, text=text + " {outlet} { first_name }", customer=jane)
    assert filled.startswith(f"Jane Smith1, Jane Smith1, Acme Roofs: {day.day} ")
    assert filled.endswith("16:30 Downtown Jane"), "by the outlet's clock, in the customer's words"


def test_a_field_of_which_nothing_is_known_stays_to_be_written(
    actor: Actor, jane: Customer
) -> None:
    text = "{first_name}, on {appointment_date}. {curly {brackets}} {}"
    assert fill_reply(actor=actor, text=text, customer=jane) == (
        "Jane, on {appointment_date}. {curly {brackets}} {}"
    )


def test_what_is_filled_in_is_never_read_as_a_field(actor: Actor, jane: Customer) -> None:
    jane.first_name = "{organization}"
    assert fill_reply(actor=actor, text="{first_name}", customer=jane) == "{organization}"


def test_every_declared_field_has_a_value(actor: Actor, jane: Customer, cast: Cast) -> None:
    day = (now() + dt.timedelta(days=3)).date().isoformat()
    given = {"customer": jane.pk, "outlet": cast.outlet.pk, "day": day, "start_time": "10:00"}
    book_appointment(actor=actor, values=given)
    for name, each in reply_fields().items():
        assert name in each.values(actor, jane), name


def test_an_unknown_field_is_refused_with_a_sentence(actor: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        reply(actor, "Hello {first_nam}")
    sentence = refused.value.faults["text"][0].message
    assert sentence.startswith("There is no field {first_nam}. Fields are: {first_name}, ")
    row = reply(actor, "Hello")
    with pytest.raises(Invalid):
        update_reply_template(actor=actor, template_id=row.pk, values={"text": "{x}"})
    row.refresh_from_db()
    assert (row.text, row.version) == ("Hello", 1)


def test_names_are_unique_in_an_organization(actor: Actor, cast: Cast) -> None:
    reply(actor, "Hello")
    with pytest.raises(Conflict):
        reply(actor, "Another")
    reply(actor_of(cast.charlie), "Theirs")


def test_the_api_keeps_them(cast: Cast) -> None:
    bob = ApiClient(user=cast.bob)
    made = bob.post(PATH, {"name": "Hello", "text": "Hello {first_name}"})
    assert made.status_code == 201
    row = made.json()["data"]
    path = f"{PATH}/{row['id']}"
    assert bob.get(PATH).json()["data"] == [row]
    assert ApiClient(user=cast.charlie).get(path).status_code == 404
    stale = bob.patch(path, {"text": "Hi"}, If_Match='"7"')
    assert stale.status_code == 412
    changed = bob.patch(path, {"text": "Hi {name}"}, If_Match=made.headers["ETag"])
    assert changed.json()["data"]["text"] == "Hi {name}"
    for bad in ({"text": "{nothing}"}, {"text": ""}, {"name": None}, {"more": 1}):
        assert bob.patch(path, bad).status_code == 400, bad
    assert bob.delete(path).status_code == 200
    assert bob.get(path).status_code == 404
    acts = AuditEntry.objects.for_actor(actor_of(cast.alice)).values_list("action", flat=True)
    assert {"replytemplate.created", "replytemplate.updated", "replytemplate.deleted"} <= set(acts)


def test_a_key_that_only_reads_writes_none(cast: Cast) -> None:
    answer = ApiClient(key=cast.read_key).post(PATH, {"name": "Hello", "text": "Hello"})
    assert answer.status_code == 403
    assert not ReplyTemplate.objects.unscoped().exists()
    with pytest.raises(Forbidden):
        reply(Actor.stranger(organization=cast.acme), "Hello")


def test_one_is_chosen_in_a_conversation_without_scripts(
    cast: Cast, actor: Actor, jane: Customer
) -> None:
    row = reply(actor, "Hello {first_name}!")
    gone = reply(actor, "Old", "Old")
    update_reply_template(actor=actor, template_id=gone.pk, values={"is_active": False})
    theirs = reply(actor_of(cast.charlie), "A canary")
    thread = open_conversation(actor=actor, values={"customer": jane.pk, "channel": "sms"})
    client = Client()
    client.force_login(cast.bob)
    address = f"/app/conversations/{thread.pk}/"
    page = client.get(address).content.decode()
    assert f'<option value="{row.pk}"' in page
    filled = client.get(f"{address}replies/{row.pk}/")
    assert (filled.content.decode(), filled["Content-Type"]) == (
        "Hello Jane!",
        "text/plain; charset=utf-8",
    )
    for odd in (theirs.pk, gone.pk):
        assert client.get(f"{address}replies/{odd}/").status_code == 404
    assert str(gone.pk) not in page
    chosen = client.get(address, {"reply": row.pk}).content.decode()
    assert ">Hello Jane!</textarea>" in chosen
    for odd in (theirs.pk, gone.pk, "nonsense", ""):
        assert "canary" not in client.get(address, {"reply": odd}).content.decode()
    assert not Message.objects.unscoped().exists(), "choosing sends nothing"


def test_the_settings_page_adds_and_refuses(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.bob)
    refused = client.post("/app/settings/replies/new/", {"name": "Hello", "text": "{nothing}"})
    assert refused.status_code == 422
    assert "There is no field {nothing}." in refused.content.decode()
    client.post("/app/settings/replies/new/", {"name": "Hello", "text": "Hello {name}"})
    assert "Hello {name}" in client.get("/app/settings/replies/").content.decode()

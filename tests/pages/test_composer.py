"""The composer above the timeline: a note, a call, a message, a follow-up, each by one service."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer
from customers.services.management import block_customer
from interactions.models import Conversation, FollowUp, Interaction, Message
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in


@pytest.fixture
def actor(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values())


@pytest.fixture
def bob(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.bob)
    return client


def compose(client: Client, customer: Customer, **values: Any) -> Any:
    return client.post(f"/app/customers/{customer.pk}/compose/", values)


def test_a_note_and_a_call_are_logged(bob: Client, jane: Customer, actor: Actor) -> None:
    assert compose(bob, jane, kind="note", text="Likes slate").status_code == 302
    compose(bob, jane, kind="call", text="", outcome="no_answer")
    logged = Interaction.objects.for_actor(actor).order_by("id")
    assert [(row.type, row.notes, row.outcome) for row in logged] == [
        ("note", "Likes slate", ""),
        ("phone_call", "", "no_answer"),
    ]


def test_messages_go_into_the_open_thread_of_the_channel(
    bob: Client, jane: Customer, actor: Actor
) -> None:
    for text in ("Hello", "Still there?"):
        assert compose(bob, jane, kind="message", channel="sms", text=text).status_code == 302
    thread = Conversation.objects.for_actor(actor).get()
    assert (thread.channel, thread.message_count) == ("sms", 2)
    compose(bob, jane, kind="message", channel="email", text="By mail")
    assert Conversation.objects.for_actor(actor).count() == 2


def test_a_follow_up_takes_its_first_line_and_keeps_the_rest(
    bob: Client, jane: Customer, actor: Actor, cast: Cast
) -> None:
    told = {"kind": "follow_up", "due_date": "2031-02-03", "owner": cast.mona.pk}
    compose(bob, jane, text="Call back\nabout the ridge", **told)
    compose(bob, jane, text="x" * 200, **told)
    short, long = FollowUp.objects.for_actor(actor).order_by("id")
    assert (short.reason, short.notes) == ("Call back", "about the ridge")
    assert (long.reason, long.notes) == ("x" * 150, "x" * 200)
    assert short.owner_id == cast.mona.pk


def test_what_is_refused_stands_in_the_composer_as_it_was_typed(
    bob: Client, jane: Customer, actor: Actor
) -> None:
    empty = compose(bob, jane, kind="note", text=" ")
    assert (empty.status_code, "Write something first." in empty.content.decode()) == (422, True)
    undated = compose(bob, jane, kind="follow_up", text="Call", due_date="")
    assert "On which day?" in undated.content.decode()
    block_customer(actor=actor, customer_id=jane.pk, values={"is_blocked": True})
    blocked = compose(bob, jane, kind="message", channel="sms", text="Hello you")
    assert blocked.status_code == 422
    assert "Hello you" in blocked.content.decode()
    for model in (Interaction, Conversation, Message, FollowUp):
        assert not model.objects.for_actor(actor).exists()


def test_a_stranger_finds_nobody(jane: Customer, cast: Cast, actor: Actor) -> None:
    charlie = Client()
    charlie.force_login(cast.charlie)
    assert compose(charlie, jane, kind="note", text="x").status_code == 404
    assert not Interaction.objects.for_actor(actor).exists()


def test_it_is_one_line_until_somebody_writes_and_the_page_shows_what_was_written(
    page: Page, jane: Customer, cast: Cast
) -> None:
    sign_in(page, cast.bob)
    page.goto(f"/app/customers/{jane.pk}/")
    save = page.locator("#composer button.btn-primary")
    expect(save).to_be_hidden()
    text = page.locator("#composer textarea")
    text.focus()
    expect(save).to_be_visible()
    page.get_by_text("Follow-up", exact=True).and_(page.locator(".quick-log-kinds label")).click()
    expect(page.locator("#composer [name=due_date]")).to_be_visible()
    check_accessible(page)
    text.focus()
    text.press_sequentially("Call about the ridge")
    text.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("The follow-up is added.")
    expect(page.locator(".timeline")).to_contain_text("Call about the ridge")
    page.locator(".toast button", has_text="Undo").click()
    expect(page.locator(".timeline, .state").first).not_to_contain_text("planned a follow-up")


def test_what_is_written_goes_along_to_the_page_with_more(
    page: Page, jane: Customer, cast: Cast
) -> None:
    sign_in(page, cast.bob)
    page.goto(f"/app/customers/{jane.pk}/")
    page.locator("#composer textarea").fill("Rang & asked")
    page.get_by_role("link", name="More options").click()
    page.wait_for_url("**/log/**")
    expect(page.locator("[name=notes]")).to_have_value("Rang & asked")


def test_without_scripts_a_note_is_written_too(
    without_javascript: Page, jane: Customer, cast: Cast
) -> None:
    page = without_javascript
    sign_in(page, cast.bob)
    page.goto(f"/app/customers/{jane.pk}/")
    page.fill("#composer textarea", "Likes slate")
    page.click("#composer button.btn-primary")
    expect(page.locator(".timeline")).to_contain_text("Likes slate")


def test_without_a_connection_nothing_typed_is_lost(page: Page, jane: Customer, cast: Cast) -> None:
    sign_in(page, cast.bob)
    page.goto(f"/app/customers/{jane.pk}/")
    text = page.locator("#composer textarea")
    text.focus()
    text.press_sequentially("Likes slate")
    page.context.set_offline(True)
    text.press("Control+Enter")
    expect(page.locator(".toast")).to_contain_text("No connection. Not saved.")
    expect(text).to_have_value("Likes slate")
    page.context.set_offline(False)
    text.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("Likes slate")


def test_a_draft_outlives_the_editing_of_a_value(cast: Cast, actor: Actor, page: Page) -> None:
    customer = create_customer(actor=actor, values=customer_values(city="Detroit"))
    sign_in(page, cast.mona)
    page.goto(f"/app/customers/{customer.pk}/")
    draft = page.locator("#composer_text")
    draft.fill("Half a thought")
    page.locator("[data-edit=city]").click()
    page.locator("[name=city]").fill("Novi")
    page.keyboard.press("Enter")
    expect(page.locator("#fact-city")).to_contain_text("Novi")
    expect(draft).to_have_value("Half a thought")
    page.locator("#composer").get_by_role("button", name="Save").click()
    expect(page.locator("#customer")).to_contain_text("Half a thought")
    expect(draft).to_have_value("")

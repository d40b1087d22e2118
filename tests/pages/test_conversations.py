"""
Conversations: what the list finds, how a thread is read and answered, and who gets no message.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.clock import now
from core.identity.services import actor_of
from core.ids import new_id
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer, update_customer
from customers.services.management import block_customer
from interactions.models import Conversation, ConversationNote, Message, ScheduledMessage
from interactions.replies import create_reply_template
from interactions.services import add_message, open_conversation, update_conversation
from tests.cast import Cast, customer_values
from tests.pages.browsing import check_accessible, sign_in

LIST = "/app/conversations/"
HTMX = {"HX-Request": "true"}
NOON = dt.datetime(2026, 11, 3, 17, 0, tzinfo=dt.UTC)


@pytest.fixture
def bob(cast: Cast, client: Client) -> Client:
    client.force_login(cast.bob)
    return client


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1, tags=["priority"]))


@pytest.fixture
def thread(actor: Actor, jane: Customer) -> Conversation:
    return talk(actor, jane, subject="Leak")


def talk(actor: Actor, customer: Customer, *said: str, **values: Any) -> Conversation:
    """A thread in which they and we speak in turn, they first."""
    opened = open_conversation(
        actor=actor, values={"customer": customer.pk, "channel": "whatsapp", **values}
    )
    for place, body in enumerate(said):
        say(actor, opened, body, "outbound" if place % 2 else "inbound")
    return opened


def say(actor: Actor, thread: Conversation, body: str, direction: str = "inbound") -> Message:
    return add_message(
        actor=actor, conversation_id=thread.pk, values={"direction": direction, "body": body}
    )


def of(thread: Conversation) -> str:
    return f"{LIST}{thread.pk}/"


def listed(client: Client, **query: str) -> list[str]:
    return [line.conversation["subject"] for line in client.get(LIST, query).context["desk"].lines]


def state(thread: Conversation) -> tuple[str, bool]:
    fresh = Conversation.objects.unscoped().get(pk=thread.pk)
    return fresh.status, fresh.is_ticket


def test_the_newest_message_stands_first_and_who_had_the_last_word_shows(
    bob: Client, actor: Actor, jane: Customer
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for subject, said in {
            "old": ("Hello?", "Yes."),
            "new": ("Any news?",),
            "silent": (),
        }.items():
            clock.shift(60)
            talk(actor, jane, *said, subject=subject)
        clock.shift(60)
        say(actor, Conversation.objects.unscoped().get(subject="old"), "One more thing", "inbound")
        lines = bob.get(LIST, {"view": "all"}).context["desk"].lines
    assert [(line.conversation["subject"], line.waiting) for line in lines] == [
        ("old", True),
        ("silent", False),
        ("new", True),
    ]
    assert [line.latest.body if line.latest else None for line in lines] == [
        "One more thing",
        None,
        "Any news?",
    ]


def test_each_filter_finds_its_own(bob: Client, actor: Actor, jane: Customer) -> None:
    other = create_customer(actor=actor, values=customer_values(2, first_name="Zoë"))
    talk(actor, jane, "Hi", subject="waiting")
    talk(actor, jane, "Hi", "Hello", subject="answered", channel="sms", is_ticket=True)
    closed = talk(actor, other, "Hi", subject="closed")
    update_conversation(actor=actor, conversation_id=closed.pk, values={"status": "resolved"})
    expected: list[tuple[dict[str, str], set[str]]] = [
        ({}, {"waiting"}),
        ({"view": "all"}, {"waiting", "answered", "closed"}),
        ({"view": "unassigned"}, {"waiting", "answered"}),
        ({"view": "mine"}, set()),
        ({"status": "open"}, {"waiting", "answered"}),
        ({"status": "resolved"}, {"closed"}),
        ({"waiting": "true"}, {"waiting"}),
        ({"waiting": "false"}, {"answered", "closed"}),
        ({"channel": "sms"}, {"answered"}),
        ({"is_ticket": "true"}, {"answered"}),
        ({"is_ticket": "false"}, {"waiting", "closed"}),
        ({"search": "zoe"}, {"closed"}),
        ({"customer_id": str(jane.pk)}, {"waiting", "answered"}),
        (
            {"status": "nonsense", "channel": "pigeon", "customer_id": "x", "page": "x"},
            {"waiting", "answered", "closed"},
        ),
    ]
    assert [(query, set(listed(bob, **query))) for query, _ in expected] == expected


def test_no_results_name_the_filters(bob: Client, thread: Conversation) -> None:
    assert "Channel: SMS" in bob.get(LIST, {"channel": "sms"}).content.decode()


def test_a_thread_shows_days_senders_and_the_customer(
    bob: Client, actor: Actor, jane: Customer, cast: Cast
) -> None:
    # still the second in Detroit
    with time_machine.travel(dt.datetime(2026, 11, 3, 4, 30, tzinfo=dt.UTC), tick=False) as clock:
        thread = talk(actor, jane, "A leak\n<b>here</b>")
        clock.shift(3600)
        say(actor_of(cast.bob), thread, "We come", "outbound")
    answer = bob.get(of(thread))
    assert [
        (day.isoformat(), [row.body for row in rows]) for day, rows in answer.context["days"]
    ] == [
        ("2026-11-02", ["A leak\n<b>here</b>"]),
        ("2026-11-03", ["We come"]),
    ]
    text = answer.content.decode()
    for shown in (
        "A leak<br>&lt;b&gt;here&lt;/b&gt;",
        "Bob · ",
        "Jane Smith1 · ",
        "priority",
        "+12485550001",
    ):
        assert shown in text


def test_a_long_thread_is_paged_backwards(bob: Client, actor: Actor, thread: Conversation) -> None:
    for number in range(120):
        say(actor, thread, f"No. {number}")
    seen: list[str] = []
    address = of(thread)
    for headers in ({}, HTMX, HTMX):
        context = bob.get(address, headers=headers).context
        seen = [row.body for _day, rows in context["days"] for row in rows] + seen
        address = f"{of(thread)}?before={context['earliest']}"
    assert seen == [f"No. {number}" for number in range(120)]
    assert context["earliest"] == ""


def test_from_earlier_messages_one_comes_back_to_the_latest(
    bob: Client, actor: Actor, thread: Conversation
) -> None:
    first, second = say(actor, thread, "First"), say(actor, thread, "Second")
    past = f"{of(thread)}?status=open&before={second.pk}"
    page = bob.get(past)
    assert [row.pk for _day, rows in page.context["days"] for row in rows] == [first.pk]
    assert "Latest messages" in page.content.decode()
    sent = bob.post(past, {"direction": "outbound", "body": "x"})
    assert sent["Location"] == f"{of(thread)}?status=open#end"


def test_an_answer_is_sent_once_and_what_they_wrote_can_be_noted(
    bob: Client, cast: Cast, thread: Conversation
) -> None:
    sent = {"direction": "outbound", "body": "We come", "submission": new_id().hex}
    assert bob.post(of(thread), sent)["Location"] == f"{of(thread)}#end"
    bob.post(of(thread), sent)
    bob.post(of(thread), {"direction": "inbound", "body": "Thanks"})
    rows = Message.objects.unscoped().order_by("id").values_list("direction", "body", "sent_by")
    assert list(rows) == [("outbound", "We come", cast.bob.pk), ("inbound", "Thanks", None)]


def test_an_empty_message_is_refused_beside_its_field(bob: Client, thread: Conversation) -> None:
    answer = bob.post(of(thread), {"direction": "outbound", "body": "  "})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["body"])
    assert Message.objects.unscoped().count() == 0


def test_a_blocked_customer_can_only_be_listened_to(
    bob: Client, actor: Actor, jane: Customer, thread: Conversation
) -> None:
    block_customer(actor=actor, customer_id=jane.pk, values={"is_blocked": True})
    page = bob.get(of(thread)).content.decode()
    assert "This customer is blocked" in page
    assert 'value="outbound"' not in page
    assert bob.post(of(thread), {"direction": "outbound", "body": "x"}).status_code == 422
    assert bob.post(of(thread), {"direction": "inbound", "body": "Sorry!"}).status_code == 302
    assert list(Message.objects.unscoped().values_list("body", flat=True)) == ["Sorry!"]


def test_who_took_back_their_consent_is_written_to_again_once_they_give_it(
    bob: Client, actor: Actor, jane: Customer
) -> None:
    thread = talk(actor, jane, "Hello")
    assert "Write to them" in bob.get(of(thread)).content.decode()
    for wanted in (True, False):
        update_customer(actor=actor, customer_id=jane.pk, values={"notify_whatsapp": wanted})
    assert "doesn&#x27;t want messages on this channel" in bob.get(of(thread)).content.decode()
    assert bob.post(of(thread), {"direction": "outbound", "body": "x"}).status_code == 422
    other = talk(actor, jane, channel="sms")
    assert bob.get(of(other)).context["silence"] == ""
    say(actor, thread, "Call me")
    assert bob.get(of(thread)).context["silence"] != "", "the ledger decides, not the thread"
    update_customer(actor=actor, customer_id=jane.pk, values={"notify_whatsapp": True})
    assert bob.get(of(thread)).context["silence"] == ""


def test_the_rail_says_how_the_customer_stands_to_the_channel(
    bob: Client, actor: Actor, jane: Customer
) -> None:
    thread, chat = talk(actor, jane, "Hello"), talk(actor, jane, "Hi", channel="web_chat")

    def shown() -> Any:
        return bob.get(of(thread)).context["consent"].answer

    assert shown() == "not_asked"
    update_customer(actor=actor, customer_id=jane.pk, values={"notify_whatsapp": True})
    assert shown() == "granted"
    update_customer(actor=actor, customer_id=jane.pk, values={"notify_whatsapp": False})
    assert shown() == "withdrawn"
    assert f"/app/customers/{jane.pk}/consents/edit/" in bob.get(of(thread)).content.decode()
    assert bob.get(of(chat)).context["consent"] is None


@pytest.mark.parametrize(
    ("step", "back", "after"),
    [("resolve", "reopen", ("resolved", False)), ("ticket", "no-ticket", ("open", True))],
)
def test_one_tap_marks_a_thread_and_the_toast_takes_it_back(
    bob: Client, thread: Conversation, step: str, back: str, after: tuple[str, bool]
) -> None:
    assert (
        bob.post(f"{of(thread)}{step}/", {"next": f"{LIST}?status=open"})["Location"]
        == f"{LIST}?status=open"
    )
    assert state(thread) == after
    assert f'action="{of(thread)}{back}/"' in bob.get(of(thread)).content.decode()
    assert bob.post(f"{of(thread)}{back}/")["Location"] == of(thread)
    assert state(thread) == ("open", False)


def test_the_subject_is_edited(bob: Client, thread: Conversation) -> None:
    assert bob.post(f"{of(thread)}subject/", {"subject": "Gutter"})["Location"] == of(thread)
    assert Conversation.objects.unscoped().get().subject == "Gutter"
    assert bob.post(f"{of(thread)}subject/", {"subject": "x" * 151}).status_code == 422


def test_a_conversation_is_opened_with_a_customer(bob: Client, jane: Customer) -> None:
    address = f"/app/customers/{jane.pk}/conversations/new/"
    assert bob.post(address, {"subject": "Roof"}).status_code == 422
    opened = bob.post(address, {"channel": "sms", "subject": "Roof", "is_ticket": "on"})
    row = Conversation.objects.unscoped().get()
    assert opened["Location"] == of(row)
    assert (row.channel, row.subject, row.is_ticket, row.customer_id) == (
        "sms",
        "Roof",
        True,
        jane.pk,
    )


def test_news_are_fetched_as_a_fragment_and_none_are_nothing(
    bob: Client, actor: Actor, thread: Conversation
) -> None:
    last = say(actor, thread, "Hello")
    address = f"{of(thread)}?after={last.pk}"
    assert bob.get(address, headers=HTMX).status_code == 204
    say(actor, thread, "Anyone?")
    text = bob.get(address, headers=HTMX).content.decode()
    assert "Anyone?" in text
    assert "Hello" not in text
    assert "<html" not in text


def test_asking_for_news_is_cheap(bob: Client, actor: Actor, thread: Conversation) -> None:
    last = say(actor, thread, "Hello")
    with CaptureQueriesContext(connection) as asked:
        bob.get(f"{of(thread)}?after={last.pk}", headers=HTMX)
    assert len(asked) == 4


@pytest.mark.parametrize("who", ["bob", "mona", "alice", "sue"])
def test_every_role_reads_and_answers(
    client: Client, cast: Cast, thread: Conversation, who: str
) -> None:
    client.force_login(getattr(cast, who))
    assert listed(client, view="all") == ["Leak"]
    assert client.post(of(thread), {"direction": "outbound", "body": "Hi"}).status_code == 302
    assert client.post(f"{of(thread)}resolve/").status_code == 302
    assert state(thread) == ("resolved", False)


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_ones_own_can_not_be_told_from_none(
    bob: Client, cast: Cast, actor: Actor, jane: Customer, method: str
) -> None:
    stranger = actor_of(cast.charlie)
    theirs = talk(stranger, create_customer(actor=stranger, values=customer_values(1)), "secret")
    gone = talk(actor, jane, "Hi")
    delete_customer(actor=actor, customer_id=jane.pk)
    for key in (theirs.pk, gone.pk, new_id()):
        for tail in (
            ("", "subject/") if method == "get" else ("", "subject/", "resolve/", "ticket/")
        ):
            assert (
                getattr(bob, method)(
                    f"{LIST}{key}/{tail}", {"direction": "inbound", "body": "x"}
                ).status_code
                == 404
            )
    assert listed(bob) == []
    assert state(theirs) == ("open", False)
    assert bob.get(f"/app/customers/{theirs.customer_id}/conversations/new/").status_code == 404


@pytest.fixture
def queries(bob: Client, actor: Actor) -> Callable[[str], int]:
    def count(address: str) -> int:
        bob.get(address)  # whatever is kept from the first request on
        with CaptureQueriesContext(connection) as asked:
            assert bob.get(address).status_code == 200
        return len(asked)

    return count


def test_the_same_queries_show_three_conversations_or_thirty(
    queries: Callable[[str], int], actor: Actor, jane: Customer
) -> None:
    counts = []
    for rows in (3, 21):
        threads = [talk(actor, jane, *["Hi", "Hello"] * (rows // 3)) for _ in range(rows)]
        counts.append((queries(f"{LIST}?view=all"), queries(of(threads[-1]))))
    assert counts == [(7, 17), (7, 17)]


def test_one_answers_resolves_and_undoes(
    cast: Cast, actor: Actor, jane: Customer, page: Page
) -> None:
    thread = talk(actor, jane, "Any news?", subject="Leak")
    sign_in(page, cast.bob)
    page.goto(f"{LIST}?status=open")
    page.click("a.line:has-text('Any news?')")
    expect(page.locator("h1")).to_have_text("Jane Smith1")
    page.wait_for_load_state()  # the keys are the script's
    page.fill("[name=body]", "Tomorrow at ten")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said-outbound .said-body")).to_have_text("Tomorrow at ten")
    say(actor, thread, "Fine!")
    page.evaluate("htmx.trigger('[data-poll]', 'look')")
    expect(page.locator(".said-inbound .said-body").last).to_have_text("Fine!")
    page.click("button:has-text('Resolve')")
    expect(page.locator(".toast")).to_contain_text("Resolved.")
    page.click(".toast button:has-text('Undo')")
    expect(page.locator("button:has-text('Resolve')")).to_be_visible()
    assert state(thread) == ("open", False)


def test_a_thread_opens_at_its_end(cast: Cast, actor: Actor, jane: Customer, page: Page) -> None:
    thread = talk(
        actor, jane, *[f"No. {number}" for number in range(40)], subject="Leak", is_ticket=True
    )
    sign_in(page, cast.bob)
    page.goto(of(thread))
    expect(page.get_by_text("No. 39", exact=True).last).to_be_in_viewport()


def test_without_scripts_one_finds_reads_and_answers(
    cast: Cast, actor: Actor, jane: Customer, without_javascript: Page
) -> None:
    page = without_javascript
    talk(actor, jane, "Any news?")
    sign_in(page, cast.bob)
    page.goto(LIST)
    page.fill("#desk-search", "jane")
    page.press("#desk-search", "Enter")
    page.click("a.line")
    page.fill("[name=body]", "Yes")
    page.click("button:has-text('Note it')")
    expect(page.locator(".said-outbound .said-body")).to_have_text("Yes")


def test_what_stands_in_the_composer_goes_where_it_is_said_to(
    bob: Client, cast: Cast, thread: Conversation
) -> None:
    at = (timezone.localtime() + dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    for sent in (
        {"direction": "note", "body": "Be careful", "send_at": at},
        {"direction": "outbound", "body": "See you tomorrow", "send_at": at},
        {"direction": "inbound", "body": "Hello", "send_at": at},
    ):
        assert bob.post(of(thread), sent).status_code == 302
    assert [row.body for row in Message.objects.unscoped()] == ["Hello"]
    note, planned = (
        ConversationNote.objects.unscoped().get(),
        ScheduledMessage.objects.unscoped().get(),
    )
    text = bob.get(of(thread)).content.decode()
    for shown in ("Be careful", "See you tomorrow", "Private note", "Will be sent"):
        assert shown in text
    refused = bob.post(
        of(thread), {"direction": "outbound", "body": "x", "send_at": "2020-01-01T10:00"}
    )
    assert refused.status_code == 422
    assert "can’t lie in the past" in refused.content.decode().replace("&#x27;", "’").replace(
        "'", "’"
    )
    assert bob.post(f"{of(thread)}later/{planned.pk}/cancel/").status_code == 302
    assert bob.post(f"{of(thread)}notes/{note.pk}/delete/").status_code == 302
    text = bob.get(of(thread)).content.decode()
    for gone in ("Be careful", "See you tomorrow"):
        assert gone not in text.partition("<main")[2]


def test_one_is_given_snoozed_and_brought_back(
    bob: Client, cast: Cast, thread: Conversation
) -> None:
    def fresh() -> Conversation:
        return Conversation.objects.unscoped().get(pk=thread.pk)

    bob.post(f"{of(thread)}assign/", {"assigned_to": str(cast.mona.pk)})
    assert fresh().assigned_to == cast.mona
    bob.post(f"{of(thread)}assign/", {"assigned_to": ""})
    assert fresh().assigned_to is None
    assert (
        bob.post(f"{of(thread)}assign/", {"assigned_to": str(cast.charlie.pk)}).status_code == 422
    )
    for sent in ({"for": "hour"}, {"for": "tomorrow"}, {"for": "monday"}, {"for": "month"}):
        bob.post(f"{of(thread)}snooze/", sent)
        assert fresh().snoozed_until > now()
    assert "Snoozed until" in bob.get(of(thread)).content.decode()
    bob.post(f"{of(thread)}snooze/", {})
    assert fresh().snoozed_until is None
    assert bob.post(f"{of(thread)}snooze/", {"until": "soon"}).status_code == 422
    assert bob.get(f"{of(thread)}snooze/").status_code == 200
    typed = (timezone.localtime() + dt.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    bob.post(f"{of(thread)}snooze/", {"until": typed})
    assert fresh().snoozed_until > now()


def test_two_are_joined_and_the_old_address_leads_on(
    bob: Client, actor: Actor, jane: Customer, thread: Conversation
) -> None:
    other = talk(actor, jane, "The other one")
    assert "The other one" in bob.get(f"{of(thread)}join/").content.decode()
    assert bob.post(f"{of(thread)}join/", {"other": "x"}).status_code == 422
    assert bob.post(f"{of(thread)}join/", {"other": str(other.pk)}).status_code == 302
    assert bob.get(of(other))["Location"] == of(thread)
    assert "The other one" in bob.get(of(thread)).content.decode()


def test_a_new_one_begins_with_whom(bob: Client, jane: Customer) -> None:
    assert "Smith1" not in bob.get(f"{LIST}new/").content.decode()
    found = bob.get(f"{LIST}new/", {"search": "smith1"}).content.decode()
    assert f"/app/customers/{jane.pk}/conversations/new/" in found
    assert "Nobody is called “zzzz”." in bob.get(f"{LIST}new/", {"search": "zzzz"}).content.decode()


def test_a_slash_offers_the_saved_replies(
    cast: Cast, actor: Actor, jane: Customer, page: Page
) -> None:
    for name, text in (("Thanks", "Thank you, {first_name}!"), ("Late", "We are late.")):
        create_reply_template(actor=actor, values={"name": name, "text": text})
    thread = talk(actor, jane, "Hello")
    sign_in(page, cast.bob)
    page.goto(of(thread))
    page.wait_for_load_state()
    page.click("[name=body]")
    expect(page.locator("[name=body]")).to_be_focused()
    page.keyboard.type("Hi. /tha")
    expect(page.locator("#reply-list [role=option]")).to_have_text("Thanks")
    check_accessible(page)
    page.keyboard.press("Enter")
    expect(page.locator("[name=body]")).to_have_value("Hi. Thank you, Jane!")
    page.get_by_label("Private note").check()
    page.click("button:has-text('Save the note')")
    expect(page.locator(".said-note")).to_contain_text("Thank you, Jane!")
    check_accessible(page)


def test_on_a_phone_a_thread_shows_whose_it_is_and_how_it_stands(
    cast: Cast, actor: Actor, jane: Customer, page: Page
) -> None:
    thread = talk(actor, jane, "Hello", subject="A leak over the garage door", is_ticket=True)
    update_conversation(actor=actor, conversation_id=thread.pk, values={"status": "resolved"})
    sign_in(page, cast.bob)
    page.goto(of(thread))
    page.set_viewport_size({"width": 360, "height": 800})
    for part in ("h1", ".thread-name p > span"):
        box = page.locator(f".desk-thread {part}").first.bounding_box()
        assert box
        assert box["width"] > 60, part
    expect(page.locator(".thread-marks")).to_contain_text("Ticket")
    expect(page.locator(".thread-marks")).to_contain_text("Resolved")
    check_accessible(page, widths=(360,))

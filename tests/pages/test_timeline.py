"""One stream of everything: its order, folding, pages and cost."""

import datetime as dt
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.services import book_appointment
from core.audit.models import AuditEntry
from core.clock import now
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from crm.pages.customer.timeline import KINDS, SOURCES, TimelinePlace, kinds_for, timeline
from customers.models import Customer, LoyaltyEntry
from customers.services.customers import create_customer, update_customer
from customers.services.loyalty import adjust_loyalty
from customers.services.work import create_project, create_transaction, update_project
from interactions.follow_ups import create_follow_up
from interactions.models import Interaction
from interactions.services import add_message, log_interaction, open_conversation
from tests.cast import Cast, customer_values
from tests.database_role import as_owner

NOON = dt.datetime(2026, 3, 2, 17, tzinfo=dt.UTC)


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1))


@pytest.fixture
def quiet(jane: Customer) -> Customer:
    """Jane without what was recorded of her arrival."""
    with as_owner():
        AuditEntry.objects.unscoped().all().delete()
    return jane


def note(actor: Actor, customer: Customer, at: dt.datetime, text: str = "") -> Interaction:
    return log_interaction(
        actor=actor,
        values={"customer": customer.pk, "type": "note", "occurred_at": at, "notes": text},
    )


def of_everything(actor: Actor, customer: Customer, times: int) -> None:
    for number in range(times):
        at = NOON - dt.timedelta(hours=number)
        note(actor, customer, at)
        conversation = open_conversation(
            actor=actor,
            values={"customer": customer.pk, "channel": "sms", "subject": f"Roof {number}"},
        )
        add_message(
            actor=actor,
            conversation_id=conversation.pk,
            values={"direction": "inbound", "body": "Hello", "sent_at": at},
        )
        book_appointment(
            actor=actor,
            values={"customer": customer.pk, "start_at": now() + dt.timedelta(days=number + 1)},
        )
        create_project(
            actor=actor,
            values={
                "customer": customer.pk,
                "total_amount": "10",
                "status": "completed",
                "start_date": at,
                "completed_at": at,
            },
        )
        create_transaction(actor=actor, values={"customer": customer.pk, "gross_amount": "5"})
        create_follow_up(
            actor=actor,
            values={"customer": customer.pk, "reason": "Call", "due_date": "2031-01-01"},
        )
        adjust_loyalty(actor=actor, customer_id=customer.pk, values={"points": 1, "reason": "gift"})
        update_customer(
            actor=actor,
            customer_id=customer.pk,
            values={"city": f"Town {number}", "notify_sms": number % 2 == 0},
        )


def pages(actor: Actor, customer: Customer, **options: Any) -> Iterator[Any]:
    """Every page, the newest first."""
    after = None
    for _number in range(200):
        page = timeline(actor=actor, customer=customer, after=after, **options)
        yield page
        after = TimelinePlace.parse(str(page.older)) if page.older else None
        if after is None:
            return


def rows_of(entries: list[Any]) -> list[tuple[str, UUID]]:
    return [
        (entry.place.source, entry.place.pk) for card in entries for entry in (card, *card.parts)
    ]


def test_every_row_of_every_app_is_shown_once_whatever_the_size_of_a_page(
    actor: Actor, jane: Customer
) -> None:
    of_everything(actor, jane, 4)
    whole = rows_of(timeline(actor=actor, customer=jane, size=1000).entries)
    counted = {source: sum(1 for name, _ in whole if name == source) for source in SOURCES}
    assert counted == {
        "appointment": 4,
        "follow_up": 4,
        "interaction": 4,
        "message": 4,
        "completed": 4,
        "project": 4,
        "transaction": 4,
        "consent": 4,
        "loyalty": 4,
        "edit": 5,
    }
    for size in (1, 2, 7, 36):
        assert sorted(
            row for page in pages(actor, jane, size=size) for row in rows_of(page.entries)
        ) == sorted(whole)


def test_the_newest_comes_first_and_rows_of_one_moment_have_an_order(
    actor: Actor, quiet: Customer
) -> None:
    for _number in range(9):
        note(actor, quiet, NOON)
    create_project(
        actor=actor,
        values={
            "customer": quiet.pk,
            "start_date": NOON,
            "completed_at": NOON,
            "status": "completed",
        },
    )
    note(actor, quiet, NOON + dt.timedelta(seconds=1))
    found = [row for page in pages(actor, quiet, size=4) for row in rows_of(page.entries)]
    keys = list(
        Interaction.objects.unscoped().order_by("-occurred_at", "-pk").values_list("pk", flat=True)
    )
    assert [key for source, key in found if source == "interaction"] == keys
    assert [source for source, _ in found] == ["interaction"] * 10 + ["completed", "project"]


def test_the_queries_of_a_page_are_the_same_whatever_the_mix(actor: Actor, jane: Customer) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            timeline(actor=actor, customer=jane)
        return len(caught)

    of_everything(actor, jane, 1)
    few = queries()
    of_everything(actor, jane, 12)
    # one a source, the people who are named
    assert few == queries() == len(SOURCES) + 1


def test_messages_of_a_conversation_on_one_day_are_one_card(actor: Actor, quiet: Customer) -> None:
    gutters, roof = (
        open_conversation(
            actor=actor, values={"customer": quiet.pk, "channel": "sms", "subject": name}
        )
        for name in ("Gutters", "Roof")
    )
    for minutes, conversation in ((0, roof), (1, gutters), (2, roof), (3, roof), (60 * 24, roof)):
        add_message(
            actor=actor,
            conversation_id=conversation.pk,
            values={
                "direction": "inbound",
                "body": f"after {minutes}",
                "sent_at": NOON + dt.timedelta(minutes=minutes),
            },
        )
    cards = timeline(actor=actor, customer=quiet, kinds=["messages"]).entries
    assert [(card.heading, card.text, [part.text for part in card.parts]) for card in cards] == [
        ("wrote in “Roof”", "after 1440", []),
        ("3 messages in “Roof”", "after 3", ["after 2", "after 0"]),
        ("wrote in “Gutters”", "after 1", []),
    ]
    assert (cards[0].by, cards[2].by) == ("Jane Smith1", "Jane Smith1")


def test_a_save_is_one_card_and_runs_of_one_person_fold_without_losing_any(
    actor: Actor, cast: Cast, quiet: Customer
) -> None:
    mona = actor_of(cast.mona)
    update_customer(
        actor=actor,
        customer_id=quiet.pk,
        values={"city": "Detroit", "state": "MI", "country": "US", "street": "Main St 1"},
    )
    update_customer(actor=mona, customer_id=quiet.pk, values={"city": "Flint"})
    update_customer(actor=mona, customer_id=quiet.pk, values={"city": "Troy"})
    theirs, mine = timeline(actor=actor, customer=quiet, kinds=["edits"]).entries
    assert (mine.by, mine.parts, len(mine.changes)) == ("Alice", [], 4)
    assert mine.heading.startswith("changed ")
    assert mine.heading.endswith(" and 1 more")
    assert (theirs.by, theirs.heading) == ("Mona", "made 2 changes")
    shown = [
        [(change.label, change.before, change.after) for change in entry.changes]
        for entry in (theirs, *theirs.parts)
    ]
    assert shown == [[("City", "Flint", "Troy")], [("City", "Detroit", "Flint")]]


def test_what_has_a_card_of_its_own_is_not_told_again_as_a_change(
    actor: Actor, quiet: Customer
) -> None:
    of_everything(actor, quiet, 1)
    project = create_project(actor=actor, values={"customer": quiet.pk})
    update_project(actor=actor, project_id=project.pk, values={"name": "Roof"})
    (card,) = timeline(actor=actor, customer=quiet, kinds=["edits"]).entries
    assert [card.title, *(part.title for part in card.parts)] == [
        "changed a project",
        "changed City, Notifications by SMS",
    ]


def test_kinds_narrow_the_stream_to_themselves(actor: Actor, jane: Customer) -> None:
    of_everything(actor, jane, 2)
    for kind in KINDS:
        assert {
            card.kind for card in timeline(actor=actor, customer=jane, kinds=[kind]).entries
        } == {kind}
    both = timeline(actor=actor, customer=jane, kinds=["loyalty", "projects"]).entries
    assert {card.kind for card in both} == {"loyalty", "projects"}


def test_changes_are_for_those_who_may_read_the_audit(
    cast: Cast, actor: Actor, jane: Customer
) -> None:
    of_everything(actor, jane, 1)
    for user in (cast.bob, cast.mona):
        assert "edits" not in kinds_for(actor_of(user))
        assert "edits" not in {
            card.kind
            for card in timeline(
                actor=actor_of(user), customer=jane, kinds=["edits", "loyalty"]
            ).entries
        }
    assert "edits" in kinds_for(actor)


def test_a_place_opens_the_stream_there(actor: Actor, quiet: Customer) -> None:
    notes = [note(actor, quiet, NOON - dt.timedelta(days=day)) for day in range(6)]
    place = TimelinePlace(notes[3].occurred_at, "interaction", notes[3].pk)
    assert TimelinePlace.parse(str(place)) == place
    shown = timeline(actor=actor, customer=quiet, start=place, kinds=["interactions"])
    assert [card.place.pk for card in shown.entries] == [row.pk for row in notes[3:]]
    assert [
        card.place.pk
        for card in timeline(
            actor=actor, customer=quiet, after=place, kinds=["interactions"]
        ).entries
    ] == [row.pk for row in notes[4:]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1.message",
        "1.nothing.0192f0c1a2b37000800000000000000a",
        "1.message.zz",
        f"{'9' * 40}.message.{UUID(int=1).hex}",
    ],
)
def test_what_is_no_place_counts_as_not_said(text: str) -> None:
    assert TimelinePlace.parse(text) is None


def test_nothing_of_another_customer_or_organization_is_shown(
    actor: Actor, cast: Cast, jane: Customer
) -> None:
    other = create_customer(actor=actor, values=customer_values(2))
    of_everything(actor, other, 1)
    theirs = create_customer(actor=actor_of(cast.charlie), values=customer_values(1))
    of_everything(actor_of(cast.charlie), theirs, 1)
    assert {card.kind for card in timeline(actor=actor, customer=jane).entries} == {"edits"}
    assert timeline(actor=actor, customer=theirs).entries == []


def test_a_day_is_one_of_the_organizations_clock(actor: Actor, quiet: Customer) -> None:
    conversation = open_conversation(actor=actor, values={"customer": quiet.pk, "channel": "sms"})
    for hour in (3, 6):  # 22:00 of the 1st and 1:00 of the 2nd in Detroit
        sent = dt.datetime(2026, 3, 2, hour, tzinfo=dt.UTC)
        add_message(
            actor=actor,
            conversation_id=conversation.pk,
            values={"direction": "inbound", "body": "?", "sent_at": sent},
        )
    with timezone.override("America/Detroit"):
        cards = timeline(actor=actor, customer=quiet, kinds=["messages"]).entries
        assert [card.day.day for card in cards] == [2, 1]


def test_counts_hold_for_long_histories(actor: Actor, quiet: Customer) -> None:
    ticks = count()
    LoyaltyEntry.objects.unscoped().bulk_create(
        [
            LoyaltyEntry.objects.new(
                actor,
                customer=quiet,
                points=1,
                reason="gift",
                at=NOON + dt.timedelta(seconds=next(ticks) // 7),
            )
            for _n in range(205)
        ]
    )
    found = [row for page in pages(actor, quiet) for row in rows_of(page.entries)]
    assert (len(found), len(set(found))) == (205, 205)

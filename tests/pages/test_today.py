"""Today: who is named, why, and what one button does; follow-ups on their pages; the bell."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import Page, expect

from appointments.services import book_appointment
from core.clock import now
from core.identity.models import User
from core.identity.services import actor_of
from core.jobs.models import Job
from core.tenancy.actor import Actor
from customers.models import Customer, DuplicatePair
from customers.services.customers import create_customer, update_customer
from customers.services.work import create_project
from interactions.follow_ups import complete_follow_up, create_follow_up
from interactions.models import FollowUp, Interaction
from interactions.services import add_message, open_conversation
from tests.cast import Cast, customer_values
from tests.pages.browsing import sign_in

ZONE = ZoneInfo("America/Detroit")
TODAY, EVERYONE = "/app/today/", "/app/today/?whose=everyone"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice(cast: Cast) -> Actor:
    return actor_of(cast.alice)


@pytest.fixture
def bob(cast: Cast) -> Client:
    return signed_in(cast.bob)


def somebody(actor: Actor, name: str, number: int = 1, **values: Any) -> Customer:
    told = customer_values(number, first_name=name, last_name="Roe", **values)
    return create_customer(actor=actor, values=told)


def planned(actor: Actor, customer: Customer, ahead: int, **values: Any) -> FollowUp:
    due = timezone.localdate(timezone=ZONE) + dt.timedelta(days=ahead)
    told = {"customer": customer.pk, "reason": "Call back", "due_date": due, **values}
    return create_follow_up(actor=actor, values=told)


def names(client: Client, address: str = TODAY) -> list[str]:
    """Who is named, from top to bottom."""
    sections = client.get(address).context["sections"]
    return [need.name for section in sections for need in section.needs]


def test_the_start_leads_to_today_and_says_kindly_that_nobody_waits(bob: Client) -> None:
    assert bob.get("/app/").headers["Location"] == TODAY
    page = bob.get(TODAY).content.decode()
    assert "Nobody is waiting for you" in page
    assert EVERYONE in page
    assert "Nobody is waiting for the team" in bob.get(EVERYONE).content.decode()


def test_due_and_overdue_follow_ups_are_named_mine_and_nobodys_first_the_latest(
    alice: Actor, bob: Client, cast: Cast
) -> None:
    for number, (name, ahead, owner) in enumerate(
        [
            ("Today", 0, cast.bob.pk),
            ("Late", -3, cast.bob.pk),
            ("Nobodys", -1, None),
            ("Tomorrow", 1, cast.bob.pk),
            ("Monas", -9, cast.mona.pk),
        ],
        1,
    ):
        planned(alice, somebody(alice, name, number), ahead, owner=owner)
    assert names(bob) == ["Late Roe", "Nobodys Roe", "Today Roe"]
    assert names(bob, EVERYONE) == ["Monas Roe", "Late Roe", "Nobodys Roe", "Today Roe"]
    page = bob.get(TODAY).content.decode()
    assert "3 days overdue" in page
    assert "Due today" in page


def test_done_is_one_button_that_comes_back_here_and_can_be_undone(
    alice: Actor, bob: Client, cast: Cast
) -> None:
    row = planned(alice, somebody(alice, "Jane"), 0, owner=cast.bob.pk)
    answer = bob.post(f"/app/follow-ups/{row.pk}/complete/", {"next": TODAY}, follow=True)
    assert answer.redirect_chain == [(TODAY, 302)]
    assert "The follow-up is done." in answer.content.decode()
    row.refresh_from_db()
    assert row.done_by_id == cast.bob.pk
    assert names(bob) == []
    undo = next(iter(answer.context["messages"])).extra_tags
    bob.post(undo)
    assert names(bob) == ["Jane Roe"]


def test_who_waits_for_an_answer_is_named_until_they_have_it(alice: Actor, bob: Client) -> None:
    row = somebody(alice, "Jane")
    thread = open_conversation(actor=alice, values={"customer": row.pk, "channel": "sms"})
    tell = {"direction": "inbound", "body": "Hello?"}
    add_message(actor=alice, conversation_id=thread.pk, values=tell)
    assert names(bob) == ["Jane Roe"]
    add_message(
        actor=alice, conversation_id=thread.pk, values={"direction": "outbound", "body": "Hi"}
    )
    assert names(bob) == []


def test_appointments_soon_unconfirmed_just_over_and_missed_are_named(
    alice: Actor, bob: Client
) -> None:
    for number, (name, hours, status) in enumerate(
        [
            ("Missed", -30, "no_show"),
            ("Over", -20, "confirmed"),
            ("Soon", 20, "pending"),
            ("Confirmed", 21, "confirmed"),
            ("Far", 100, "pending"),
            ("Came", -10, "completed"),
            ("Long ago", -300, "no_show"),
        ],
        1,
    ):
        start = now() + dt.timedelta(hours=hours)
        told = {"customer": somebody(alice, name, number), "start_at": start, "status": status}
        book_appointment(actor=alice, values=told)
    assert names(bob) == ["Missed Roe", "Over Roe", "Soon Roe"]
    missed = Customer.objects.for_actor(alice).get(first_name="Missed")
    again = {"customer": missed, "start_at": now() + dt.timedelta(days=9), "status": "confirmed"}
    book_appointment(actor=alice, values=again)
    assert names(bob) == ["Over Roe", "Soon Roe"]


def test_an_appointment_is_confirmed_at_once_and_that_can_be_undone(
    alice: Actor, bob: Client
) -> None:
    told = {"customer": somebody(alice, "Jane"), "start_at": now() + dt.timedelta(hours=20)}
    row = book_appointment(actor=alice, values={**told, "status": "pending"})
    (need,) = bob.get(TODAY).context["sections"][0].needs
    assert (need.verb, need.posts) == ("Confirm", True)
    answer = bob.post(need.action, {"next": TODAY}, follow=True)
    assert answer.redirect_chain == [(TODAY, 302)]
    row.refresh_from_db()
    assert (row.status, names(bob)) == ("confirmed", [])
    bob.post(next(iter(answer.context["messages"])).extra_tags)
    assert names(bob) == ["Jane Roe"]


def test_how_it_went_is_said_over_the_page(alice: Actor, cast: Cast, page: Page) -> None:
    told = {"customer": somebody(alice, "Jane"), "start_at": now() - dt.timedelta(hours=20)}
    row = book_appointment(actor=alice, values={**told, "status": "confirmed"})
    sign_in(page, cast.bob)
    page.goto(TODAY)
    page.get_by_role("link", name="Record the outcome").click()
    page.locator("#glance").get_by_role("button", name="No-show").click()
    expect(page.locator("#today")).to_contain_text("No-show")
    expect(page.locator("#glance")).to_have_count(0)
    row.refresh_from_db()
    assert row.status == "no_show"


def test_a_conversation_is_whose_it_is_assigned_to_and_else_the_owners(
    alice: Actor, bob: Client, cast: Cast
) -> None:
    for number, (name, owner, assigned) in enumerate(
        [
            ("Assigned", cast.mona.pk, cast.bob.pk),
            ("Owned", cast.bob.pk, None),
            ("Nobodys", None, None),
            ("Given away", cast.bob.pk, cast.mona.pk),
        ],
        1,
    ):
        row = somebody(alice, name, number, assigned_to=owner)
        values = {"customer": row.pk, "channel": "sms", "assigned_to": assigned}
        thread = open_conversation(actor=alice, values=values)
        tell = {"direction": "inbound", "body": "Hello?"}
        add_message(actor=alice, conversation_id=thread.pk, values=tell)
    assert set(names(bob)) == {"Assigned Roe", "Owned Roe", "Nobodys Roe"}
    assert len(names(bob, EVERYONE)) == 4


def test_the_most_valuable_at_risk_are_named_unless_somebody_sees_to_them(
    alice: Actor, cast: Cast
) -> None:
    mona = signed_in(cast.mona)
    for number, (name, amount) in enumerate([("Less", 100), ("More", 900), ("None", 0)], 1):
        row = somebody(alice, name, number, nps_score=2, assigned_to=cast.mona.pk)
        create_project(actor=alice, values={"customer": row.pk, "total_amount": amount})
    assert names(mona) == ["More Roe", "Less Roe"]
    more = Customer.objects.for_actor(alice).get(first_name="More")
    planned(alice, more, 5)
    assert names(mona) == ["Less Roe"]
    assert names(signed_in(cast.bob)) == []
    assert names(signed_in(cast.bob), EVERYONE) == ["Less Roe"]


def test_birthdays_of_the_week_are_named_whatever_the_year(alice: Actor, cast: Cast) -> None:
    today = timezone.localdate(timezone=ZONE)
    for number, ahead in enumerate((0, 6, 7, -1), 1):
        day = today + dt.timedelta(days=ahead)
        row = somebody(alice, f"In{ahead}", number, assigned_to=cast.mona.pk)
        born = day.replace(year=1984) if (day.month, day.day) != (2, 29) else dt.date(1984, 2, 29)
        update_customer(actor=alice, customer_id=row.pk, values={"date_of_birth": born})
    assert names(signed_in(cast.mona)) == ["In0 Roe", "In6 Roe"]


def failed_job(actor: Actor) -> Job:
    told = {"kind": "recalculation", "task": "x", "permission": "export", "state": "failed"}
    by = {"asked_by_kind": "user", "asked_by_id": actor.id, "asked_by": actor.label}
    return Job.objects.add(actor, **told, **by, finished_at=now())


def test_failed_jobs_are_told_to_who_may_see_them(alice: Actor, cast: Cast) -> None:
    failed_job(alice)
    assert names(signed_in(cast.alice)) == ["Recalculation"]
    assert names(signed_in(cast.mona)) == []
    assert names(signed_in(cast.mona), EVERYONE) == ["Recalculation"]
    assert names(signed_in(cast.bob), EVERYONE) == []


def test_the_bell_counts_what_is_due_for_me_and_no_more(alice: Actor, cast: Cast) -> None:
    row = somebody(alice, "Jane")
    for ahead in (-1, 0, 1):
        planned(alice, row, ahead)
    planned(alice, row, 0, owner=cast.bob.pk)
    complete_follow_up(actor=alice, follow_up_id=planned(alice, row, 0).pk)
    failed_job(alice)
    page = signed_in(cast.alice).get("/app/account/").content.decode()
    assert "Notices: 3" in page
    assert "2 follow-ups are due" in page
    assert "1 job of yours failed" in page
    assert "Nothing new. All is done." in signed_in(cast.mona).get("/app/account/").content.decode()


def test_of_another_organization_nothing_is_named(alice: Actor, cast: Cast) -> None:
    planned(alice, somebody(alice, "Jane"), 0)
    charlie = signed_in(cast.charlie)
    assert names(charlie, EVERYONE) == []
    row = FollowUp.objects.for_actor(alice).get()
    for path in ("", "complete/", "reopen/", "delete/"):
        ask = charlie.post if path else charlie.get
        assert ask(f"/app/follow-ups/{row.pk}/{path}").status_code == 404
    row.refresh_from_db()
    assert row.done_at is None


def test_more_that_waits_takes_no_more_queries(alice: Actor, cast: Cast) -> None:
    client = signed_in(cast.mona)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(EVERYONE)
        return len(asked)

    def wait(number: int) -> None:
        row = somebody(alice, f"No{number}", number, nps_score=1)
        create_project(actor=alice, values={"customer": row.pk, "total_amount": 5})
        thread = open_conversation(actor=alice, values={"customer": row.pk, "channel": "sms"})
        tell = {"direction": "inbound", "body": "Hello?"}
        add_message(actor=alice, conversation_id=thread.pk, values=tell)
        start = now() + dt.timedelta(hours=number)
        told = {"customer": row, "start_at": start, "status": "pending"}
        book_appointment(actor=alice, values=told)
        planned(alice, somebody(alice, f"Due{number}", number + 50), 0, owner=cast.bob.pk)

    wait(1)
    queries()
    few = queries()
    for number in range(2, 6):
        wait(number)
    assert queries() == few


def test_logging_a_call_plans_what_follows_in_one_go(alice: Actor, bob: Client, cast: Cast) -> None:
    row = somebody(alice, "Jane")
    said = {"type": "phone_call", "notes": "Wants a quote", "occurred_at": "2026-01-02T10:00"}
    wrong = bob.post(f"/app/customers/{row.pk}/log/", {**said, "reason": "Quote"})
    assert wrong.status_code == 422
    assert "On which day?" in wrong.content.decode()
    assert not Interaction.objects.for_actor(alice).exists()
    due = {"due_date": "2031-02-03", "owner": cast.mona.pk}
    assert bob.post(f"/app/customers/{row.pk}/log/", {**said, **due}).status_code == 302
    made = FollowUp.objects.for_actor(alice).get()
    assert (made.reason, str(made.due_date), made.owner_id) == (
        "Follow up",
        "2031-02-03",
        cast.mona.pk,
    )
    assert Interaction.objects.for_actor(alice).get().notes == "Wants a quote"


def test_a_contact_without_a_day_plans_nothing(alice: Actor, bob: Client) -> None:
    row = somebody(alice, "Jane")
    bob.post(f"/app/customers/{row.pk}/log/", {"type": "note", "occurred_at": "2026-01-02T10:00"})
    assert Interaction.objects.for_actor(alice).count() == 1
    assert not FollowUp.objects.for_actor(alice).exists()


def test_a_follow_up_is_added_changed_and_deleted_by_staff(
    alice: Actor, bob: Client, cast: Cast
) -> None:
    row = somebody(alice, "Jane")
    told = {"reason": "Send the quote", "due_date": "2031-02-03", "submission": "c" * 32}
    address = f"/app/customers/{row.pk}/follow-ups/new/"
    assert bob.post(address, told).status_code == 302
    made = FollowUp.objects.for_actor(alice).get()
    assert made.owner_id is None, "Everybody was chosen"
    page = bob.get(f"/app/follow-ups/{made.pk}/")
    seen = page.context["form"]["seen"].value()
    change = {"reason": "Send it again", "due_date": "2031-02-03", "due_time": "09:30"}
    bob.post(f"/app/follow-ups/{made.pk}/", {**change, "owner": cast.bob.pk, "seen": seen})
    made.refresh_from_db()
    assert (made.reason, made.due_time, made.owner_id) == (
        "Send it again",
        dt.time(9, 30),
        cast.bob.pk,
    )
    tab = bob.get(f"/app/customers/{row.pk}/follow-ups/").content.decode()
    assert "Send it again" in tab
    bob.post(f"/app/follow-ups/{made.pk}/delete/")
    assert not FollowUp.objects.for_actor(alice).exists()


def test_duplicates_to_look_at_are_counted_for_who_may_merge(alice: Actor, cast: Cast) -> None:
    for number in (1, 2):
        somebody(alice, "Jane", number, city="Troy")
    first, second = Customer.objects.for_actor(alice).order_by("id")
    DuplicatePair.objects.add(alice, customer=first, other=second, score=90)
    assert "1 possible duplicate" in signed_in(cast.mona).get(TODAY).content.decode()
    assert "possible duplicate" not in signed_in(cast.bob).get(TODAY).content.decode()

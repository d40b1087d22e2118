"""Follow-ups: whose they are, when they are done, and how they come back."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest

from core.audit.models import OutboxEvent
from core.changes.services import undo_change_set
from core.errors import Invalid, NotFound, Stale
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.services.customers import create_customer, delete_customer
from interactions.filters import FollowUpConditions
from interactions.follow_ups import (
    complete_follow_up,
    create_follow_up,
    delete_follow_up,
    reopen_follow_up,
    update_follow_up,
)
from interactions.models import FollowUp
from interactions.selectors import DUE_FIRST, follow_up, follow_ups
from tests.cast import Cast, customer_values
from tests.client import ApiClient


@pytest.fixture
def bob(cast: Cast) -> Actor:
    """Bob may log what happens, and no more."""
    return actor_of(cast.bob)


@pytest.fixture
def jane(cast: Cast) -> Customer:
    return create_customer(actor=actor_of(cast.alice), values=customer_values())


def planned(actor: Actor, row: Customer, **values: Any) -> FollowUp:
    told = {"customer": row.pk, "reason": "Call back", "due_date": "2026-12-01", **values}
    return create_follow_up(actor=actor, values=told)


def events(actor: Actor) -> list[str]:
    rows = OutboxEvent.objects.for_actor(actor).filter(type__startswith="follow_up.")
    return list(rows.order_by("id").values_list("type", flat=True))


def test_one_is_for_whoever_adds_it_unless_said_otherwise(
    bob: Actor, jane: Customer, cast: Cast
) -> None:
    assert planned(bob, jane).owner_id == cast.bob.pk
    assert planned(bob, jane, owner=cast.mona.pk).owner_id == cast.mona.pk
    assert planned(bob, jane, owner=None).owner_id is None


def test_a_reason_and_a_day_are_needed_and_a_stranger_owns_nothing(
    bob: Actor, jane: Customer, cast: Cast
) -> None:
    for values, wrong in (
        ({"reason": " "}, "reason"),
        ({"due_date": ""}, "due_date"),
        ({"due_date": "2026-02-30"}, "due_date"),
        ({"due_time": "25:00"}, "due_time"),
        ({"reason": "x" * 151}, "reason"),
        ({"owner": cast.charlie.pk}, "owner"),
        ({"customer": uuid4()}, "customer"),
    ):
        with pytest.raises(Invalid) as caught:
            planned(bob, jane, **values)
        assert set(caught.value.faults) == {wrong}
    assert not FollowUp.objects.for_actor(bob).exists()


def test_done_is_said_once_with_who_and_when_and_can_be_taken_back(
    bob: Actor, jane: Customer, cast: Cast
) -> None:
    row = planned(bob, jane)
    done = complete_follow_up(actor=bob, follow_up_id=row.pk)
    assert (done.done_by_id, done.version) == (cast.bob.pk, 2)
    again = complete_follow_up(actor=actor_of(cast.mona), follow_up_id=row.pk)
    assert (again.done_by_id, again.done_at, again.version) == (cast.bob.pk, done.done_at, 2)
    opened = reopen_follow_up(actor=bob, follow_up_id=row.pk)
    assert (opened.done_at, opened.done_by_id, opened.version) == (None, None, 3)
    assert events(bob) == ["follow_up.created", "follow_up.completed", "follow_up.updated"]


def test_a_stale_version_changes_nothing(bob: Actor, jane: Customer) -> None:
    row = planned(bob, jane)
    for write in (
        lambda: update_follow_up(
            actor=bob, follow_up_id=row.pk, values={"reason": "Write"}, if_version=7
        ),
        lambda: complete_follow_up(actor=bob, follow_up_id=row.pk, if_version=7),
        lambda: delete_follow_up(actor=bob, follow_up_id=row.pk, if_version=7),
    ):
        with pytest.raises(Stale):
            write()
    row = follow_up(actor=bob, follow_up_id=row.pk)
    assert (row.reason, row.done_at, row.version) == ("Call back", None, 1)


def test_it_stays_with_its_customer(bob: Actor, jane: Customer, cast: Cast) -> None:
    other = create_customer(
        actor=actor_of(cast.alice), values=customer_values(email="o@example.com", phone="")
    )
    row = planned(bob, jane)
    with pytest.raises(Invalid):
        update_follow_up(actor=bob, follow_up_id=row.pk, values={"customer": other.pk})


def test_what_is_planned_is_no_contact(bob: Actor, jane: Customer) -> None:
    planned(bob, jane)
    row = Customer.objects.for_actor(bob).get(pk=jane.pk)
    assert (row.interaction_count, row.last_activity_at, row.version) == (
        jane.interaction_count,
        jane.last_activity_at,
        jane.version,
    )


def test_days_and_doneness_are_asked_for_days_included(bob: Actor, jane: Customer) -> None:
    first, second, third = (planned(bob, jane, due_date=f"2026-12-0{day}") for day in (1, 2, 3))
    complete_follow_up(actor=bob, follow_up_id=second.pk)

    def found(**conditions: Any) -> list[FollowUp]:
        rows = follow_ups(actor=bob, conditions=FollowUpConditions(**conditions))
        return list(rows.order_by(*DUE_FIRST))

    day = dt.date(2026, 12, 2)
    assert found() == [first, second, third]
    assert found(due_from=day) == [second, third]
    assert found(due_to=day) == [first, second]
    assert found(done=True) == [second]
    assert found(done=False, due_from=day) == [third]


def test_of_a_day_those_with_a_time_come_before_those_without(bob: Actor, jane: Customer) -> None:
    whole, late, early = (planned(bob, jane, due_time=at) for at in (None, "16:00", "09:30"))
    assert list(follow_ups(actor=bob).order_by(*DUE_FIRST)) == [early, late, whole]


def test_those_of_a_deleted_customer_and_of_others_cannot_be_found(
    bob: Actor, jane: Customer, cast: Cast
) -> None:
    row = planned(bob, jane)
    with pytest.raises(NotFound, match="Follow-up not found"):
        complete_follow_up(actor=actor_of(cast.charlie), follow_up_id=row.pk)
    delete_customer(actor=actor_of(cast.alice), customer_id=jane.pk)
    assert not follow_ups(actor=bob).exists()
    with pytest.raises(NotFound, match="Follow-up not found"):
        complete_follow_up(actor=bob, follow_up_id=row.pk)


def test_a_key_that_only_reads_plans_nothing(jane: Customer, cast: Cast) -> None:
    body = {"customer_id": str(jane.pk), "reason": "Call", "due_date": "2026-12-01"}
    assert ApiClient(key=cast.read_key).post("/api/follow-ups", body).status_code == 403
    assert not FollowUp.objects.unscoped().exists()


def test_adding_finishing_and_deleting_are_taken_back(jane: Customer, cast: Cast) -> None:
    def fresh() -> Actor:
        return actor_of(cast.bob)

    maker = fresh()
    row = planned(maker, jane, notes="about the ridge", due_time="09:30")
    finisher = fresh()
    complete_follow_up(actor=finisher, follow_up_id=row.pk)
    undo_change_set(actor=fresh(), set_id=finisher.change_set)
    assert follow_up(actor=maker, follow_up_id=row.pk).done_at is None
    remover = fresh()
    delete_follow_up(actor=remover, follow_up_id=row.pk)
    assert not follow_ups(actor=maker).exists()
    undo_change_set(actor=fresh(), set_id=remover.change_set)
    back = follow_up(actor=maker, follow_up_id=row.pk)
    assert (back.reason, back.notes, back.owner_id) == (row.reason, row.notes, row.owner_id)
    assert back.due_time == dt.time(9, 30)

"""Pairs of customers who may be one: found after every change, and gone with what they rest on."""

import random
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from core.changes.services import undo_change_set
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.choices import DuplicateStatus
from customers.likeness import LIKELY_FROM, MOST_OF_A_KEY
from customers.models import Customer, DuplicatePair, MatchKey, PendingComparison
from customers.services import comparing
from customers.services.comparing import check_pairs, compare_pending, note_everyone, places
from customers.services.customers import (
    bulk_update_customers,
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.erasure import erase_customer
from customers.services.merging import merge_customers
from customers.services.unmerging import undo_merge
from tests.cast import Cast

pytestmark = pytest.mark.django_db

JANE = {"first_name": "Jane", "last_name": "Doe", "phone": "+12485550671"}
HOME = {"street": "12 Oak Street", "city": "Detroit", "postal_code": "48201"}


def add(actor: Actor, **values: Any) -> Customer:
    return create_customer(actor=actor, values=values)


def pairs() -> dict[tuple[UUID, UUID], int]:
    rows = DuplicatePair.objects.unscoped()
    return {(row.customer_id, row.other_id): row.score for row in rows}


def jane_twice(actor: Actor) -> tuple[Customer, Customer]:
    one = add(actor, **JANE)
    other = add(actor, first_name="Jane", last_name="Doe", alternative_phones=["248-555-0671"])
    return one, other


def assert_exact() -> None:
    for place in places():
        found = check_pairs(place)
        assert found.is_none, found


def test_who_looks_alike_is_found_after_creation(actor: Actor) -> None:
    one, other = jane_twice(actor)
    assert PendingComparison.objects.unscoped().count() == 2
    assert compare_pending() == 2
    assert pairs() == {(one.pk, other.pk): 95}
    row = DuplicatePair.objects.unscoped().get()
    assert [each["code"] for each in row.evidence] == ["same_phone", "same_name"]
    assert not PendingComparison.objects.unscoped().exists()
    assert_exact()


def test_what_is_looked_at_again_changes_nothing(actor: Actor) -> None:
    jane_twice(actor)
    compare_pending()
    before = list(DuplicatePair.objects.unscoped().values())
    note_everyone(actor=actor)
    assert compare_pending() == 2
    assert list(DuplicatePair.objects.unscoped().values()) == before


def test_a_pair_follows_its_customers(actor: Actor) -> None:
    _one, other = jane_twice(actor)
    compare_pending()
    key = DuplicatePair.objects.unscoped().get().pk
    update_customer(actor=actor, customer_id=other.pk, values={"first_name": "Janet"})
    compare_pending()
    row = DuplicatePair.objects.unscoped().get()
    assert (row.pk, row.score) == (key, 87)
    update_customer(actor=actor, customer_id=other.pk, values={"first_name": "Peter"})
    compare_pending()
    assert pairs() == {}
    assert_exact()


def test_what_nobody_is_known_by_needs_no_comparison(actor: Actor) -> None:
    one, _other = jane_twice(actor)
    compare_pending()
    update_customer(actor=actor, customer_id=one.pk, values={"notes": "Likes slate."})
    assert not PendingComparison.objects.unscoped().exists()


def test_a_deleted_customer_is_in_no_open_pair(actor: Actor) -> None:
    one, _other = jane_twice(actor)
    compare_pending()
    delete_customer(actor=actor, customer_id=one.pk)
    assert pairs() == {}  # at once
    compare_pending()
    assert not MatchKey.objects.unscoped().filter(customer=one).exists()
    assert_exact()
    restore_customer(actor=actor, customer_id=one.pk)
    compare_pending()
    assert len(pairs()) == 1
    assert_exact()


def test_an_undone_creation_leaves_no_pair(cast: Cast) -> None:
    actor, again = actor_of(cast.alice), actor_of(cast.alice)
    add(actor, **JANE)
    add(again, first_name="Jane", last_name="Doe", alternative_phones=["248-555-0671"])
    compare_pending()
    assert len(pairs()) == 1
    undo_change_set(actor=actor_of(cast.alice), set_id=again.change_set)
    compare_pending()
    assert pairs() == {}
    assert_exact()


def test_a_merged_customers_pairs_die_with_it_and_come_back(actor: Actor) -> None:
    one, other = jane_twice(actor)
    third = add(actor, first_name="Jane", last_name="Doe", alternative_phones=["248-555-0671"])
    compare_pending()
    merge = merge_customers(actor=actor, customer_id=one.pk, loser=str(other.pk)).merge
    assert pairs().keys() == {(one.pk, third.pk)}
    compare_pending()
    assert_exact()
    undo_merge(actor=actor, merge_id=merge.pk)
    compare_pending()
    assert len(pairs()) == 3
    assert_exact()


def test_erasure_leaves_nothing(actor: Actor) -> None:
    one, other = jane_twice(actor)
    third = add(actor, first_name="Jane", last_name="Doe", alternative_phones=["248-555-0671"])
    compare_pending()
    assert len(pairs()) == 3
    update_customer(actor=actor, customer_id=other.pk, values={"city": "Detroit"})
    erase_customer(actor=actor, customer_id=other.pk, ground="asked for")
    assert pairs().keys() == {(one.pk, third.pk)}
    assert not MatchKey.objects.unscoped().filter(customer_id=other.pk).exists()
    assert not PendingComparison.objects.unscoped().filter(customer_id=other.pk).exists()
    compare_pending()
    assert_exact()


def test_other_organizations_and_environments_are_never_compared(cast: Cast) -> None:
    add(actor_of(cast.alice), **JANE)
    add(actor_of(cast.charlie), **JANE)
    add(Actor.system(organization=cast.acme, label="test", environment="test"), **JANE)
    assert compare_pending() == 3
    assert pairs() == {}
    assert_exact()


def test_what_a_person_refused_stays_refused(actor: Actor) -> None:
    _one, other = jane_twice(actor)
    compare_pending()
    DuplicatePair.objects.unscoped().update(status=DuplicateStatus.REFUSED)
    note_everyone(actor=actor)
    compare_pending()
    update_customer(actor=actor, customer_id=other.pk, values={"last_name": "Roe"})
    compare_pending()
    row = DuplicatePair.objects.unscoped().get()
    assert row.status == DuplicateStatus.REFUSED
    assert_exact()
    update_customer(actor=actor, customer_id=other.pk, values={"first_name": "Peter"})
    compare_pending()
    assert DuplicatePair.objects.unscoped().get().status == DuplicateStatus.REFUSED
    assert_exact()


def test_two_customers_are_one_pair_at_most(actor: Actor) -> None:
    one, other = jane_twice(actor)
    DuplicatePair.objects.add(actor, customer=one, other=other, score=90)
    for customer, second in ((one, other), (other, one), (one, one)):
        with pytest.raises(IntegrityError), transaction.atomic():
            DuplicatePair.objects.add(actor, customer=customer, other=second, score=90)


def test_a_key_that_too_many_share_finds_nobody(actor: Actor) -> None:
    """And finds everybody again when it is theirs alone."""
    named = {"first_name": "Walk", "last_name": "In", "postal_code": "48201"}
    rows = [add(actor, **named) for _ in range(MOST_OF_A_KEY)]
    compare_pending()
    everybody = MOST_OF_A_KEY * (MOST_OF_A_KEY - 1) // 2
    assert len(pairs()) == everybody
    last = add(actor, **named)
    compare_pending()
    assert pairs() == {}
    assert_exact()
    erase_customer(actor=actor, customer_id=last.pk, ground="asked for")
    compare_pending()
    assert len(pairs()) == everybody
    assert_exact()
    delete_customer(actor=actor, customer_id=rows[0].pk)
    compare_pending()
    assert_exact()


FIRST = ["Bob", "Robert", "Jane", "Jan", "Katherine", "Catherine", "Mario", "Maria", ""]
LAST = ["Smith", "Smyth", "Doe", "Müller", "Mueller", "Jones", ""]
STREETS = ["12 Oak Street", "12 Oak St", "7 Elm Road", ""]


def a_person(chance: random.Random, number: int) -> dict[str, Any]:
    values: dict[str, Any] = {
        "first_name": chance.choice(FIRST),
        "last_name": chance.choice(LAST),
        "street": chance.choice(STREETS),
        "postal_code": chance.choice(["48201", "48202", ""]),
        "city": chance.choice(["Detroit", "Troy", ""]),
        "date_of_birth": chance.choice([None, "1980-05-17", "1990-01-02"]),
        "company_name": chance.choice(["", "", "Acme Ltd", "Acme Limited"]),
        "alternative_phones": chance.sample(["248-555-0671", "248-555-0672", "248-555-0673"], 1)
        if chance.random() < 0.4
        else [],
    }
    if chance.random() < 0.5:
        values["email"] = f"{chance.choice('ab')}+{number}@example.com"
    else:
        values["external_id"] = str(number)
        values["last_name"] = values["last_name"] or "Doe"
    return values


def test_incremental_is_rebuilt(actor: Actor, monkeypatch: Any) -> None:
    """After random writes of every kind, in batches of any size, what is kept is what is right."""
    monkeypatch.setattr(comparing, "MOST_OF_A_KEY", 6)
    chance = random.Random(7)
    living: list[UUID] = []
    deleted: list[UUID] = []

    def create() -> None:
        values = a_person(chance, chance.randrange(10**9))
        living.append(create_customer(actor=actor, values=values).pk)

    def change() -> None:
        values = a_person(chance, chance.randrange(10**9))
        names = chance.sample(sorted(values), 3)
        key = chance.choice(living)
        with transaction.atomic():
            update_customer(
                actor=actor,
                customer_id=key,
                values={name: values[name] for name in names} | {"first_name": "Ann"},
            )

    def change_many() -> None:
        bulk_update_customers(
            actor=actor,
            customer_ids=chance.sample(living, min(len(living), 4)),
            values={"city": chance.choice(["Detroit", "Troy"])},
        )

    def delete() -> None:
        deleted.append(living.pop(chance.randrange(len(living))))
        delete_customer(actor=actor, customer_id=deleted[-1])

    def restore() -> None:
        if deleted:
            living.append(deleted.pop(chance.randrange(len(deleted))))
            restore_customer(actor=actor, customer_id=living[-1])

    def erase() -> None:
        key = living.pop(chance.randrange(len(living)))
        erase_customer(actor=actor, customer_id=key, ground="asked for")

    acts: list[Callable[[], None]] = [create, create, change, change_many, delete, restore, erase]
    for _ in range(12):
        create()
    for _round in range(12):
        for _ in range(chance.randrange(1, 8)):
            chance.choice(acts if len(living) > 6 else [create])()
        monkeypatch.setattr(comparing, "BATCH", chance.randrange(1, 6))
        compare_pending()
        assert_exact()
    assert pairs()
    kept = pairs()
    DuplicatePair.objects.unscoped().delete()
    MatchKey.objects.unscoped().delete()
    note_everyone(actor=actor)
    compare_pending()
    assert pairs() == kept


def test_work_that_was_broken_off_is_begun_again(actor: Actor, monkeypatch: Any) -> None:
    jane_twice(actor)

    def die(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(comparing, "_keep_pairs", die)
        with pytest.raises(KeyboardInterrupt):
            compare_pending()
    assert PendingComparison.objects.unscoped().count() == 2
    assert not MatchKey.objects.unscoped().exists()
    assert compare_pending() == 2
    assert_exact()


def test_the_command_names_what_differs(actor: Actor, capsys: Any) -> None:
    jane_twice(actor)
    call_command("duplicates")
    assert "2 customers compared" in capsys.readouterr().out
    Customer.objects.unscoped().update(last_name="Roe", last_key="roe", city="Troy")
    MatchKey.objects.unscoped().first().delete()  # type: ignore[union-attr]
    DuplicatePair.objects.unscoped().update(score=LIKELY_FROM)
    with pytest.raises(CommandError):
        call_command("duplicates")
    assert "1 pairs missing, 1 wrong" in capsys.readouterr().out
    call_command("duplicates", rebuild=True)
    assert_exact()


@pytest.mark.parametrize("customers", [4, 40])
def test_a_batch_takes_a_fixed_number_of_statements(
    actor: Actor, django_assert_max_num_queries: Any, customers: int
) -> None:
    for number in range(customers):
        add(actor, **JANE | {"phone": f"+1248555{number:04}"}, **HOME)
    with django_assert_max_num_queries(22):
        assert compare_pending() == customers
    assert len(pairs()) == customers * (customers - 1) // 2


def test_a_write_notes_in_one_statement(actor: Actor, django_assert_num_queries: Any) -> None:
    with transaction.atomic(), django_assert_num_queries(1):
        comparing.note_for_comparison(actor=actor, customer_ids=[actor.change_set])

"""Random merges, edits and their undoing: whatever was done, what is undone is as it was before."""

import random
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest

from core.tenancy.actor import Actor
from customers.counts import differences
from customers.errors import CannotUnmerge
from customers.models import Customer, Merge, PrivacyRequest
from customers.services.customers import update_customer
from customers.services.management import change_tags
from customers.services.work import create_project
from tests.cast import customer_values
from tests.merging.people import fresh, merge, person, rows_of, state, unmerge

VALUES: list[dict[str, Any]] = [
    {"first_name": "Hanna", "phone": "2485551001", "city": "Detroit", "tags": ["a", "b"]},
    {"email": "h1@example.com", "whatsapp_number": "2485551002", "notes": "x"},
    {"last_name": "Weber", "phone": "2485551003", "alternative_phones": ["2485551004"]},
    {"company_name": "Weber Ltd", "is_business": True, "email": "h3@example.com", "notes": "y"},
    {"first_name": "H", "phone": "2485551005", "email": "h4@example.com", "tags": ["b", "c"]},
]
COLUMNS = ["email", "phone", "first_name", "city", "external_id", "custom_fields", "notes"]


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(6))
def test_what_is_undone_from_the_end_is_as_it_was(actor: Actor, seed: int) -> None:
    """A pile of merges among five people, each state kept; taken off again, each is met again."""
    draw = random.Random(seed)
    keys = everybody(actor)
    pile: list[tuple[Merge, list[Any]]] = []
    for _ in range(12):
        living = list(Customer.objects.for_actor(actor).filter(deleted_at=None).order_by("pk"))
        if len(living) > 1 and draw.random() < 0.6:
            survivor, loser = draw.sample(living, 2)
            before = state(*keys)
            names = draw.sample(COLUMNS, 3)
            sides = {name: draw.choice(["survivor", "loser"]) for name in names}
            pile.append((merge(actor, survivor, loser, **sides).merge, before))
        elif pile:
            row, before = pile.pop()
            assert unmerge(actor, row).kept == []
            assert state(*keys) == before
    while pile:
        row, before = pile.pop()
        unmerge(actor, row)
        assert state(*keys) == before
    assert differences() == []


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(4))
def test_in_any_order_and_with_work_between_no_row_is_lost(actor: Actor, seed: int) -> None:
    draw = random.Random(seed)
    keys = everybody(actor)
    done: list[Merge] = []
    for number in range(20):
        living = list(Customer.objects.for_actor(actor).filter(deleted_at=None).order_by("pk"))
        one = draw.choice(living)
        act = draw.random()
        if act < 0.35 and len(living) > 1:
            survivor, loser = draw.sample(living, 2)
            done.append(merge(actor, survivor, loser).merge)
        elif act < 0.6 and done:
            row = draw.choice(done)
            with suppress(CannotUnmerge):
                unmerge(actor, row)
                done.remove(row)
        elif act < 0.8:
            values = {"campaign": f"c{number}", "city": draw.choice(["", "Troy", "Novi"])}
            update_customer(actor=fresh(actor), customer_id=one.pk, values=values)
        elif act < 0.9:
            change_tags(actor=fresh(actor), customer_id=one.pk, tags=[f"t{number}"], action="add")
        else:
            values = {"customer": str(one.pk), "total_amount": 1}
            create_project(actor=fresh(actor), values=values)
        whole(actor, keys)
    for row in reversed(done):
        unmerge(actor, row)
    whole(actor, keys)
    assert Customer.objects.for_actor(actor).filter(deleted_at=None).count() == len(keys)


def everybody(actor: Actor) -> list[UUID]:
    found = []
    for number, values in enumerate(VALUES):
        named = {**customer_values(number), "email": "", "phone": "", "last_name": ""}
        given = {**named, "first_name": "", "external_id": f"old {number}", **values}
        found.append(person(actor, given, day=number + 1).pk)
    PrivacyRequest.objects.unscoped().delete()
    return found


def whole(actor: Actor, keys: list[UUID]) -> None:
    """Rows are the living's alone, figures are their sums, and the counts are exact."""
    merged = Customer.objects.for_actor(actor).exclude(merged_into=None)
    for key in merged.values_list("pk", flat=True):
        rows = rows_of(key)
        for name in ("Project", "Message", "Conversation", "Consent", "LoyaltyEntry"):
            assert rows[name] == set(), name
    living = Customer.objects.for_actor(actor).filter(deleted_at=None)
    for row in living:
        assert row.project_count == len(rows_of(row.pk)["Project"])
        assert row.message_count == len(rows_of(row.pk)["Message"])
    assert sum(row.loyalty_points for row in living) == 10 * sum(range(1, len(keys) + 1))
    assert differences() == []

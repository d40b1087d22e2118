"""
The counts that lists and statistics read are the numbers of customers, whoever writes and however.
"""

import itertools
import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from analytics.statistics import customer_statistics
from core.errors import Gone, Invalid, NotFound, StateConflict
from core.identity.services import actor_of
from core.imports.models import FileImport
from core.imports.services import check_import, run_import, undo_import
from core.tenancy.actor import Actor
from customers import counts
from customers.filters import CustomerConditions
from customers.models import Customer, CustomerCount, CustomerTag, Merge
from customers.selectors.customers import customers
from customers.services.bulk_creation import create_customers
from customers.services.customers import (
    bulk_update_customers,
    create_customer,
    delete_customer,
    restore_customer,
    update_customer,
)
from customers.services.erasure import erase_customer
from customers.services.loyalty import adjust_loyalty
from customers.services.merging import merge_customers
from customers.services.recalculation import recalculate_organization
from customers.services.unmerging import undo_merge
from customers.services.work import create_project
from tests.cast import Cast, customer_values
from tests.conftest import on_postgresql

pytestmark = pytest.mark.django_db

RUNS = int(os.environ.get("COUNT_RUNS", "1"))
"""How often many write at once (`make prove`: 200 times)."""

numbers = itertools.count(1)

GONE = (NotFound, Invalid, Gone, StateConflict)
"""Somebody has deleted, erased or merged the customer; a file that names who is erased goes too."""


def values(chance: random.Random) -> dict[str, Any]:
    number = next(numbers)
    return {
        **customer_values(number),
        "status": chance.choice(["active", "vip", "inactive", "churned", None]),
        "segment": chance.choice(["premium", "standard", None]),
        "city": chance.choice(["", "Troy", "Novi", "Ann Arbor"]),
        "source": chance.choice(["", "referral", "website"]),
        "nps_score": chance.choice([None, 3, 7, 8, 9, 10]),
        "is_blocked": chance.random() < 0.2,
        "tags": chance.sample(["hot", "cold", "new"], chance.randint(0, 2)),
    }


def source(actor: Actor) -> dict[str, Counter[str]]:
    """What Python counts, one customer after the other."""
    found: dict[str, Counter[str]] = {name: Counter() for name in counts.DIMENSIONS}
    for row in Customer.objects.for_actor(actor):
        if row.deleted_at:
            if row.merged_into_id is None:  # else they are another customer
                found["deleted"][""] += 1
            continue
        score = row.nps_score
        band = "detractor" if (score or 0) < 7 else "passive" if (score or 0) < 9 else "promoter"
        each = {
            "all": "",
            "status": row.status,
            "unblocked": None if row.is_blocked else row.status,
            "segment": row.segment,
            "engagement": row.engagement,
            "source": row.source,
            "city": row.city,
            "owner": row.assigned_to_id and str(row.assigned_to_id),
            "nps": None if score is None else band,
            "health": str(row.health_score),
            "at_risk": "" if row.is_at_risk else None,
            "verified": "" if row.email_verified else None,
            "walk_in": "" if not row.password else None,
        }
        for name, value in each.items():
            if value is not None:
                found[name][value] += 1
    return found


def kept(actor: Actor) -> dict[str, Counter[str]]:
    found = counts.counted(actor=actor, dimensions=tuple(counts.DIMENSIONS))
    if (
        connection.vendor == "sqlite"
    ):  # whose ids have no dashes, and which no reader asks for these
        found["owner"] = {str(UUID(key)): group for key, group in found["owner"].items()}
    return {name: Counter(counts.sizes(groups)) for name, groups in found.items()}


def writes_of(actor: Actor, ids: list[UUID], chance: random.Random) -> list[Callable[[], Any]]:
    """Ways in which customers change."""

    def some() -> UUID:
        return chance.choice(ids)

    def change_by_sql() -> None:
        Customer.objects.unscoped().filter(pk=some()).update(
            city="By SQL",
            nps_score=10,
            health_score=77,
            lifetime_value=F("lifetime_value") + Decimal("1.25"),
        )

    def merge() -> None:
        survivor, loser = chance.sample(ids, 2)
        merge_customers(actor=actor, customer_id=survivor, loser=loser)

    def separate() -> None:
        merges = list(Merge.objects.for_actor(actor).values_list("pk", flat=True))
        if merges:
            undo_merge(actor=actor, merge_id=chance.choice(merges))

    def import_file() -> None:
        """Ten who are new, and ten of whom some are there."""
        numbered = [next(numbers) for _ in range(10)] + chance.sample(range(1, 60), 10)
        lines = [
            ",".join([f"Joan{n}", f"jane{n}@example.com", *some_of_each(chance)]) for n in numbered
        ]
        data = "\n".join(["first_name,email,status,segment,city,nps_score", *lines]).encode()
        check = check_import(actor=actor, resource="customers", data=data)
        row = run_import(actor=actor, import_id=check.pk)
        if chance.random() < 0.3:
            undo_import(actor=actor, import_id=row.pk)

    def undo() -> None:
        with transaction.atomic():
            create_customer(actor=actor, values=values(chance))
            bulk_update_customers(actor=actor, customer_ids=ids[:3], values={"status": "vip"})
            transaction.set_rollback(True)

    return [
        lambda: ids.append(create_customer(actor=actor, values=values(chance)).pk),
        lambda: create_customers(actor=actor, rows=[values(chance) for _ in range(20)]),
        lambda: update_customer(actor=actor, customer_id=some(), values=changed(chance)),
        lambda: bulk_update_customers(
            actor=actor,
            customer_ids=sorted(chance.sample(ids, min(len(ids), 5))),
            values={"segment": chance.choice(["premium", "standard"])},
            add_tags=["bulk"],
        ),
        merge,
        lambda: delete_customer(actor=actor, customer_id=some()),
        lambda: restore_customer(actor=actor, customer_id=some()),
        lambda: erase_customer(actor=actor, customer_id=some(), ground="asked by the customer"),
        lambda: adjust_loyalty(
            actor=actor, customer_id=some(), values={"points": 7, "reason": "for coming"}
        ),
        lambda: create_project(
            actor=actor, values={"customer": some(), "name": "Roof", "total_amount": "123.45"}
        ),
        lambda: recalculate_organization(actor=actor),
        counts.fold,
        change_by_sql,
        undo,
        separate,
        import_file,
    ]


def some_of_each(chance: random.Random) -> list[str]:
    return [
        chance.choice(["active", "vip", "inactive"]),
        chance.choice(["premium", "standard"]),
        chance.choice(["Troy", "Novi"]),
        str(chance.randint(0, 10)),
    ]


def changed(chance: random.Random) -> dict[str, Any]:
    whole = values(chance)
    names = chance.sample(
        ["status", "segment", "city", "source", "nps_score", "is_blocked", "tags"], 3
    )
    return {name: whole[name] for name in names} | {"notes": "seen"}


def write_at_random(actor: Actor, ids: list[UUID], seed: int, turns: int) -> None:
    chance = random.Random(seed)
    works = writes_of(actor, ids, chance)
    try:
        for _ in range(turns):
            with suppress(*GONE):
                chance.choice(works)()
    finally:
        connections.close_all()


@pytest.mark.parametrize("seed", range(3))
def test_counts_are_the_numbers_of_customers_whatever_is_written(actor: Actor, seed: int) -> None:
    chance = random.Random(seed)
    ids = [create_customer(actor=actor, values=values(chance)).pk for _ in range(8)]
    create_project(actor=actor, values={"customer": ids[0], "name": "Roof", "total_amount": "9"})
    for work in [*writes_of(actor, ids, chance), *writes_of(actor, ids, chance)]:
        try:
            work()
        except GONE:
            continue
        assert kept(actor) == source(actor)
        assert counts.differences() == []
    assert Merge.objects.for_actor(actor).exists()
    assert FileImport.objects.for_actor(actor).filter(rows=20, created__gt=0).exists()
    everyone = counts.counted(actor=actor, dimensions=["all"])["all"][""]
    living = list(Customer.objects.for_actor(actor).filter(deleted_at=None))
    assert everyone.lifetime_value == sum((row.lifetime_value for row in living), Decimal(0))
    assert everyone.loyalty_points == sum(row.loyalty_points for row in living)
    assert everyone.lifetime_value


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_counts_are_exact_however_many_write_at_once(cast: Cast) -> None:
    for seed in range(RUNS):
        meet_at_random(actor_of(cast.alice), seed=seed)


def meet_at_random(actor: Actor, *, seed: int, writers: int = 6, turns: int = 8) -> None:
    """Writers at once over the same customers, while the counts are folded and compared."""
    chance = random.Random(seed)
    ids = [create_customer(actor=actor, values=values(chance)).pk for _ in range(12)]
    with ThreadPoolExecutor(writers) as pool:
        work = [
            pool.submit(write_at_random, actor, ids, seed * 1000 + number, turns)
            for number in range(writers)
        ]
        while not all(each.done() for each in work):
            assert counts.differences() == []
        for each in work:
            each.result()
    assert counts.differences() == []
    assert kept(actor) == source(actor)
    counts.fold()
    assert kept(actor) == source(actor)


@on_postgresql
def test_folding_makes_one_row_of_many_and_leaves_none_that_is_nought(actor: Actor) -> None:
    made = [create_customer(actor=actor, values=customer_values(n)) for n in range(3)]
    delete_customer(actor=actor, customer_id=made[0].pk)
    rows = CustomerCount.objects.for_actor(actor)
    before = kept(actor)
    assert counts.fold() > 3
    assert kept(actor) == before
    assert rows.count() == rows.values("dimension", "value").distinct().count()
    assert not rows.filter(customers=0, lifetime_value=0, loyalty_points=0).exists()
    assert counts.fold() == 0


@on_postgresql
def test_what_is_wrong_is_named_and_repaired(actor: Actor, capsys: Any) -> None:
    create_customer(actor=actor, values=customer_values(1))
    call_command("counts")
    assert "All counts are" in capsys.readouterr().out
    CustomerCount.objects.for_actor(actor).filter(dimension="status").delete()
    CustomerCount.objects.add(actor, dimension="city", value="Nowhere", customers=3)
    with pytest.raises(CommandError, match="2 counts differ"):
        call_command("counts")
    assert "city 'Nowhere': -3" in capsys.readouterr().out
    call_command("counts", repair=True)
    assert counts.differences() == []
    assert kept(actor) == source(actor)


@pytest.fixture
def crowd(actor: Actor) -> list[UUID]:
    chance = random.Random(5)
    ids = [create_customer(actor=actor, values=values(chance)).pk for _ in range(30)]
    update_customer(actor=actor, customer_id=ids[0], values={"assigned_to": actor.id})
    delete_customer(actor=actor, customer_id=ids[1])
    return ids


def test_a_list_with_one_filter_or_none_knows_its_total(actor: Actor, crowd: list[UUID]) -> None:
    one_filter: list[dict[str, Any]] = [
        {},
        {"deleted": True},
        {"status": ["active"]},
        {"status": ["active", "vip", "vip"]},
        {"status": []},
        {"segment": ["premium"]},
        {"engagement": ["new", "vip"]},
        {"tags": ["hot"]},
        {"tags": ["hot", "hot"]},
        {"tags": ["nobody's"]},
        {"assigned_to": actor.id},
        {"assigned_to": crowd[0]},
        {"status": ["active", "vip"], "is_blocked": False},
    ]
    for asked in one_filter:
        rows = customers(actor=actor, conditions=CustomerConditions(**asked))
        with CaptureQueriesContext(connection) as queries:
            total = rows.count()
        assert total == len(rows), asked
        if connection.vendor == "postgresql":
            assert not any('"customers_customer"' in query["sql"] for query in queries)
    two_filters: list[dict[str, Any]] = [
        {"tags": ["hot", "cold"]},
        {"status": ["active"], "segment": ["premium"]},
        {"deleted": True, "status": ["active"]},
        {"city": "Troy"},
        {"status": ["active"], "is_blocked": True},
    ]
    for asked in two_filters:
        rows = customers(actor=actor, conditions=CustomerConditions(**asked))
        assert rows.count() == len(rows), asked
    narrowed = customers(actor=actor).filter(city="Troy")
    assert narrowed.count() == len(narrowed) > 0


def test_another_organizations_customers_are_not_counted(
    cast: Cast, actor: Actor, crowd: list[UUID]
) -> None:
    charlie = actor_of(cast.charlie)
    create_customer(actor=charlie, values=customer_values(900))
    assert customer_statistics(actor=charlie).total == customers(actor=charlie).count() == 1
    assert CustomerTag.objects.for_actor(actor).exists()
    assert customers(actor=charlie, conditions=CustomerConditions(tags=["hot"])).count() == 0


def test_statistics_look_at_no_customer(actor: Actor, crowd: list[UUID]) -> None:
    with CaptureQueriesContext(connection) as queries:
        found = customer_statistics(actor=actor)
    assert len(queries) == 1
    assert found.total == 29
    if connection.vendor == "postgresql":
        assert '"customers_customer"' not in queries[0]["sql"]

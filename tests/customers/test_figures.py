"""
Computed values of everyone: the same rules in SQL as in words, repaired from wherever they were,
and never by halves.
"""

import datetime as dt
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from analytics.health import health_score
from core.audit.models import AuditEntry, OutboxEvent
from core.clock import now
from core.jobs.models import Job
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.webhooks.services import create_endpoint
from customers.figures import recalculate
from customers.health import SCALES
from customers.models import Customer, Project
from customers.services import recalculation
from customers.services.bulk_creation import create_customers
from customers.services.customers import create_customer, delete_customer, update_customer
from customers.services.recalculation import disagreements, recalculate_organization
from customers.services.work import create_project
from customers.tasks import start_recalculations
from interactions.choices import InteractionType
from interactions.models import Interaction
from interactions.services import log_interaction
from tests.background import run
from tests.cast import Cast, customer_values
from tests.conftest import on_postgresql

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
DAY, TICK = dt.timedelta(days=1), dt.timedelta(microseconds=1)
WRONG = {
    "lifetime_value": 7,
    "interaction_count": 7,
    "status": "churned",
    "health_score": 99,
    "is_at_risk": True,
}

VALUES = [
    Decimal(text)
    for text in (
        "0",
        "0.01",
        "9999.99",
        "10000",
        "24999.99",
        "25000",
        "49999.99",
        "50000",
        "99999.99",
        "100000",
    )
]
AGES = [
    None,
    dt.timedelta(0),
    *(days * DAY + past for days, past in product((30, 90, 120, 180), (dt.timedelta(0), TICK))),
    600 * DAY,
]
NPS = [None, *range(11)]
NONE = {
    "value": Decimal(0),
    "projects": 0,
    "nps": None,
    "referrals": 0,
    "age": None,
    "since": 0 * DAY,
}


def person(actor: Actor, **more: Any) -> Customer:
    return Customer.objects.new(actor, first_name="Jane", customer_since=NOW, **more)


def cases() -> list[dict[str, Any]]:
    """Every boundary of each factor by itself, and a hundred mixtures."""
    single = [NONE | {"value": value, "projects": 1} for value in VALUES]
    single += [NONE | {"projects": number} for number in range(7)]
    single += [NONE | {"nps": score} for score in NPS]
    single += [NONE | {"referrals": number} for number in range(7)]
    single += [NONE | {"age": age} for age in AGES]
    single += [NONE | {"since": age} for age in AGES if age is not None]
    draw = random.Random(7)
    mixed = [
        {
            "value": draw.choice(VALUES),
            "projects": draw.randint(1, 6),
            "nps": draw.choice(NPS),
            "referrals": draw.randint(0, 6),
            "age": draw.choice(AGES),
            "since": draw.randint(0, 700) * DAY,
        }
        for _ in range(100)
    ]
    return single + mixed


def write(actor: Actor, wanted: list[dict[str, Any]]) -> list[Customer]:
    """Customers with the rows that give them these figures."""
    people = [person(actor, nps_score=case["nps"]) for case in wanted]
    for customer, case in zip(people, wanted, strict=True):
        customer.customer_since = NOW - case["since"]
    Customer.objects.unscoped().bulk_create(people)
    projects, contacts, referred = [], [], []
    for customer, case in zip(people, wanted, strict=True):
        for number in range(case["projects"]):
            projects.append(
                Project.objects.new(
                    actor, customer=customer, total_amount=0 if number else case["value"]
                )
            )
        if case["age"] is not None:
            contacts.append(
                Interaction.objects.new(
                    actor,
                    customer=customer,
                    type=InteractionType.NOTE,
                    occurred_at=NOW - case["age"],
                )
            )
        referred += [person(actor, referred_by=customer) for _ in range(case["referrals"])]
    Project.objects.unscoped().bulk_create(projects)
    Interaction.objects.unscoped().bulk_create(contacts)
    Customer.objects.unscoped().bulk_create(referred)
    return people


# Health and risk


def is_at_risk(row: Mapping[str, Any], at_risk_days: int) -> bool:
    """Churned or inactive, a detractor, or without activity for `at_risk_days`: said again."""
    last, score = row["last_activity_at"], row["nps_score"]
    return (
        row["status"] in ("churned", "inactive")
        or (score is not None and score <= 6)
        or (last is not None and last <= NOW - at_risk_days * DAY)
    )


def test_the_columns_say_what_the_explanation_of_each_customer_says(actor: Actor) -> None:
    wanted = cases()
    with time_machine.travel(NOW, tick=False):
        people = write(actor, wanted)
        recalculate(organization=actor.organization, environment=actor.environment)
        rows = Customer.objects.for_actor(actor).in_bulk([customer.pk for customer in people])
        for customer, case in zip(people, wanted, strict=True):
            row = vars(rows[customer.pk])
            assert (row["lifetime_value"], row["project_count"], row["referral_count"]) == (
                case["value"],
                case["projects"],
                case["referrals"],
            )
            assert row["health_score"] == health_score(row, NOW), case
            assert row["is_at_risk"] == is_at_risk(row, actor.organization.at_risk_days), case
    assert {row.is_at_risk for row in rows.values()} == {True, False}


def test_the_newborn_are_written_as_recalculation_would_write_them(actor: Actor) -> None:
    """Whenever they came, whatever was pinned: nothing is left to bring up to date."""
    rows = [
        {
            "first_name": f"N{number}",
            "customer_since": now() - dt.timedelta(days=days),
            "nps_score": score,
            "is_referral_partner": partner,
            **pinned,
        }
        for number, (days, score, partner, pinned) in enumerate(
            product(
                (0, 29, 60, 200, 4000),
                (None, 0, 7, 9),
                (False, True),
                ({}, {"status": "vip"}, {"segment": "repeat", "engagement": "regular"}),
            )
        )
    ]
    assert {row.outcome for row in create_customers(actor=actor, rows=rows)} == {"created"}
    assert list(disagreements(actor=actor)) == []
    written = Customer.objects.for_actor(actor).values_list("status", "engagement", "is_at_risk")
    assert len(set(written)) > 6


def test_the_healthiest_have_a_hundred_and_a_stranger_none(actor: Actor) -> None:
    best = {
        "value": Decimal(100_000),
        "projects": 5,
        "nps": 10,
        "referrals": 5,
        "age": 30 * DAY,
        "since": 0 * DAY,
    }
    with time_machine.travel(NOW, tick=False):
        people = write(
            actor,
            [
                best,
                NONE,
                NONE | {"since": 120 * DAY},
                NONE | {"since": 120 * DAY - TICK},
                NONE | {"nps": 6},
            ],
        )
        recalculate(organization=actor.organization, environment=actor.environment)
    rows = Customer.objects.for_actor(actor).in_bulk([customer.pk for customer in people])
    assert [
        (rows[customer.pk].health_score, rows[customer.pk].is_at_risk) for customer in people
    ] == [
        (100, False),
        (0, False),
        (0, True),
        (0, False),
        (10, True),
    ]
    assert sum(scale.most for scale in SCALES) == 100


def test_health_and_risk_follow_a_write_at_once_and_time_with_the_next_run(actor: Actor) -> None:
    with time_machine.travel(NOW, tick=False):
        jane = create_customer(actor=actor, values=customer_values())
        create_project(actor=actor, values={"customer": jane.pk, "total_amount": "50000"})
        log_interaction(
            actor=actor, values={"customer": jane.pk, "type": "phone_call", "occurred_at": NOW}
        )
        jane.refresh_from_db()
        assert (jane.health_score, jane.is_at_risk) == (25 + 5 + 15, False)
    for days, expected in (
        (31, (40, False)),
        (91, (35, False)),
        (121, (35, True)),
        (181, (30, True)),
    ):
        with time_machine.travel(NOW + days * DAY, tick=False):
            assert recalculate_organization(actor=actor) == 1
        jane.refresh_from_db()
        assert (jane.health_score, jane.is_at_risk) == expected


# Everyone


@pytest.fixture
def crowd(actor: Actor) -> list[Customer]:
    """
    Twenty customers, every second referred by the one before, all with figures as they should be.
    """
    people = write(
        actor,
        [
            NONE | {"value": Decimal(100 * number), "projects": 1, "age": DAY}
            for number in range(20)
        ],
    )
    for before, after in zip(people[::2], people[1::2], strict=True):
        Customer.objects.unscoped().filter(pk=after.pk).update(referred_by=before)
    for _ in range(2):
        recalculate(organization=actor.organization, environment=actor.environment)
    return people


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans of seven customers, repaired three at a time."""
    monkeypatch.setattr(recalculation, "SPAN", 7)
    monkeypatch.setattr(recalculation, "BATCH", 3)


def state(people: list[Customer]) -> list[dict[str, Any]]:
    return list(
        Customer.objects.unscoped()
        .filter(pk__in=[row.pk for row in people])
        .order_by("pk")
        .values()
    )


@pytest.mark.parametrize("dense", [0, 1000], ids=["one by one", "in a stretch"])
@pytest.mark.parametrize("step", [1, 6])
def test_whatever_was_wrong_is_right_after_one_run(
    actor: Actor,
    crowd: list[Customer],
    small: None,
    monkeypatch: pytest.MonkeyPatch,
    dense: int,
    step: int,
) -> None:
    monkeypatch.setattr(recalculation, "DENSE", dense)
    right = state(crowd)
    wrong = [row.pk for row in crowd[::step]]
    Customer.objects.unscoped().filter(pk__in=wrong).update(**WRONG)
    assert recalculate_organization(actor=actor) >= len(wrong)
    assert state(crowd) == right
    assert list(disagreements(actor=actor)) == []
    assert AuditEntry.objects.for_actor(actor).filter(action="customers.recalculated").count() == 1


def test_a_referrer_follows_a_value_that_was_wrong_when_its_own_span_was_compared(
    actor: Actor, crowd: list[Customer], small: None
) -> None:
    right = state(crowd)
    # the last of the first span and the first of the second
    referrer, referred = crowd[6], crowd[7]
    Customer.objects.unscoped().filter(pk=referred.pk).update(lifetime_value=1)
    Customer.objects.unscoped().filter(pk=referrer.pk).update(referral_value=1)
    assert recalculate_organization(actor=actor) == 2
    assert state(crowd) == right


def test_a_second_run_finds_and_writes_nothing(
    actor: Actor, crowd: list[Customer], small: None
) -> None:
    entries = AuditEntry.objects.unscoped().count()
    assert (recalculate_organization(actor=actor), AuditEntry.objects.unscoped().count()) == (
        0,
        entries,
    )


@on_postgresql
def test_only_rows_that_differ_are_written(
    actor: Actor, crowd: list[Customer], small: None
) -> None:
    def places() -> dict[Any, str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, ctid::text || xmax::text FROM customers_customer")
            return dict(cursor.fetchall())

    Customer.objects.unscoped().filter(pk=crowd[3].pk).update(**WRONG)
    before = places()
    recalculate_organization(actor=actor)
    assert {key for key, place in places().items() if before[key] != place} == {
        crowd[3].pk,
        crowd[2].pk,
    }


def test_progress_grows_to_the_number_of_customers(
    actor: Actor, crowd: list[Customer], small: None
) -> None:
    Customer.objects.unscoped().update(**WRONG)
    told: list[tuple[int, int]] = []
    recalculate_organization(actor=actor, progress=lambda done, total: told.append((done, total)))
    assert sorted(told) == told
    assert {(0, 20), (7, 20), (14, 20), (20, 20)} == set(told)


class Killed(Exception):
    pass


def test_killed_after_any_step_the_next_run_makes_everything_right(
    actor: Actor, crowd: list[Customer], small: None
) -> None:
    right = state(crowd)

    def killer(steps: int) -> Callable[[int, int], None]:
        left = iter(range(steps))

        def progress(done: int, total: int) -> None:
            if next(left, None) is None:
                raise Killed

        return progress

    for steps in range(12):
        Customer.objects.unscoped().filter(pk__in=[row.pk for row in crowd]).update(**WRONG)
        with pytest.raises(Killed):
            recalculate_organization(actor=actor, progress=killer(steps))
        recalculate_organization(actor=actor)
        assert state(crowd) == right


def test_labels_follow_the_figures_that_stand_without_looking_at_any_row(
    actor: Actor, crowd: list[Customer]
) -> None:
    right = state(crowd)
    rich = Customer.objects.for_actor(actor).filter(pk=crowd[0].pk)
    rich.update(lifetime_value=200_000)
    with CaptureQueriesContext(connection) as queries:
        assert recalculate_organization(actor=actor, labels_only=True) == 1
        assert recalculate_organization(actor=actor, labels_only=True) == 0
    assert not [query for query in queries if "customers_project" in query["sql"]]
    assert rich.values_list("lifetime_value", "status", "segment").get() == (
        200_000,
        "vip",
        "premium",
    )
    assert recalculate_organization(actor=actor) == 1
    assert state(crowd) == right


def test_an_empty_environment_costs_one_query(actor: Actor, django_assert_num_queries: Any) -> None:
    empty = Actor.system(
        organization=actor.organization, label="test", environment=Environment.TEST
    )
    with django_assert_num_queries(1):
        assert recalculate_organization(actor=empty) == 0


def test_everyone_means_all_organizations_and_both_environments(
    cast: Cast, actor: Actor, crowd: list[Customer]
) -> None:
    test = Actor.system(organization=cast.other, label="test", environment=Environment.TEST)
    stranger = Customer.objects.add(test, first_name="Stranger", **WRONG)
    Customer.objects.unscoped().filter(pk=crowd[5].pk).update(**WRONG)
    assert [start_recalculations() for _ in range(2)] == [2, 2]
    jobs = list(Job.objects.unscoped().order_by("pk"))
    for job in jobs:
        run(job.pk)
        job.refresh_from_db()
    changed = {(job.organization.slug, job.environment): job.result["changed"] for job in jobs}
    # one referrer too: by the wrong value, then by the right one
    assert changed == {("acme", "live"): 3, ("other", "test"): 1}
    stranger.refresh_from_db()
    assert (stranger.lifetime_value, stranger.status, stranger.is_at_risk) == (0, "active", False)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_what_is_written_while_everyone_is_recalculated_is_never_lost(
    actor: Actor, small: None
) -> None:
    people = [
        create_customer(actor=actor, values=customer_values(number)) for number in range(1, 13)
    ]
    writers = 3

    def work(number: int) -> None:
        try:
            for customer in people[number::writers] * 3:
                create_project(actor=actor, values={"customer": customer.pk, "total_amount": "10"})
        finally:
            connections.close_all()

    def spoil() -> None:
        try:
            for _ in range(5):
                Customer.objects.unscoped().update(interaction_count=7, last_activity_at=now())
                recalculate_organization(actor=actor)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(writers + 1) as pool:
        for future in [
            pool.submit(spoil),
            *(pool.submit(work, number) for number in range(writers)),
        ]:
            future.result()
    rows = Customer.objects.unscoped().filter(pk__in=[row.pk for row in people])
    assert set(rows.values_list("lifetime_value", "project_count", "interaction_count")) == {
        (30, 3, 0)
    }
    assert list(disagreements(actor=actor)) == []


@pytest.mark.parametrize("labels_only", [True, False], ids=["labels", "all"])
def test_what_time_changes_is_told_where_somebody_listens(
    actor: Actor, cast: Cast, labels_only: bool
) -> None:
    start = dt.datetime(2026, 1, 5, 12, 0, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        idle, gone, kept = (
            create_customer(actor=actor, values=customer_values(number)) for number in range(3)
        )
        delete_customer(actor=actor, customer_id=gone.pk)
        update_customer(actor=actor, customer_id=kept.pk, values={"status": "vip"})
    OutboxEvent.objects.unscoped().delete()
    listener = {"url": "https://93.184.216.34/x"}
    with time_machine.travel(start + dt.timedelta(days=200), tick=False):
        recalculate_organization(actor=actor, labels_only=labels_only)
        assert OutboxEvent.objects.unscoped().count() == 0
    create_endpoint(actor=actor, values=listener)
    with time_machine.travel(start + dt.timedelta(days=600), tick=False):
        assert recalculate_organization(actor=actor, labels_only=labels_only) > 0
        recalculate_organization(actor=actor, labels_only=labels_only)
    told = OutboxEvent.objects.unscoped().values_list("type", "customer_id", "data")
    assert list(told) == [("customer.updated", idle.pk, {"changed": ["status"]})]

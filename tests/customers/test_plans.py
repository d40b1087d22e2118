"""
What people ask for most is answered along an index, reading no more than the answer needs, however
many customers there are.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.engagement import engagement_statistics
from analytics.insights import advised_customer, insights
from analytics.statistics import customer_statistics
from core.identity.models import User
from core.identity.services import actor_of
from core.paging import page_of
from core.tenancy.actor import Actor
from customers import counts
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.selectors.customers import customers
from customers.services.customers import create_customer
from tests.cast import customer_values, make_cast
from tests.conftest import on_postgresql
from tests.database_role import as_owner

pytestmark = [pytest.mark.django_db, on_postgresql]

CROWD = 6000
ROW = 8
"""Pages of the table and of indexes that finding and reading one row may touch."""

MANY = """
    INSERT INTO customers_customer
    SELECT (jsonb_populate_record(c, jsonb_build_object(
        'id', gen_random_uuid(),
        'email', 'person' || n || '@example.com',
        'email_key', 'person' || n || '@example.com',
        'phone', '+1313' || lpad(n::text, 7, '0'),
        'external_id', 'crm-' || n,
        'first_key', 'ann' || n, 'last_key', 'lee' || mod(n, 900),
        'search_text', ' ann' || n || ' lee' || mod(n, 900) || '|person' || n || '@example.com|1313'
            || lpad(n::text, 7, '0'),
        'created_at', c.created_at - n * interval '1 minute',
        'updated_at', c.created_at - n * interval '1 minute',
        'customer_since', c.created_at - n * interval '1 day',
        'date_of_birth', date '1950-01-01' + n,
        'status', CASE WHEN n > 5900 THEN 'churned' ELSE 'active' END,
        'segment', CASE WHEN n > 5900 THEN 'premium' ELSE 'standard' END,
        'engagement', CASE WHEN n > 5900 THEN 'at_risk' ELSE 'regular' END,
        'is_at_risk', n > 5900,
        'assigned_to_id', CASE WHEN mod(n, 10) = 0 THEN %s END,
        'lifetime_value', n
    ))).*
    FROM customers_customer c, generate_series(1, %s) n WHERE c.id = %s
"""
IDENTITIES = """
    INSERT INTO customers_identity
        (id, organization_id, environment, customer_id, kind, value, is_primary, is_living, source,
         first_seen_at, last_seen_at)
    SELECT gen_random_uuid(), organization_id, environment, id, 'email', email_key, TRUE, TRUE,
        'record', created_at, created_at
    FROM customers_customer WHERE email_key LIKE 'person%'
"""


@dataclass(frozen=True)
class Crowd:
    """Thousands of customers: the hundred oldest are churned, every tenth is Alice's."""

    actor: Actor
    first: UUID


@pytest.fixture(scope="module")
def crowd(django_db_setup: Any, django_db_blocker: Any) -> Iterator[Crowd]:
    """For all tests of the module, which read it alone: filling the tables takes longest."""
    with django_db_blocker.unblock(), transaction.atomic():
        actor = actor_of(make_cast().alice)
        row = create_customer(actor=actor, values=customer_values(1))
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(MANY, [actor.id, CROWD, row.pk])
            cursor.execute(IDENTITIES)
            # what autovacuum does
            cursor.execute("ANALYZE customers_customer, customers_identity")
            cursor.execute("SELECT gin_clean_pending_list('customer_search')")
        counts.fold()
        yield Crowd(actor, row.pk)
        transaction.set_rollback(True)


@pytest.fixture
def actor(crowd: Crowd) -> Actor:
    return crowd.actor


def plans_of(work: Callable[[], Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each SELECT that `work` makes, with its plan as it was followed."""
    with CaptureQueriesContext(connection) as queries:
        work()
    for query in queries:
        if query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query['sql']}")
                found = cursor.fetchone()[0]
            yield query["sql"], (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def looked_at(work: Callable[[], Any]) -> tuple[int, set[str]]:
    """How many pages all of its statements touch, and which indexes of customers they follow."""
    pages, indexes = 0, set()
    for sql, plan in plans_of(work):
        pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        for node in nodes(plan):
            scanned = node["Node Type"] == "Seq Scan" and node["Relation Name"]
            assert scanned not in ("customers_customer", "customers_identity"), sql
            indexes |= {node["Index Name"]} if "Index Name" in node else set()
    return pages, indexes


def first_page(actor: Actor, order: str = "-created_at", **asked: Any) -> Callable[[], Any]:
    def read() -> None:
        page = page_of(
            customers(actor=actor, conditions=CustomerConditions(**asked)),
            order=[order, "-id"],
            columns=["id", "first_name", "email"],
            number=1,
            size=50,
        )
        assert page.rows

    return read


def test_a_page_of_each_usual_list_reads_a_page_of_customers(actor: Actor) -> None:
    lists: list[tuple[dict[str, Any], str]] = [
        ({}, "customer_by_created"),
        ({"status": ["churned"]}, "customer_newest_by_status"),
        ({"segment": ["premium"]}, "customer_newest_of_segment"),
        ({"engagement": ["at_risk"]}, "customer_newest_of_engagement"),
        ({"assigned_to": actor.id}, "customer_newest_of_owner"),
        ({"is_at_risk": True}, "customer_newest_at_risk"),
        ({"order": "-lifetime_value"}, "customer_by_value"),
        ({"order": "-updated_at"}, "customer_by_updated"),
    ]
    for asked, index in lists:
        pages, indexes = looked_at(first_page(actor, **asked))
        assert index in indexes, (asked, indexes)
        assert pages <= 50 * ROW, (asked, pages)


def test_a_whole_address_or_foreign_id_is_looked_up(actor: Actor, crowd: Crowd) -> None:
    for asked in (
        {"search": "Person77@example.com"},
        {"external_id": "crm-77"},
        {"ids": [crowd.first]},
    ):
        pages, _indexes = looked_at(first_page(actor, **asked))
        assert pages <= 6 * ROW, (asked, pages)


def test_a_search_that_finds_nothing_or_little_follows_the_index_of_words(
    actor: Actor,
) -> None:
    for text in ("zzqxj", "ann77 lee77"):
        rows = customers(actor=actor, conditions=CustomerConditions(search=text))
        pages, indexes = looked_at(rows.count)
        assert indexes == {"customer_search"}
        assert pages <= 60, (text, pages)


def test_totals_and_statistics_read_no_customers(actor: Actor) -> None:
    for work in (
        customers(actor=actor).count,
        customers(actor=actor, conditions=CustomerConditions(status=["churned"])).count,
        lambda: customer_statistics(actor=actor),
    ):
        pages, indexes = looked_at(work)
        assert pages <= 40
        assert not [name for name in indexes if not name.startswith("customer_count")]
    pages, indexes = looked_at(lambda: engagement_statistics(actor=actor))
    assert "customer_by_since" in indexes


def test_a_status_from_a_value_on_is_counted_in_one_index_alone(actor: Actor) -> None:
    asked = CustomerConditions(status=["active"], min_lifetime_value=Decimal(100))
    with transaction.atomic():
        with as_owner(), connection.cursor() as cursor:
            # what autovacuum says, which sees no rows of a transaction that isn't over
            cursor.execute(
                "UPDATE pg_class SET relallvisible = relpages WHERE relname = 'customers_customer'"
            )
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plans = list(plans_of(customers(actor=actor, conditions=asked).count))
        transaction.set_rollback(True)
    read = [
        (node["Node Type"], node["Index Name"])
        for _sql, plan in plans
        for node in nodes(plan)
        if "Index Name" in node
    ]
    assert read == [("Index Only Scan", "customer_newest_by_status")], plans


@pytest.mark.parametrize("day", ["2027-03-10", "2027-12-29"])
def test_birthdays_of_the_week_are_found_by_month_and_day(
    actor: Actor, client: Client, day: str
) -> None:
    user = User.objects.unscoped().get(pk=actor.id)

    def look() -> None:
        with time_machine.travel(f"{day}T18:00:00Z", tick=False):
            client.force_login(user)
            page = client.get("/app/today/?whose=everyone")
        (found,) = [part for part in page.context["sections"] if part.name == "birthdays"]
        assert len(found.needs) > 1

    plans = [plan for sql, plan in plans_of(look) if "EXTRACT(MONTH" in sql]
    assert len(plans) == 1
    used = {node.get("Index Name") for node in nodes(plans[0])}
    assert "customer_by_birthday" in used
    assert "Seq Scan" not in {node["Node Type"] for node in nodes(plans[0])}
    assert plans[0]["Shared Hit Blocks"] + plans[0]["Shared Read Blocks"] <= 200


def test_one_customer_with_advice_is_a_few_pages(actor: Actor, crowd: Crowd) -> None:
    pages, _indexes = looked_at(
        lambda: insights(customer=advised_customer(actor=actor, customer_id=crowd.first))
    )
    assert pages <= 4 * ROW
    assert Customer.objects.for_actor(actor).count() == CROWD + 1

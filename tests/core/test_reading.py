"""Rows read by a statement that is compiled once are those that `values()` gives."""

import pytest
from django.db import connection
from django.db.models import F
from django.forms import model_to_dict
from django.test.utils import CaptureQueriesContext

from core.errors import NotFound
from core.identity.models import Session
from core.identity.services import actor_of
from core.identity.tokens import open_session
from core.paging import page_of
from core.reading import _prepared, _statement, read_related, read_rows
from core.tenancy.actor import Actor
from customers.models import Customer
from customers.selectors.customers import TAGS, customer_columns, customers
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values

pytestmark = pytest.mark.django_db

COLUMNS = [field.attname for field in Customer._meta.concrete_fields]
PATHS = ["assigned_to__email", "referred_by__last_name"]


@pytest.fixture
def five(actor: Actor) -> list[Customer]:
    own = {"custom_fields": {"roof": {"pitch": 7}}, "alternative_phones": ["+12485550199"]}
    return [
        create_customer(
            actor=actor,
            values=customer_values(number)
            | own
            | {"tags": ["b%s", "a"][: number % 3], "assigned_to": actor.id},
        )
        for number in range(5)
    ]


def test_rows_are_those_of_values(actor: Actor, five: list[Customer]) -> None:
    rows = customers(actor=actor)
    for ordered in (
        rows.order_by("-last_name", "id"),
        rows.order_by(F("last_interaction_at").desc(nulls_last=True), "-id")[1:4],
        rows.filter(pk=five[2].pk),
    ):
        for _ in range(2):  # the second time by the statement that is kept
            assert read_rows(ordered, [*COLUMNS, *PATHS]) == list(ordered.values(*COLUMNS, *PATHS))


def test_what_is_computed_stands_beside_the_columns(actor: Actor, five: list[Customer]) -> None:
    rows = read_rows(customers(actor=actor).order_by("id"), ["id"], tags=TAGS)
    assert [(row["id"], row["tags"]) for row in rows] == [
        (row.pk, tags)
        for row, tags in zip(five, [[], ["b%s"], ["b%s", "a"], [], ["b%s"]], strict=True)
    ]


def test_a_condition_that_nobody_meets_asks_nothing(actor: Actor, five: list[Customer]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert read_rows(customers(actor=actor).none(), ["id"]) == []
        assert read_rows(customers(actor=actor).filter(pk__in=[]), ["id"]) == []
    assert not queries.captured_queries


def test_instances_with_those_they_refer_to_are_those_of_select_related(cast: Cast) -> None:
    for user in (cast.alice, cast.bob):
        open_session(user=user)
    rows = Session.objects.order_by("pk")
    with CaptureQueriesContext(connection) as queries:
        found = read_related(lambda: rows, "user__organization", {})
        read = [(row, row.user, row.user.organization) for row in found]
    assert len(queries) == 1
    expected = rows.select_related("user__organization")
    assert [row.pk for row in found] == [row.pk for row in expected]
    for ours, row in zip(read, expected, strict=True):
        for instance, same in zip(ours, (row, row.user, row.user.organization), strict=True):
            assert type(instance) is type(same)
            assert not instance._state.adding
            assert model_to_dict(instance) == model_to_dict(same)


def test_another_organization_reads_nothing_by_a_kept_statement(
    cast: Cast, actor: Actor, five: list[Customer]
) -> None:
    stranger = actor_of(cast.charlie)
    columns = ["id", "email"]
    assert len(read_rows(customers(actor=actor).order_by("id"), columns)) == 5
    kept = _statement.cache_info().hits
    assert read_rows(customers(actor=stranger).order_by("id"), columns) == []
    assert _statement.cache_info().hits == kept + 1


def test_a_prepared_statement_takes_other_values_and_tenants(
    cast: Cast, actor: Actor, five: list[Customer]
) -> None:
    columns, stranger = ["id", "email"], actor_of(cast.charlie)
    for row in five:
        found = customer_columns(actor=actor, customer_id=row.pk, columns=columns)
        assert found == {"id": row.pk, "email": row.email}
        with pytest.raises(NotFound):
            customer_columns(actor=stranger, customer_id=row.pk, columns=columns)
    assert _prepared.cache_info().hits >= 2 * len(five) - 1


@pytest.mark.parametrize(
    ("number", "size", "total", "statements"),
    [(1, 10, 5, 1), (1, 5, 5, 2), (2, 3, 5, 2), (9, 3, 5, 1)],
)
def test_a_first_page_that_is_not_full_needs_no_count(
    actor: Actor, five: list[Customer], number: int, size: int, total: int, statements: int
) -> None:
    rows = customers(actor=actor)
    with CaptureQueriesContext(connection) as queries:
        page = page_of(rows, order=["-created_at", "-id"], columns=["id"], number=number, size=size)
    assert (page.total, len(queries)) == (total, statements)
    assert [row["id"] for row in page.rows] == [row.pk for row in reversed(five)][
        (number - 1) * size : number * size
    ]

"""Merges at once with each other, with edits and with erasure: nothing is left half done."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from core.errors import DomainError
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.counts import differences
from customers.models import Customer, LoyaltyEntry, Merge, Project
from customers.services.customers import update_customer
from customers.services.erasure import erase_customer
from customers.services.work import create_project
from tests.cast import customer_values, make_cast
from tests.client import ApiClient
from tests.conftest import on_postgresql
from tests.merging.people import FIRST, SECOND, fresh, merge, person, rows_of, unmerge

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each answered, or the domain's error that it raised; any other fails the test."""
    start, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            found[place] = work()
        except DomainError as error:
            found[place] = error  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def people() -> tuple[Actor, Customer, Customer]:
    actor = actor_of(make_cast().alice)
    return actor, person(actor, FIRST), person(actor, SECOND, day=2)


def test_of_two_merges_of_one_loser_one_happens() -> None:
    actor, hannah, hanna = people()
    third = person(actor, customer_values(3), full=False)
    found = at_once(
        lambda: merge(actor, hannah, hanna),
        lambda: merge(actor, third, hanna),
        lambda: merge(actor, hannah, hanna),
    )
    assert sum(not isinstance(each, DomainError) for each in found) == 1, found
    assert Merge.objects.unscoped().count() == 1
    assert Customer.objects.unscoped().filter(deleted_at=None).count() == 2


def test_of_two_merges_of_each_into_the_other_one_happens() -> None:
    actor, hannah, hanna = people()
    found = at_once(lambda: merge(actor, hannah, hanna), lambda: merge(actor, hanna, hannah))
    assert sum(not isinstance(each, DomainError) for each in found) == 1, found
    assert Customer.objects.unscoped().filter(deleted_at=None).count() == 1
    assert Project.objects.unscoped().values("customer").distinct().count() == 1


def test_work_for_a_loser_in_that_moment_is_done_for_the_survivor() -> None:
    cast = make_cast()
    actor, api = actor_of(cast.alice), ApiClient(user=cast.alice)
    hannah, hanna = person(actor, FIRST), person(actor, SECOND, day=2)
    path = f"/api/customers/{hanna.pk}"
    project = next(iter(rows_of(hanna.pk)["Project"]))
    found = at_once(
        lambda: merge(actor, hannah, hanna),
        lambda: api.send("PATCH", path, {"campaign": "autumn"}).status_code,
        lambda: api.post("/api/projects", {"customer_id": str(hanna.pk)}).status_code,
        lambda: api.send("PATCH", f"/api/projects/{project}", {"name": "roof"}).status_code,
        lambda: api.post(f"{path}/loyalty", {"points": 1, "reason": "x"}).status_code,
    )
    assert found[1:] == [200, 201, 200, 201]
    rows = rows_of(hanna.pk)
    assert (rows["Project"], rows["LoyaltyEntry"]) == (set(), set())
    row = Customer.objects.unscoped().get(pk=hannah.pk)
    entries = LoyaltyEntry.objects.unscoped().filter(customer=hannah.pk)
    assert row.loyalty_points == sum(each.points for each in entries)
    assert row.project_count == len(rows_of(hannah.pk)["Project"]) == 3
    assert differences() == []


@pytest.mark.parametrize("erased", [0, 1], ids=["the survivor", "the loser"])
def test_merging_against_erasing_leaves_nothing_half_done(erased: int) -> None:
    actor, *both = people()
    at_once(
        lambda: merge(actor, *both),
        lambda: erase_customer(actor=fresh(actor), customer_id=both[erased].pk, ground="asked"),
    )
    rows = Customer.objects.unscoped()
    for row in rows.exclude(merged_into=None):
        assert rows.filter(pk=row.merged_into_id).exists()
    left = set(rows.values_list("pk", flat=True))
    assert len(left) < 2 or rows.filter(merged_into=None).count() == 1
    for each in both:
        if each.pk not in left:
            assert all(not keys for keys in rows_of(each.pk).values())
    assert differences() == []


def test_undoing_twice_at_once_undoes_once() -> None:
    actor, hannah, hanna = people()
    row = merge(actor, hannah, hanna).merge
    found = at_once(
        lambda: unmerge(actor, row),
        lambda: unmerge(actor, row),
        lambda: update_customer(
            actor=fresh(actor), customer_id=hannah.pk, values={"campaign": "autumn"}
        ),
        lambda: create_project(
            actor=fresh(actor), values={"customer": str(hanna.pk), "total_amount": 1}
        ),
    )
    assert sum(not isinstance(each, DomainError) for each in found[:2]) == 1, found
    assert Customer.objects.unscoped().filter(deleted_at=None).count() == 2
    assert Customer.objects.unscoped().get(pk=hannah.pk).campaign == "autumn"
    assert differences() == []


@on_postgresql
@pytest.mark.django_db
def test_the_applications_role_moves_ledger_rows_between_merged_customers_alone(
    actor: Actor,
) -> None:
    hannah, hanna = person(actor, FIRST), person(actor, SECOND, day=2)
    ids = list(rows_of(hanna.pk)["LoyaltyEntry"])
    place = [str(actor.organization.pk), actor.environment, hanna.pk, hannah.pk, ids]
    move = "SELECT move_rows('customers_loyaltyentry', %s, %s, %s, %s, %s)"
    with pytest.raises(Exception, match="neither of these customers"), connection.cursor() as one:
        one.execute(move, place)

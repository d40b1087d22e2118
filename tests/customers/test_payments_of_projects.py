"""A payment may be for a project of its customer: which, and what becomes of it."""

from decimal import Decimal
from typing import Any

import pytest

from core.audit.models import AuditEntry
from core.changes.services import Undone, undo_change_set
from core.errors import Invalid
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from customers.models import Customer, Project, Transaction
from customers.selectors.value import paid_for
from customers.services.customers import create_customer
from customers.services.erasure import erase_customer
from customers.services.work import (
    create_project,
    create_transaction,
    create_transactions,
    delete_project,
    update_transaction,
    update_transactions,
)
from tests.cast import Cast, customer_values
from tests.client import ApiClient
from tests.merging.people import fresh, merge, unmerge

REFUSED = {"project": "project_of_another"}


@pytest.fixture
def jane(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(1))


@pytest.fixture
def joe(actor: Actor) -> Customer:
    return create_customer(actor=actor, values=customer_values(2))


@pytest.fixture
def roof(actor: Actor, jane: Customer) -> Project:
    return project_of(actor, jane)


def project_of(actor: Actor, customer: Customer) -> Project:
    values = {"customer": customer, "name": "Roof", "total_amount": 100}
    return create_project(actor=fresh(actor), values=values)


def paid(actor: Actor, customer: Customer, project: Project | None = None, **more: Any) -> Any:
    values = {"customer": customer, "gross_amount": 30, "status": "completed", "project": project}
    return create_transaction(actor=fresh(actor), values=values | more)


def now_of(row: Any) -> Any:
    return type(row).objects.unscoped().get(pk=row.pk)


def codes(error: Invalid) -> dict[str, str]:
    return {name: faults[0].code for name, faults in error.faults.items()}


def undo(actor: Actor, change_set: Any) -> Undone:
    result = undo_change_set(actor=fresh(actor), set_id=change_set)
    assert isinstance(result, Undone)
    return result


def test_a_payment_is_for_a_project_for_another_or_for_none(
    actor: Actor, jane: Customer, roof: Project
) -> None:
    payment = paid(actor, jane, roof)
    assert now_of(payment).project == roof
    shed = project_of(actor, jane)
    for chosen in (shed, None):
        update_transaction(
            actor=actor, transaction_id=payment.pk, values={"project": chosen and str(chosen.pk)}
        )
        assert now_of(payment).project == chosen


def test_every_service_refuses_the_project_of_another_customer(
    actor: Actor, jane: Customer, joe: Customer, roof: Project
) -> None:
    payment = paid(actor, joe)
    values = {"customer": joe, "gross_amount": 5, "project": roof}
    change = {"project": str(roof.pk), "gross_amount": 7}
    for refused in (
        lambda: create_transaction(actor=actor, values=values),
        lambda: update_transaction(actor=actor, transaction_id=payment.pk, values=change),
    ):
        with pytest.raises(Invalid) as error:
            refused()
        assert codes(error.value) == REFUSED
    results = [
        *create_transactions(actor=actor, rows=[values | {"customer": joe.pk}]),
        *update_transactions(actor=actor, changes=[(payment.pk, change)]),
    ]
    assert [codes(each) for each in results] == [REFUSED, REFUSED]
    assert list(Transaction.objects.for_actor(actor)) == [payment]
    assert (now_of(payment).project, now_of(payment).gross_amount) == (None, 30)


def test_the_project_of_another_organization_is_unknown(
    actor: Actor, cast: Cast, jane: Customer
) -> None:
    stranger = actor_of(cast.charlie)
    theirs = project_of(stranger, create_customer(actor=stranger, values=customer_values(1)))
    with pytest.raises(Invalid) as error:
        paid(actor, jane, theirs)
    assert codes(error.value) == {"project": "not_found"}


def test_a_deleted_projects_payments_stay_and_undo_ties_them_again(
    actor: Actor, jane: Customer, roof: Project
) -> None:
    payment, version = paid(actor, jane, roof), 1
    mine = fresh(actor)
    delete_project(actor=mine, project_id=roof.pk)
    assert (now_of(payment).project_id, now_of(payment).version) == (None, version + 1)
    told = AuditEntry.objects.for_actor(actor).get(
        change_set_id=mine.change_set, action="transaction.updated"
    )
    assert told.changes == {"project": [str(roof.pk), None]}
    assert undo(actor, mine.change_set).kept == []
    assert now_of(payment).project == roof


def test_a_project_that_was_paid_for_is_not_taken_back(actor: Actor, jane: Customer) -> None:
    mine = fresh(actor)
    roof = create_project(actor=mine, values={"customer": jane, "total_amount": 100})
    payment = paid(actor, jane, roof)
    (kept,) = undo(actor, mine.change_set).kept
    assert (kept["code"], now_of(payment).project) == ("used", roof)


def test_payments_go_with_their_project_when_two_customers_are_one_and_two_again(
    actor: Actor, jane: Customer, joe: Customer, roof: Project
) -> None:
    shed, before = project_of(actor, joe), paid(actor, joe)
    done = merge(actor, joe, jane).merge
    since = paid(actor, joe, roof)
    update_transaction(actor=fresh(actor), transaction_id=before.pk, values={"project": roof})
    untied = paid(actor, joe)
    unmerge(actor, done)
    assert now_of(roof).customer == jane
    assert [now_of(row).customer for row in (since, before, untied)] == [jane, jane, joe]
    assert now_of(jane).transaction_count == 2
    again = merge(actor, joe, jane).merge
    update_transaction(actor=fresh(actor), transaction_id=since.pk, values={"project": shed})
    unmerge(actor, again)
    assert [now_of(row).customer for row in (since, before, untied)] == [joe, jane, joe]
    assert (now_of(joe).transaction_count, now_of(jane).transaction_count) == (2, 1)


def test_undo_ties_no_payment_to_what_is_another_customers_by_now(
    actor: Actor, jane: Customer, joe: Customer, roof: Project
) -> None:
    done = merge(actor, joe, jane).merge
    payment = paid(actor, joe, roof)
    mine = fresh(actor)
    update_transaction(actor=mine, transaction_id=payment.pk, values={"project": None})
    unmerge(actor, done)
    (kept,) = undo(actor, mine.change_set).kept
    assert (kept["code"], now_of(payment).project) == ("refused", None)


def test_what_was_deleted_comes_back_to_whom_it_is_by_now(
    actor: Actor, jane: Customer, joe: Customer, roof: Project
) -> None:
    """It goes with merges that it has missed, and back when they are undone."""
    gone = fresh(actor)
    delete_project(actor=gone, project_id=roof.pk)
    row = merge(actor, joe, jane).merge
    assert undo(actor, gone.change_set).restored == 1
    assert now_of(roof).customer_id == joe.pk
    again = fresh(actor)
    delete_project(actor=again, project_id=roof.pk)
    unmerge(actor, row)
    assert undo(actor, again.change_set).restored == 1
    assert now_of(roof).customer_id == jane.pk
    for each, value in ((jane, 100), (joe, 0)):
        assert now_of(each).lifetime_value == value


def test_a_payment_that_was_made_for_no_project_is_taken_back(actor: Actor, jane: Customer) -> None:
    """Said in so many words, as forms do."""
    made = fresh(actor)
    values = {"customer": jane.pk, "gross_amount": 5, "project": None}
    row = create_transaction(actor=made, values=values)
    assert undo(actor, made.change_set).kept == []
    assert not Transaction.objects.for_actor(actor).filter(pk=row.pk).exists()


def test_an_erased_customers_payment_stays_with_its_project(
    actor: Actor, jane: Customer, roof: Project
) -> None:
    payment = paid(actor, jane, roof)
    erase_customer(actor=actor, customer_id=jane.pk, ground="request")
    assert (now_of(payment).customer, now_of(payment).project) == (None, roof)
    assert paid_for(actor=actor, project_ids=[roof.pk]) == {roof.pk: Decimal(30)}


def test_what_is_paid_for_a_project_counts_as_what_its_customer_paid(
    actor: Actor, jane: Customer, roof: Project
) -> None:
    paid(actor, jane, roof)
    paid(actor, jane, roof, gross_amount="12.50")
    paid(actor, jane)
    for more in ({"status": "pending"}, {"status": "refunded"}, {"currency_code": "EUR"}):
        paid(actor, jane, roof, **more)
    shed = project_of(actor, jane)
    found = paid_for(actor=actor, project_ids=[roof.pk, shed.pk])
    assert found == {roof.pk: Decimal("42.50")}


def test_the_api_shows_takes_and_asks_for_the_project(
    api: ApiClient, actor: Actor, jane: Customer, joe: Customer, roof: Project
) -> None:
    body = {"customer_id": str(jane.pk), "gross_amount": 5, "project_id": str(roof.pk)}
    made = api.post("/api/transactions", body).json()["data"]
    assert made["project_id"] == str(roof.pk)
    paid(actor, jane)
    found = api.get(f"/api/transactions?project_id={roof.pk}").json()["data"]
    assert [row["transaction_id"] for row in found] == [made["transaction_id"]]
    refused = api.post("/api/transactions", body | {"customer_id": str(joe.pk)})
    assert refused.status_code == 400
    assert list(refused.json()["details"]) == ["project_id"]
    path = f"/api/transactions/{made['transaction_id']}"
    assert api.patch(path, {"project_id": None}).json()["data"]["project_id"] is None

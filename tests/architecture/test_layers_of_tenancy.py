"""
Each layer between two organizations is taken away in turn, and another holds: managers that ask for
whom, composite foreign keys, and a role that can't take these away.
"""

from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from core.errors import DomainError, Invalid, NotFound
from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.scoping import OrganizationManager
from customers.models import Customer, Project
from customers.services.customers import create_customer, update_customer
from customers.services.work import create_project
from interactions.services import log_interaction
from tests.cast import Cast, customer_values
from tests.conftest import on_postgresql
from tests.database_role import as_owner

pytestmark = [on_postgresql, pytest.mark.django_db(transaction=True)]


PROJECT = {"name": "Roof", "project_type": "other"}


@pytest.fixture
def stranger(cast: Cast) -> Customer:
    return create_customer(actor=actor_of(cast.charlie), values=customer_values(1))


@pytest.fixture
def unfenced(monkeypatch: pytest.MonkeyPatch, stranger: Customer) -> None:
    """Managers give everybody everyone's rows."""
    monkeypatch.setattr(OrganizationManager, "for_actor", lambda self, actor: self.unscoped())


@pytest.mark.usefixtures("unfenced")
def test_without_scoped_managers_the_database_refuses_to_tie_tenants_together(
    actor: Actor, stranger: Customer, cast: Cast
) -> None:
    mine = create_customer(actor=actor, values=customer_values(2))
    attempts = (
        lambda: create_project(actor=actor, values={"customer": stranger.pk, **PROJECT}),
        lambda: log_interaction(
            actor=actor, values={"customer": stranger.pk, "type": "note", "notes": "x"}
        ),
        lambda: update_customer(
            actor=actor, customer_id=stranger.pk, values={"email": "mine@example.com"}
        ),
        lambda: update_customer(
            actor=actor, customer_id=mine.pk, values={"referred_by": stranger.pk}
        ),
        lambda: update_customer(
            actor=actor, customer_id=mine.pk, values={"assigned_to": cast.charlie.pk}
        ),
    )
    before = rows(stranger, mine)
    for attempt in attempts:
        with pytest.raises((DomainError, IntegrityError)) as refusal:
            attempt()
        assert not isinstance(refusal.value, NotFound)
        assert rows(stranger, mine) == before


def test_without_the_databases_fences_the_managers_hold(actor: Actor, stranger: Customer) -> None:
    with transaction.atomic():
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE customers_project DROP CONSTRAINT project_customer_tenant")
        with pytest.raises(Invalid, match="No customer with this ID"):
            create_project(actor=actor, values={"customer": stranger.pk, **PROJECT})
        assert not Project.objects.unscoped().exists()
        transaction.set_rollback(True)


def test_the_role_cannot_take_the_fences_away(actor: Actor, stranger: Customer) -> None:
    """Who has the application's password and none of its code."""

    def run(statement: str, *parameters: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    def refused(statement: str, *parameters: Any) -> str:
        with pytest.raises((IntegrityError, ProgrammingError)) as refusal:
            run(statement, *parameters)
        return str(getattr(refusal.value.__cause__, "sqlstate", ""))

    own = create_customer(actor=actor, values=customer_values(2))
    mine = create_project(actor=actor, values={"customer": own.pk, **PROJECT})
    move = "UPDATE customers_project SET customer_id = %s WHERE id = %s"
    assert refused(move, stranger.pk, mine.pk) == "23503"
    drop = "ALTER TABLE customers_project DROP CONSTRAINT project_customer_tenant"
    assert refused(drop) == "42501"
    assert refused("SET session_replication_role = 'replica'") == "42501"


def rows(*customers: Customer) -> list[Any]:
    """Everything of these customers, and whatever stands beside them."""
    return [
        *Customer.objects.unscoped()
        .filter(pk__in=[c.pk for c in customers])
        .order_by("pk")
        .values(),
        Project.objects.unscoped().count(),
    ]

"""The fence around a tenant's rows: in the managers, and as PostgreSQL is told of it."""

from typing import Any

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler

from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.tenancy.scoping import SameTenant, UnscopedQuery
from customers.models import Customer, Project
from tests.cast import Cast


@pytest.fixture
def editor() -> Any:
    """It writes what PostgreSQL would be told, and is connected to none."""
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.postgresql"}})
    return handler["default"].schema_editor(collect_sql=True)


OWN = SameTenant(field="customer", name="own")
SHARED = SameTenant(field="preferred_outlet", name="shared", across_environments=True)


def test_a_reference_is_to_a_row_of_the_same_tenant(editor: Any) -> None:
    own = (
        'CONSTRAINT "own" FOREIGN KEY ("organization_id", "environment", "customer_id") '
        'REFERENCES "customers_customer" ("organization_id", "environment", "id") '
        "DEFERRABLE INITIALLY DEFERRED"
    )
    assert OWN.constraint_sql(Project, editor) == own
    assert OWN.create_sql(Project, editor) == f'ALTER TABLE "customers_project" ADD {own}'
    assert (
        OWN.remove_sql(Project, editor) == 'ALTER TABLE "customers_project" DROP CONSTRAINT "own"'
    )
    assert SHARED.constraint_sql(Customer, editor) == (
        'CONSTRAINT "shared" FOREIGN KEY ("organization_id", "preferred_outlet_id") '
        'REFERENCES "tenancy_outlet" ("organization_id", "id") DEFERRABLE INITIALLY DEFERRED'
    )


def test_sqlite_is_told_nothing() -> None:
    handler = ConnectionHandler({"default": {"ENGINE": "django.db.backends.sqlite3"}})
    editor = handler["default"].schema_editor(collect_sql=True)
    assert OWN.constraint_sql(Project, editor) is None
    assert OWN.create_sql(Project, editor) is None
    assert OWN.remove_sql(Project, editor) is None


def test_fences_are_equal_when_they_say_the_same() -> None:
    assert SameTenant(field="customer", name="own") == OWN
    assert OWN.clone() == OWN
    path, _arguments, options = SHARED.deconstruct()
    assert path == "core.tenancy.scoping.SameTenant"
    assert options == {"field": "preferred_outlet", "name": "shared", "across_environments": True}
    assert SameTenant(field="customer", name="another") != OWN
    assert SameTenant(field="customer", name="own", across_environments=True) != OWN
    assert OWN != "own"


def test_rows_are_asked_for_by_somebody(cast: Cast, actor: Actor) -> None:
    with pytest.raises(UnscopedQuery, match=r"Outlet.objects needs for_actor\(\)"):
        Outlet.objects.count()
    mine = Outlet.objects.add(actor, name="Mine", time_zone="UTC")
    theirs = Outlet.objects.unscoped().create(
        organization=cast.other, name="Theirs", time_zone="UTC"
    )
    seen, everybodys = set(Outlet.objects.for_actor(actor)), set(Outlet.objects.unscoped())
    assert mine in seen
    assert seen < everybodys
    assert theirs in everybodys - seen
    assert str(Customer.objects.for_actor(actor).query).count("environment") >= 1
    assert Customer.objects.for_actor(actor).db == connection.alias


def test_a_row_made_by_hand_is_what_the_model_makes(actor: Actor) -> None:
    row = Outlet.objects.new(actor, name="Mine")
    made = Outlet(name="Mine", organization=actor.organization)
    unlike = {"_state", "id", "created_at", "updated_at"}
    assert {k: v for k, v in vars(row).items() if k not in unlike} == {
        k: v for k, v in vars(made).items() if k not in unlike
    }
    assert (row._state.adding, row._state.db) == (True, None)
    with pytest.raises(TypeError, match="Outlet has no field colour"):
        Outlet.objects.new(actor, colour="red")


def test_a_number_that_is_known_is_not_counted_and_is_forgotten_with_the_next_condition(
    actor: Actor, django_assert_num_queries: Any
) -> None:
    Outlet.objects.add(actor, name="Mine", time_zone="UTC")
    rows = Outlet.objects.for_actor(actor).with_count(lambda: 7)
    with django_assert_num_queries(0):
        assert rows.count() == 7
    assert rows.filter(name="Mine").count() == 1
    assert rows.filter(name="Mine").with_count(None).count() == 1

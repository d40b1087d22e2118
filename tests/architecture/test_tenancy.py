"""
The tenant's fence stands around every table, and PostgreSQL guards what the code could forget.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from core.identity.services import actor_of
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.scoping import OrganizationModel, SameTenant, TenantModel, UnscopedQuery
from customers.models import Customer, Project
from customers.services.customers import create_customer
from tests.cast import Cast, customer_values
from tests.conftest import on_postgresql

OURS = ("core", "customers", "interactions", "appointments", "analytics")
MODELS = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]
FENCED = [model for model in MODELS if issubclass(model, TenantModel | OrganizationModel)]
PEOPLE_OF_PASSING = {"created_by", "sent_by", "done_by"}
"""Who wrote or did something may be a super admin of another organization."""


def tenants(model: type[models.Model]) -> bool:
    return (
        issubclass(model, TenantModel | OrganizationModel) or model._meta.label == "identity.User"
    )


def relations(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]


def fences(model: type[models.Model]) -> dict[str, SameTenant]:
    return {
        constraint.field: constraint
        for constraint in model._meta.constraints
        if isinstance(constraint, SameTenant)
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_whatever_points_to_an_organization_or_a_customer_is_fenced(
    model: type[models.Model],
) -> None:
    targets = {field.related_model for field in relations(model)}
    if targets & {Organization, Customer}:
        assert tenants(model)


@pytest.mark.parametrize("model", FENCED, ids=lambda model: model.__name__)
def test_a_fenced_table_is_never_read_without_saying_for_whom(model: Any) -> None:
    for read in (
        model.objects.all,
        model.objects.count,
        lambda: model.objects.filter(pk=None),
        lambda: model.objects.create(),
    ):
        with pytest.raises(UnscopedQuery):
            read()


@pytest.mark.parametrize("model", FENCED, ids=lambda model: model.__name__)
def test_every_relation_between_tenants_rows_is_fenced_in_the_database(
    model: type[models.Model],
) -> None:
    wanted = {
        field.name: not issubclass(field.related_model, TenantModel)
        for field in relations(model)
        if tenants(field.related_model) and field.name not in PEOPLE_OF_PASSING
    }
    assert {name: fence.across_environments for name, fence in fences(model).items()} == wanted


@pytest.mark.parametrize("model", FENCED, ids=lambda model: model.__name__)
def test_every_unique_key_of_a_tenants_table_begins_with_the_tenant_or_a_row_of_one(
    model: type[models.Model],
) -> None:
    secrets = {"digest"}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            first = model._meta.get_field(constraint.fields[0])
            assert first.name in {"organization", "source_id"} or tenants(first.related_model), (
                constraint.name
            )  # type: ignore[arg-type]
    assert {
        field.name
        for field in model._meta.concrete_fields
        if field.unique and not field.primary_key
    } <= secrets


def fenced_columns() -> dict[str, tuple[str, ...]]:
    """Name → columns of every composite foreign key that the database really has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conname, array_agg(a.attname::text ORDER BY k.place) FROM pg_constraint c "
            "CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(number, place) "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number "
            "WHERE c.contype = 'f' GROUP BY c.oid, c.conname HAVING count(*) > 1"
        )
        return {name: tuple(columns) for name, columns in cursor.fetchall()}


@on_postgresql
def test_postgresql_has_every_fence_that_the_models_declare(db: None) -> None:
    declared = {}
    for model in MODELS:
        for field, fence in fences(model).items():
            tenant = (
                ("organization_id",)
                if fence.across_environments
                else ("organization_id", "environment")
            )
            declared[fence.name] = (*tenant, model._meta.get_field(field).attname)  # type: ignore[union-attr]
    assert fenced_columns() == declared


def checked(work: Callable[[], object]) -> None:
    """As at the end of a transaction: deferred constraints speak."""
    with transaction.atomic():
        work()
        connection.check_constraints()


@on_postgresql
@pytest.mark.parametrize("environment", ["live", "test"])
def test_postgresql_refuses_a_row_of_one_tenant_that_points_to_another(
    environment: str, cast: Cast, actor: Actor
) -> None:
    stranger = create_customer(actor=actor_of(cast.charlie), values=customer_values(1))
    own = create_customer(actor=actor, values=customer_values(1))
    target = stranger if environment == "live" else own
    rows = Project.objects.unscoped()
    with pytest.raises(IntegrityError, match="project_customer_tenant"):
        checked(
            lambda: rows.create(
                organization=cast.acme, environment=environment, customer_id=target.pk
            )
        )


@on_postgresql
def test_postgresql_refuses_a_manager_of_another_organization(cast: Cast, actor: Actor) -> None:
    customer = create_customer(actor=actor, values=customer_values(1))
    rows = Customer.objects.unscoped().filter(pk=customer.pk)
    with pytest.raises(IntegrityError, match="customer_assigned_to_tenant"):
        checked(lambda: rows.update(assigned_to=cast.charlie))


def test_another_tenants_row_is_no_row_for_the_services(cast: Cast, actor: Actor) -> None:
    stranger = create_customer(actor=actor_of(cast.charlie), values=customer_values(1))
    assert Customer.objects.for_actor(actor).filter(pk=stranger.pk).count() == 0

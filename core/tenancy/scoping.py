"""
The tenant's fence: bases for every model whose rows belong to an organization.

A manager of theirs refuses to be queried until it is told for whom. In PostgreSQL composite foreign
keys keep the same promise below the code: a row can't refer to a row of another organization or
environment.
"""

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any, Protocol, Self, TypeVar

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.base import ModelState
from django.db.models.constraints import BaseConstraint
from django.utils.translation import gettext_lazy as _

from core.ids import new_id
from core.reading import blank
from core.tenancy.choices import Environment

M = TypeVar("M", bound=models.Model)

ANY_TENANT: Any = SimpleNamespace(
    organization=SimpleNamespace(pk=blank("organization_id")),
    environment=blank("environment", models.CharField()),
)
"""For whom `for_actor` prepares rows (`core.reading`), to be read with `scope(actor)`."""


class Tenant(Protocol):
    """Who says for which organization and environment: an Actor, which models don't know."""

    @property
    def organization(self) -> models.Model: ...

    @property
    def environment(self) -> str: ...


@cache
def _fields_of(
    model: type[models.Model],
) -> tuple[frozenset[str], frozenset[str], dict[str, Any], list[tuple[str, Any]]]:
    """
    The model's attributes, its references, and the defaults: those that are always the same, and
    those that are made anew for each row.
    """
    fields = model._meta.concrete_fields
    made = [
        (field.attname, field.default)
        for field in fields
        if field.has_default() and callable(field.default)
    ]
    named = {name for name, _ in made}
    fixed = {
        field.attname: None if field.attname in named else field.get_default() for field in fields
    }
    plain = frozenset(fixed)
    return plain, frozenset(field.name for field in fields) - plain, fixed, made


class UnscopedQuery(RuntimeError):
    """A tenant's table was about to be read without saying for whom: a defect, never an answer."""


class CountedQuerySet(models.QuerySet[M]):
    """Rows whose number may be known without counting them; whatever is made of them forgets it."""

    _known: Callable[[], int] | None = None

    def with_count(self, known: Callable[[], int] | None) -> Self:
        """The same rows, `known` (where there is such a thing) saying how many they are."""
        rows = self.all()
        rows._known = known
        return rows

    def count(self) -> int:
        return self._known() if self._known else super().count()


class OrganizationManager(models.Manager[M]):
    """Rows of one organization, whatever the environment."""

    def get_queryset(self) -> "models.QuerySet[M]":
        raise UnscopedQuery(f"{self.model.__name__}.objects needs for_actor(), add() or unscoped()")

    def scope(self, actor: Tenant) -> dict[str, Any]:
        return {"organization_id": actor.organization.pk}

    def for_actor(self, actor: Tenant) -> CountedQuerySet[M]:
        """The rows that belong to the actor's organization (and environment)."""
        return self.unscoped().filter(**self.scope(actor))

    def new(self, actor: Tenant, **values: Any) -> M:
        """
        An unsaved row of the actor's organization (and environment): what `model(…)` makes, at a
        fraction of its time, which many rows at once are made of.
        """
        row = self.model.__new__(self.model)
        plain, related, fixed, made = _fields_of(self.model)
        row.__dict__ |= fixed | self.scope(actor)
        row._state = ModelState()
        for name, default in made:
            if name not in values:
                row.__dict__[name] = default()
        if values.keys() <= plain:
            row.__dict__ |= values
            return row
        for name, value in values.items():
            if name not in plain and name not in related:
                raise TypeError(f"{self.model.__name__} has no field {name}")
            setattr(row, name, value)
        return row

    def add(self, actor: Tenant, **values: Any) -> M:
        """A saved one."""
        row = self.new(actor, **values)
        row.save(force_insert=True)
        return row

    def unscoped(self) -> CountedQuerySet[M]:
        """
        All rows of all organizations: for sign-in, the super admin's admin and work over everyone;
        never for a request's data.
        """
        return CountedQuerySet(self.model, using=self._db)


class TenantManager(OrganizationManager[M]):
    """Rows of one organization and environment."""

    def scope(self, actor: Tenant) -> dict[str, Any]:
        return {"organization_id": actor.organization.pk, "environment": actor.environment}


class OrganizationModel(models.Model):
    """A row of an organization, the same in both environments (outlets, services, tags)."""

    id = models.UUIDField(_("ID"), primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "tenancy.Organization",
        verbose_name=_("Organization"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    objects = OrganizationManager()

    class Meta:
        abstract = True


class TenantModel(models.Model):
    """A row of an organization and environment: customers and everything about them."""

    id = models.UUIDField(_("ID"), primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey(
        "tenancy.Organization",
        verbose_name=_("Organization"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    environment = models.CharField(
        _("Environment"), max_length=4, choices=Environment, default=Environment.LIVE
    )

    objects = TenantManager()

    class Meta:
        abstract = True


class SameTenant(BaseConstraint):
    """
    In PostgreSQL, a composite foreign key from (tenant columns, field) to the same columns of the
    row referred to.

    `across_environments` is for targets that both environments share. SQLite can't add one to a
    table; there the managers stand alone.
    """

    def __init__(self, *, field: str, name: str, across_environments: bool = False) -> None:
        super().__init__(name=name)
        self.field = field
        self.across_environments = across_environments

    def _sql(
        self, model: type[models.Model], schema_editor: BaseDatabaseSchemaEditor
    ) -> str | None:
        if schema_editor.connection.vendor != "postgresql":
            return None
        quote = schema_editor.quote_name
        relation = model._meta.get_field(self.field)
        target = relation.remote_field.model._meta  # type: ignore[union-attr]
        tenant = (
            ["organization_id"] if self.across_environments else ["organization_id", "environment"]
        )
        here = ", ".join(quote(name) for name in [*tenant, relation.column])  # type: ignore[union-attr, arg-type]
        there = ", ".join(quote(name) for name in [*tenant, target.pk.column])  # type: ignore[arg-type]
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({here}) REFERENCES "
            f"{quote(target.db_table)} ({there}) "
            "DEFERRABLE INITIALLY DEFERRED"
        )

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        return self._sql(model, schema_editor)

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        sql = self._sql(model, schema_editor)
        return sql and f"ALTER TABLE {schema_editor.quote_name(model._meta.db_table)} ADD {sql}"

    def remove_sql(self, model: Any, schema_editor: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return None
        quote = schema_editor.quote_name
        return f"ALTER TABLE {quote(model._meta.db_table)} DROP CONSTRAINT {quote(self.name)}"

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Nothing to ask: the services resolve references inside the actor's organization."""

    def deconstruct(self) -> tuple[str, Any, dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs.update(field=self.field, across_environments=self.across_environments)
        return path, args, kwargs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameTenant) and self.deconstruct() == other.deconstruct()

    __hash__ = BaseConstraint.__hash__

from django.db import migrations, models
from django.db.models import Q

import core.tenancy.scoping
from core.migrating import AddConstraintBesideWriters, AddIndexBesideWriters

BEFORE = Q(deleted_at__isnull=True) & ~Q(external_id="")
AFTER = (Q(deleted_at__isnull=True) | Q(merged_into__isnull=False)) & ~Q(external_id="")


def unique(condition):
    return models.UniqueConstraint(
        fields=("organization", "environment", "external_id"),
        name="customer_external_id_unique",
        condition=condition,
        violation_error_code="external_id",
    )


def exchange(before, after, sql):
    """At no moment is there neither; nobody who writes is held up."""

    def run(apps, schema_editor):
        model = apps.get_model("customers", "customer")
        if schema_editor.connection.vendor != "postgresql":
            schema_editor.remove_constraint(model, unique(before))
            schema_editor.add_constraint(model, unique(after))
            return
        for statement in (
            "DROP INDEX CONCURRENTLY IF EXISTS customer_external_id_next",
            "CREATE UNIQUE INDEX CONCURRENTLY customer_external_id_next ON customers_customer "
            f"(organization_id, environment, external_id) WHERE {sql} AND external_id <> ''",
            "DROP INDEX CONCURRENTLY customer_external_id_unique",
            "ALTER INDEX customer_external_id_next RENAME TO customer_external_id_unique",
        ):
            schema_editor.execute(statement, params=None)

    return run


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0025_merges")]

    operations = [
        AddIndexBesideWriters(
            model_name="customer",
            index=models.Index(
                fields=["merged_into"],
                name="customer_of_merged_into",
                condition=Q(merged_into__isnull=False),
            ),
        ),
        AddConstraintBesideWriters(
            model_name="customer",
            constraint=core.tenancy.scoping.SameTenant(
                field="merged_into", name="customer_merged_into_tenant"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("customer", "customer_external_id_unique"),
                migrations.AddConstraint("customer", unique(AFTER)),
            ],
            database_operations=[
                migrations.RunPython(
                    exchange(BEFORE, AFTER, "(deleted_at IS NULL OR merged_into_id IS NOT NULL)"),
                    exchange(AFTER, BEFORE, "deleted_at IS NULL"),
                )
            ],
        ),
    ]

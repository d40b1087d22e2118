import django.db.models.deletion
from django.db import migrations, models

import core.tenancy.scoping
from core.migrating import AddConstraintBesideWriters, AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0031_birthdays")]

    operations = [
        AddConstraintBesideWriters(
            model_name="project",
            constraint=models.UniqueConstraint(
                fields=("organization", "environment", "id"), name="project_tenant"
            ),
        ),
        migrations.AddField(
            model_name="transaction",
            name="project",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="customers.project",
                verbose_name="Project",
            ),
        ),
        AddIndexBesideWriters(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("project__isnull", False)),
                fields=["project"],
                name="transaction_of_project",
            ),
        ),
        AddConstraintBesideWriters(
            model_name="transaction",
            constraint=core.tenancy.scoping.SameTenant(
                field="project", name="transaction_project_tenant"
            ),
        ),
    ]

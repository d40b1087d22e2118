from django.db import migrations, models

from core.migrating import AddIndexBesideWriters, RemoveIndexBesideWriters

BY_TIME = ["organization", "environment", "created_at", "id"]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0032_payments_of_projects")]

    operations = [
        AddIndexBesideWriters(
            model_name="project",
            index=models.Index(
                fields=[*BY_TIME, "project_type", "status", "total_amount"],
                name="project_by_time",
            ),
        ),
        AddIndexBesideWriters(
            model_name="transaction",
            index=models.Index(
                fields=[*BY_TIME, "status", "currency_code", "gross_amount"],
                name="transaction_by_time",
            ),
        ),
        RemoveIndexBesideWriters(model_name="project", name="project_by_created"),
        RemoveIndexBesideWriters(model_name="transaction", name="transaction_by_created"),
    ]

from django.db import migrations, models

from core.migrating import AddIndexBesideWriters, RemoveIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0037_known_currencies")]

    operations = [
        AddIndexBesideWriters(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=[
                    *("organization", "environment", "status", "created_at", "id"),
                    "lifetime_value",
                ],
                name="customer_newest_by_status",
            ),
        ),
        RemoveIndexBesideWriters(model_name="customer", name="customer_newest_of_status"),
    ]

from django.db import migrations, models

from core.migrating import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("customers", "0021_count_everyone"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="customer",
            index=models.Index(condition=models.Q(("deleted_at__isnull", True)), fields=["organization", "environment", "customer_since", "source"], name="customer_by_since"),
        ),
    ]

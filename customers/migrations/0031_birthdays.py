from django.db import migrations, models

import core.fields
from core.migrating import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0030_compare_everyone"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="customer",
            index=core.fields.ByDayOfYear(
                condition=models.Q(("deleted_at__isnull", True), ("date_of_birth__isnull", False)),
                fields=["organization", "environment", "date_of_birth", "id"],
                name="customer_by_birthday",
            ),
        ),
    ]

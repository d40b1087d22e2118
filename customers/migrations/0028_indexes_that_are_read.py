from django.db import migrations, models

from core.migrating import AddIndexBesideWriters, RemoveIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0027_count_tags_by_tenant"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True), ("is_at_risk", True)),
                fields=["organization", "environment", "created_at", "id"],
                name="customer_newest_at_risk",
            ),
        ),
        *(
            RemoveIndexBesideWriters(model_name="customer", name=name)
            for name in ("customer_by_risk", "customer_by_company")
        ),
    ]

from django.db import migrations, models

from core.migrating import AddIndexBesideWriters, RemoveIndexBesideWriters

LIVING = models.Q(("deleted_at__isnull", True))
NEWEST = {
    "customer_newest_of_status": ("status", LIVING),
    "customer_newest_of_segment": ("segment", LIVING),
    "customer_newest_of_engagement": ("engagement", LIVING),
    "customer_newest_of_owner": (
        "assigned_to",
        models.Q(("deleted_at__isnull", True), ("assigned_to__isnull", False)),
    ),
}


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0022_since_index"),
    ]

    operations = [
        *(
            AddIndexBesideWriters(
                model_name="customer",
                index=models.Index(
                    condition=condition,
                    fields=["organization", "environment", column, "created_at", "id"],
                    name=name,
                ),
            )
            for name, (column, condition) in NEWEST.items()
        ),
        AddIndexBesideWriters(
            model_name="customer",
            index=models.Index(
                condition=LIVING,
                fields=[
                    "organization",
                    "environment",
                    "is_business",
                    "is_blocked",
                    "is_referral_partner",
                ],
                name="customer_by_kind",
            ),
        ),
        RemoveIndexBesideWriters(model_name="customer", name="customer_by_status"),
        RemoveIndexBesideWriters(model_name="customer", name="customer_by_traits"),
    ]

"""Indexes from which the customers' list counts by traits, and finds the deleted."""

from django.db import migrations, models
from django.db.models import Q

from core.migrating import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0003_figures_indexes")]

    operations = [
        AddIndexBesideWriters(
            model_name="customer",
            index=models.Index(
                fields=["organization", "environment", "engagement", "is_blocked", "is_business", "is_referral_partner", "id"],
                name="customer_by_traits",
                condition=Q(deleted_at__isnull=True),
            ),
        ),
        AddIndexBesideWriters(
            model_name="customer",
            index=models.Index(
                fields=["organization", "environment", "deleted_at", "id"],
                name="customer_deleted",
                condition=Q(deleted_at__isnull=False),
            ),
        ),
    ]

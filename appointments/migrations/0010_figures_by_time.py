from django.db import migrations, models

from core.migrating import AddIndexBesideWriters, RemoveIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("appointments", "0009_feeds")]

    operations = [
        AddIndexBesideWriters(
            model_name="appointment",
            index=models.Index(
                fields=[
                    "organization",
                    "environment",
                    "start_at",
                    "id",
                    "status",
                    "outlet",
                    "price",
                ],
                name="appointment_by_time",
            ),
        ),
        RemoveIndexBesideWriters(model_name="appointment", name="appointment_by_start"),
    ]

from django.db import migrations, models

from core.migrating import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("audit", "0003_concealing")]

    operations = [
        migrations.AddField(
            model_name="auditentry",
            name="change_set_id",
            field=models.UUIDField(
                help_text="what was changed together bears the same",
                null=True,
                verbose_name="Change set",
            ),
        ),
        AddIndexBesideWriters(
            model_name="auditentry",
            index=models.Index(
                condition=models.Q(change_set_id__isnull=False),
                fields=["change_set_id", "-id"],
                name="audit_by_change_set",
            ),
        ),
    ]

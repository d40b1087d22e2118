from django.db import migrations, models

from core.migrating import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("customers", "0014_consent_wordings")]

    operations = [
        AddIndexBesideWriters(
            model_name='consent',
            index=models.Index(condition=models.Q(('shown__isnull', False)), fields=['shown'], name='consent_by_shown'),
        ),
        AddIndexBesideWriters(
            model_name='consent',
            index=models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='consent_by_end'),
        ),
    ]

from django.db import migrations, models

from core.migrating import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('appointments', '0002_staff_overlap'),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name='appointment',
            index=models.Index(fields=['organization', 'environment', 'customer', 'status', 'start_at', 'price'], name='appointment_figures'),
        ),
    ]

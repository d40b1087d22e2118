from django.db import migrations, models

from core.migrating import AddIndexBesideWriters


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('interactions', '0001_initial'),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name='conversation',
            index=models.Index(fields=['organization', 'environment', 'customer', 'status', 'is_ticket'], name='conversation_figures'),
        ),
        AddIndexBesideWriters(
            model_name='interaction',
            index=models.Index(fields=['organization', 'environment', 'customer', 'occurred_at'], name='interaction_figures'),
        ),
        AddIndexBesideWriters(
            model_name='message',
            index=models.Index(fields=['organization', 'environment', 'customer', 'sent_at', 'response_seconds'], name='message_figures'),
        ),
    ]

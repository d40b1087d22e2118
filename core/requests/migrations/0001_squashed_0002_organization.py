import django.db.models.deletion
from django.db import migrations, models

import core.ids


class Migration(migrations.Migration):

    replaces = [('requests', '0001_initial'), ('requests', '0002_organization')]

    initial = True

    dependencies = [
        ('tenancy', '0001_squashed_0009_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdempotencyRecord',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('holder', models.CharField(help_text='the credential: kind and id', max_length=64)),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(help_text='SHA-256 of method, path and body', max_length=64)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('body', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'holder', 'key'), name='idempotency_key_unique')],
            },
        ),
    ]

import django.db.models.deletion
from django.db import migrations, models

import core.clock
import core.encryption
import core.ids
import core.tenancy.scoping


class Migration(migrations.Migration):

    replaces = [('webhooks', '0001_initial'), ('webhooks', '0002_deliveries')]

    initial = True

    dependencies = [
        ('tenancy', '0001_squashed_0009_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('url', models.URLField(max_length=2000, verbose_name='Address')),
                ('description', models.CharField(blank=True, max_length=150, verbose_name='Description')),
                ('event_types', models.JSONField(blank=True, default=list, verbose_name='Events')),
                ('payload', models.CharField(choices=[('thin', 'Ids and the names of what changed'), ('full', 'The whole record as the native API shows it')], default='thin', max_length=4, verbose_name='What is sent')),
                ('signing', models.CharField(choices=[('v1', 'A shared secret (HMAC-SHA-256)'), ('v1a', 'A key pair (Ed25519): the receiver holds no secret')], default='v1', max_length=3, verbose_name='Signature')),
                ('state', models.CharField(choices=[('active', 'Active'), ('switched_off', 'Switched off'), ('gone', 'Gone: it answered 410'), ('failing', 'Switched off after failing for days')], default='active', max_length=12, verbose_name='State')),
                ('secret', core.encryption.EncryptedTextField(editable=False, verbose_name='Secret')),
                ('public_key', models.CharField(blank=True, editable=False, max_length=60, verbose_name='Public key')),
                ('previous_secret', core.encryption.EncryptedTextField(blank=True, editable=False, verbose_name='Previous secret')),
                ('previous_secret_until', models.DateTimeField(editable=False, null=True, verbose_name='Previous secret signs until')),
                ('failing_since', models.DateTimeField(editable=False, null=True, verbose_name='Failing since')),
                ('resume_at', models.DateTimeField(editable=False, null=True)),
                ('sending_until', models.DateTimeField(editable=False, null=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Added')),
                ('updated_at', models.DateTimeField(default=core.clock.now, editable=False, verbose_name='Changed')),
            ],
            options={
                'verbose_name': 'webhook',
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.UniqueConstraint(fields=('organization', 'environment', 'id'), name='webhook_endpoint_tenant'),
        ),
        migrations.CreateModel(
            name='WebhookSequence',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='webhooks.webhookendpoint')),
                ('customer_id', models.UUIDField()),
                ('last', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'customer_id'), name='webhook_sequence_unique'), core.tenancy.scoping.SameTenant(across_environments=False, field='endpoint', name='webhook_sequence_endpoint_tenant')],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='webhooks.webhookendpoint', verbose_name='Webhook')),
                ('event_id', models.UUIDField(verbose_name='Event ID')),
                ('type', models.CharField(max_length=60, verbose_name='Event')),
                ('customer_id', models.UUIDField(null=True, verbose_name='Customer ID')),
                ('body', models.TextField(verbose_name='Body')),
                ('state', models.CharField(choices=[('pending', 'Waiting'), ('delivered', 'Delivered'), ('failed', 'Failed')], default='pending', max_length=10, verbose_name='State')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='Attempts')),
                ('next_attempt_at', models.DateTimeField(default=core.clock.now, null=True, verbose_name='Next attempt')),
                ('created_at', models.DateTimeField(default=core.clock.now, verbose_name='Added')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='Finished')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['endpoint', '-id'], name='webhook_delivery_by_endpoint'), models.Index(condition=models.Q(('state', 'pending')), fields=['next_attempt_at', 'endpoint'], name='webhook_delivery_due'), models.Index(condition=models.Q(('customer_id__isnull', False)), fields=['customer_id'], name='webhook_delivery_by_customer')],
                'constraints': [models.UniqueConstraint(fields=('endpoint', 'event_id'), name='webhook_delivery_unique'), core.tenancy.scoping.SameTenant(across_environments=False, field='endpoint', name='webhook_delivery_endpoint_tenant')],
            },
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(fields=('organization', 'environment', 'id'), name='webhook_delivery_tenant'),
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='webhooks.webhookdelivery')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
                ('status', models.PositiveSmallIntegerField(null=True, verbose_name='Status')),
                ('answer', models.CharField(blank=True, max_length=1000, verbose_name='Answer')),
                ('error', models.CharField(blank=True, max_length=200, verbose_name='Error')),
                ('milliseconds', models.PositiveIntegerField(default=0, verbose_name='Time taken')),
            ],
            options={
                'verbose_name': 'attempt',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['delivery', 'id'], name='webhook_attempt_by_delivery')],
                'constraints': [core.tenancy.scoping.SameTenant(across_environments=False, field='delivery', name='webhook_attempt_delivery_tenant')],
            },
        ),
    ]

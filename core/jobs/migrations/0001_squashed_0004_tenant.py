import django.db.models.deletion
from django.db import migrations, models

import core.clock
import core.ids


class Migration(migrations.Migration):

    replaces = [('jobs', '0001_initial'), ('jobs', '0002_one_running'), ('jobs', '0003_job_task'), ('jobs', '0004_tenant')]

    initial = True

    dependencies = [
        ('tenancy', '0001_squashed_0009_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('kind', models.CharField(max_length=30, verbose_name='Kind')),
                ('task', models.CharField(db_default='', help_text='the Celery task that does it', max_length=100, verbose_name='Task')),
                ('permission', models.CharField(max_length=50, verbose_name='Permission')),
                ('single', models.BooleanField(default=False, help_text='no second one of its task may wait', verbose_name='Single')),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('succeeded', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='queued', max_length=10, verbose_name='State')),
                ('parameters', models.JSONField(default=dict, verbose_name='Parameters')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='Done so far')),
                ('total', models.PositiveIntegerField(help_text='null until it is known', null=True, verbose_name='Of')),
                ('result', models.JSONField(default=dict, verbose_name='Result')),
                ('error', models.TextField(blank=True, verbose_name='Error')),
                ('asked_by_kind', models.CharField(max_length=10, verbose_name='Asked by (kind)')),
                ('asked_by_id', models.UUIDField(null=True, verbose_name='Asked by (ID)')),
                ('asked_by', models.CharField(max_length=254, verbose_name='Asked by')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='Attempts')),
                ('lease_until', models.DateTimeField(null=True, verbose_name='Leased until')),
                ('cancel_asked', models.BooleanField(default=False, verbose_name='Cancelling')),
                ('created_at', models.DateTimeField(default=core.clock.now, verbose_name='Asked')),
                ('started_at', models.DateTimeField(null=True, verbose_name='Started')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='Finished')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['organization', 'environment', '-id'], name='job_by_time'), models.Index(condition=models.Q(('state__in', ('queued', 'running'))), fields=['state', 'lease_until'], name='job_active')],
                'constraints': [models.UniqueConstraint(fields=('organization', 'environment', 'id'), name='job_tenant'), models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('organization', 'environment', 'kind'), name='job_one_running'), models.UniqueConstraint(condition=models.Q(('single', True), ('state', 'queued')), fields=('organization', 'environment', 'task', 'single'), name='job_one_waiting', violation_error_code='kind'), models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'running', 'succeeded', 'failed', 'cancelled'])), name='job_state_known')],
            },
        ),
        migrations.CreateModel(
            name='PeriodicRun',
            fields=[
                ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
            ],
        ),
    ]

import django.db.models.deletion
from django.db import migrations, models

import core.clock
import core.ids
from core.migrating import RunPostgreSQL

CONCEAL = """
CREATE OR REPLACE FUNCTION conceal_entries(of_organization uuid, of_environment text, of_customer uuid)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH concealed AS (
        UPDATE audit_auditentry SET
            changes = CASE jsonb_typeof(changes) WHEN 'object' THEN (
                SELECT coalesce(jsonb_object_agg(name, NULL), '{}') FROM jsonb_object_keys(changes) name
            ) ELSE '{}' END,
            actor_label = CASE WHEN actor_id = of_customer THEN 'erased customer' ELSE actor_label END,
            address = CASE WHEN actor_id = of_customer THEN '' ELSE address END
        WHERE organization_id = of_organization AND environment = of_environment
            AND (actor_id = of_customer OR customer_id = of_customer AND changes <> '{}')
        RETURNING id
    ), unsalted AS (
        UPDATE audit_sealedentry SET salt = '' FROM concealed
        WHERE audit_sealedentry.id = concealed.id AND salt <> ''
        RETURNING 1
    )
    SELECT count(*) FROM unsalted
$$;
REVOKE ALL ON FUNCTION conceal_entries(uuid, text, uuid) FROM PUBLIC;
"""


class Migration(migrations.Migration):

    replaces = [('audit', '0001_initial'), ('audit', '0002_chain'), ('audit', '0003_concealing'), ('audit', '0004_change_sets')]

    initial = True

    dependencies = [
        ('tenancy', '0001_squashed_0009_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
                ('actor_kind', models.CharField(max_length=10, verbose_name='Kind of actor')),
                ('actor_id', models.UUIDField(null=True, verbose_name='Actor ID')),
                ('actor_label', models.CharField(max_length=254, verbose_name='Who')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='Address')),
                ('request_id', models.CharField(blank=True, max_length=64, verbose_name='Request ID')),
                ('via', models.CharField(blank=True, help_text='the door: an API, the pages, the admin, an import, a task', max_length=20, verbose_name='Door')),
                ('action', models.CharField(max_length=60, verbose_name='What')),
                ('subject_type', models.CharField(max_length=40, verbose_name='Kind of record')),
                ('subject_id', models.UUIDField(null=True, verbose_name='Record ID')),
                ('customer_id', models.UUIDField(null=True, verbose_name='Customer ID')),
                ('changes', models.JSONField(default=dict, help_text='field → [before, after]', verbose_name='Changes')),
                ('change_set_id', models.UUIDField(help_text='what was changed together bears the same', null=True, verbose_name='Change set')),
                ('mark', models.CharField(blank=True, help_text='shows that the product wrote it', max_length=32, verbose_name='Mark')),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['organization', 'environment', '-id'], name='audit_by_time'), models.Index(condition=models.Q(('customer_id__isnull', False)), fields=['customer_id', '-id'], name='audit_by_customer'), models.Index(fields=['organization', 'actor_id', '-id'], name='audit_by_actor'), models.Index(condition=models.Q(('change_set_id__isnull', False)), fields=['change_set_id', '-id'], name='audit_by_change_set')],
            },
        ),
        migrations.CreateModel(
            name='AuditChain',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('number', models.PositiveIntegerField(default=0, verbose_name='Seals')),
                ('digest', models.CharField(blank=True, max_length=64, verbose_name='Head')),
                ('last_id', models.UUIDField(null=True, verbose_name='Last entry')),
                ('takes_unmarked', models.BooleanField(default=True, help_text='entries from before marks were written are still to be sealed')),
                ('verified_at', models.DateTimeField(null=True, verbose_name='Verified')),
                ('verified_until', models.DateTimeField(null=True, verbose_name='Verified until')),
                ('fault', models.TextField(blank=True, verbose_name='What is wrong')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'environment'), name='audit_chain_unique')],
            },
        ),
        migrations.CreateModel(
            name='AuditSeal',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('number', models.PositiveIntegerField(verbose_name='Number')),
                ('count', models.PositiveIntegerField(verbose_name='Entries')),
                ('first_id', models.UUIDField(verbose_name='First entry')),
                ('last_id', models.UUIDField(verbose_name='Last entry')),
                ('previous', models.CharField(blank=True, max_length=64, verbose_name='Seal before')),
                ('digest', models.CharField(max_length=64, verbose_name='Seal')),
                ('sealed_at', models.DateTimeField(default=core.clock.now, verbose_name='Sealed')),
            ],
            options={
                'ordering': ['-number'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'environment', 'number'), name='audit_seal_number')],
            },
        ),
        migrations.CreateModel(
            name='SealedEntry',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('number', models.PositiveIntegerField(verbose_name='Seal')),
                ('salt', models.CharField(blank=True, max_length=32)),
                ('commitment', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64, verbose_name='Digest')),
            ],
            options={
                'verbose_name_plural': 'sealed entries',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['organization', 'environment', 'number', 'id'], name='audit_sealed_by_seal')],
            },
        ),
        migrations.CreateModel(
            name='OutboxEvent',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('type', models.CharField(max_length=60)),
                ('subject_id', models.UUIDField()),
                ('customer_id', models.UUIDField(null=True)),
                ('data', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('dispatched_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('dispatched_at__isnull', True)), fields=['id'], name='outbox_pending')],
            },
        ),
        RunPostgreSQL(CONCEAL, 'DROP FUNCTION conceal_entries(uuid, text, uuid)'),
    ]

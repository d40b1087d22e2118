from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

import core.clock
import core.encryption
import core.ids
import core.tenancy.scoping

counts = import_module("customers.migrations.0020_counts")

# who was merged into somebody isn't counted among the deleted, whom somebody could restore
OF_CUSTOMERS = (
    counts.OF_CUSTOMERS.replace(
        "deleted_at IS NULL AS is_living,",
        "deleted_at IS NULL AS is_living, deleted_at IS NOT NULL AND merged_into_id IS NULL AS is_deleted,",
    )
    .replace(
        "organization_id, environment, deleted_at IS NULL, status,",
        "organization_id, environment, deleted_at IS NULL, deleted_at IS NOT NULL AND merged_into_id IS NULL, status,",
    )
    .replace("('deleted', '', NOT is_living, 0, 0)", "('deleted', '', is_deleted, 0, 0)")
)

# for merging: rows of what is only ever added to go from one customer to the other, and back
MOVE = """
CREATE OR REPLACE FUNCTION move_rows(
    of_table text, of_organization uuid, of_environment text, from_customer uuid, to_customer uuid, of_rows uuid[]
)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moved bigint;
BEGIN
    PERFORM 1 FROM customers_customer a JOIN customers_customer b
        ON a.merged_into_id = b.id AND a.organization_id = b.organization_id AND a.environment = b.environment
    WHERE a.organization_id = of_organization AND a.environment = of_environment
        AND (a.id, b.id) IN ((from_customer, to_customer), (to_customer, from_customer));
    IF NOT FOUND THEN
        RAISE EXCEPTION 'neither of these customers is merged into the other';
    END IF;
    CASE of_table
    WHEN 'customers_consent' THEN
        UPDATE customers_consent SET customer_id = to_customer WHERE organization_id = of_organization
            AND environment = of_environment AND customer_id = from_customer AND id = ANY(of_rows);
    WHEN 'customers_loyaltyentry' THEN
        UPDATE customers_loyaltyentry SET customer_id = to_customer WHERE organization_id = of_organization
            AND environment = of_environment AND customer_id = from_customer AND id = ANY(of_rows);
    END CASE;
    GET DIAGNOSTICS moved = ROW_COUNT;
    RETURN moved;
END $$;
REVOKE ALL ON FUNCTION move_rows(text, uuid, text, uuid, uuid, uuid[]) FROM PUBLIC;
"""


def count_by(groups):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor != "postgresql":
            return
        branches = ""
        for act, (rows, _) in counts.ACTS.items():
            branches += f"IF TG_OP = '{act}' THEN {counts.ADD}{groups.format(rows=rows)};"
            if act == "UPDATE":
                branches += f"{counts.ADD}{counts.OF_TURNED.format(rows=rows)};"
            branches += "END IF;\n"
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION count_customers() RETURNS trigger LANGUAGE plpgsql AS "
            f"$body$ BEGIN {branches} RETURN NULL; END $body$",
            params=None,
        )

    return run


def run(sql):
    def forwards(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return forwards


class Migration(migrations.Migration):
    """Merges; what finds a merged customer stands in the next."""

    atomic = False

    dependencies = [
        ('customers', '0024_references_of_few'),
        ('tenancy', '0008_second_factor_and_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name='ID')),
                ('environment', models.CharField(choices=[('live', 'Live'), ('test', 'Test')], default='live', max_length=4, verbose_name='Environment')),
                ('at', models.DateTimeField(default=core.clock.now, verbose_name='When')),
                ('merged_by', models.CharField(max_length=254, verbose_name='Merged by')),
                ('change_set_id', models.UUIDField(verbose_name='Change')),
                ('fields', models.JSONField(default=dict, help_text='column → whose value was chosen', verbose_name='Chosen fields')),
                ('moved', models.JSONField(default=dict, verbose_name='Records that moved')),
                ('values', core.encryption.EncryptedObjectField(blank=True, db_default='', default=dict, editable=False, verbose_name='Values before and after')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='Undone')),
                ('undone_by', models.CharField(blank=True, max_length=254, verbose_name='Undone by')),
            ],
        ),
        migrations.AddField(
            model_name='customer',
            name='merged_into',
            field=models.ForeignKey(blank=True, db_index=False, editable=False, help_text='by whose name this customer is known since; deleted, too, and kept to be undone', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer', verbose_name='Merged into'),
        ),
        migrations.AlterField(
            model_name='identity',
            name='source',
            field=models.CharField(choices=[('record', 'Customer record'), ('message', 'Message'), ('file', 'File'), ('merge', 'Merged customer')], default='record', max_length=10, verbose_name='Source'),
        ),
        migrations.AddField(
            model_name='merge',
            name='customer',
            field=models.ForeignKey(db_index=False, help_text='who was kept', on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Customer'),
        ),
        migrations.AddField(
            model_name='merge',
            name='loser',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer', verbose_name='Merged customer'),
        ),
        migrations.AddField(
            model_name='merge',
            name='organization',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization', verbose_name='Organization'),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(fields=['customer', '-id'], name='merge_by_customer'),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(fields=['loser', '-id'], name='merge_by_loser'),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(fields=['organization', 'environment', '-id'], name='merge_by_time'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at__isnull', True)), fields=('loser',), name='merge_loser_unique', violation_error_code='loser'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=core.tenancy.scoping.SameTenant(across_environments=False, field='customer', name='merge_customer_tenant'),
        ),
        migrations.AddConstraint(
            model_name='merge',
            constraint=core.tenancy.scoping.SameTenant(across_environments=False, field='loser', name='merge_loser_tenant'),
        ),
        migrations.RunPython(
            run(MOVE), run('DROP FUNCTION move_rows(text, uuid, text, uuid, uuid, uuid[])')
        ),
        migrations.RunPython(count_by(OF_CUSTOMERS), count_by(counts.OF_CUSTOMERS)),
    ]

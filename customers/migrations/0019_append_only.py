import django.db.models.deletion
from django.db import migrations, models

ERASE = """
CREATE OR REPLACE FUNCTION erase_rows(of_table text, of_organization uuid, of_environment text, of_customer uuid)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE erased bigint;
BEGIN
    CASE of_table
    WHEN 'customers_consent' THEN
        DELETE FROM customers_consent WHERE organization_id = of_organization
            AND environment = of_environment AND customer_id = of_customer;
    WHEN 'customers_loyaltyentry' THEN
        DELETE FROM customers_loyaltyentry WHERE organization_id = of_organization
            AND environment = of_environment AND customer_id = of_customer;
    END CASE;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;
REVOKE ALL ON FUNCTION erase_rows(text, uuid, text, uuid) FROM PUBLIC;
"""


def run(sql):
    def forwards(apps, schema_editor):
        if schema_editor.connection.vendor == 'postgresql':
            schema_editor.execute(sql, params=None)

    return forwards


class Migration(migrations.Migration):
    """What erasure takes out of ledgers, by the owner: the application's role can only add to them."""

    dependencies = [('customers', '0018_sensitive_fields')]

    operations = [
        migrations.RunPython(run(ERASE), run('DROP FUNCTION erase_rows(text, uuid, text, uuid)')),
        migrations.AlterField(
            model_name='consent',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer', verbose_name='Customer'),
        ),
        migrations.AlterField(
            model_name='loyaltyentry',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer', verbose_name='Customer'),
        ),
    ]

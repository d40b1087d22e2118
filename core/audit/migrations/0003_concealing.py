from django.db import migrations

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


def run(sql):
    def forwards(apps, schema_editor):
        if schema_editor.connection.vendor == 'postgresql':
            schema_editor.execute(sql, params=None)

    return forwards


class Migration(migrations.Migration):
    """What erasure does to entries, by the owner: the application's role can't change them."""

    dependencies = [('audit', '0002_chain')]

    operations = [
        migrations.RunPython(run(CONCEAL), run('DROP FUNCTION conceal_entries(uuid, text, uuid)')),
    ]

from importlib import import_module

from django.db import migrations

counts = import_module("customers.migrations.0020_counts")

# Of an index that knows the tenant first, PostgreSQL would read all of it for an id alone, and may choose
# it while the table has just begun to fill: the first file of a new organization took the square of its rows.
BY_ID = "c.id = r.customer_id"
BY_TENANT = (
    "(c.organization_id, c.environment, c.id) = (r.organization_id, r.environment, r.customer_id)"
)


def define(links):
    branches = "".join(
        f"IF TG_OP = '{act}' THEN {counts.ADD}{links.format(rows=rows)}; END IF;\n"
        for act, (rows, _) in counts.ACTS.items()
    )
    return (
        "CREATE OR REPLACE FUNCTION count_customer_tags() RETURNS trigger LANGUAGE plpgsql AS "
        f"$body$ BEGIN {branches} RETURN NULL; END $body$"
    )


def look_up_by_tenant(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        links = counts.OF_LINKS.replace(BY_ID, BY_TENANT)
        schema_editor.execute(define(links), params=None)


def look_up_by_id(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(define(counts.OF_LINKS), params=None)


class Migration(migrations.Migration):
    dependencies = [("customers", "0026_merged_ids")]

    operations = [migrations.RunPython(look_up_by_tenant, look_up_by_id)]

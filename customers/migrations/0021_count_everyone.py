from importlib import import_module

from django.db import migrations

counts = import_module("customers.migrations.0020_counts")


def count_everyone(apps, schema_editor):
    """
    In a transaction of its own: whoever writes since the triggers are there adds their own difference
    to what is counted at this moment, so that nobody has to wait.
    """
    if schema_editor.connection.vendor == "postgresql":
        for groups, table in (
            (counts.OF_CUSTOMERS, "customers_customer"),
            (counts.OF_LINKS, "customers_customertag"),
        ):
            rows = groups.format(rows=f"SELECT 1 AS n, * FROM {table}")
            schema_editor.execute(f"{counts.ADD}{rows}", params=None)


class Migration(migrations.Migration):
    dependencies = [("customers", "0020_counts")]

    operations = [migrations.RunPython(count_everyone, migrations.RunPython.noop)]

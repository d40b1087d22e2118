from importlib import import_module

from django.db import migrations

counts = import_module("customers.migrations.0020_counts")


def count_everyone(apps, schema_editor):
    """
    In a transaction of its own: nobody has to wait. Who wrote since the triggers are there has added
    their own difference; what is seen of these goes, for its rows are seen as well, and whoever
    writes from that moment on adds to what is counted.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        schema_editor.execute("DELETE FROM customers_customercount")
        for groups, table in (
            (counts.OF_CUSTOMERS, "customers_customer"),
            (counts.OF_LINKS, "customers_customertag"),
        ):
            rows = groups.format(rows=f"SELECT 1 AS n, * FROM {table}")
            schema_editor.execute(f"{counts.ADD}{rows}", params=None)


class Migration(migrations.Migration):
    dependencies = [("customers", "0020_counts")]

    operations = [migrations.RunPython(count_everyone, migrations.RunPython.noop)]

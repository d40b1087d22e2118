"""
Cities are compared and ordered without case and accents. Rows are written in batches of their own,
so that writers wait for a moment at most; what was done stays done when it is begun again.
"""

from django.db import connection, migrations, models, transaction

import core.fields
from core.migrating import AddIndexBesideWriters, RemoveIndexBesideWriters
from core.text import fold

BATCH = 2_000


def write_keys(apps, schema_editor):
    customers = apps.get_model("customers", "Customer")._base_manager.order_by("pk")
    customers = customers.filter(city_key="").exclude(city="")
    rest = customers
    while True:
        with transaction.atomic():
            batch = list(rest.select_for_update(no_key=True).values_list("pk", "city")[:BATCH])
            _write([(key, folded) for key, city in batch if (folded := fold(city)[:150])])
        if not batch:
            return
        rest = customers.filter(pk__gt=batch[-1][0])


def _write(keys):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE customers_customer c SET city_key = new.city "
                "FROM unnest(%s::uuid[], %s::text[]) AS new(id, city) WHERE c.id = new.id",
                [[key for key, _ in keys], [city for _, city in keys]],
            )
        else:
            cursor.executemany(
                "UPDATE customers_customer SET city_key = %s WHERE id = %s",
                [(city, key.hex) for key, city in keys],
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0034_undo_details")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="city_key",
            field=core.fields.KeyField(
                blank=True, db_default="", default="", editable=False, max_length=150
            ),
        ),
        migrations.RunPython(write_keys, migrations.RunPython.noop, elidable=True),
        AddIndexBesideWriters(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["organization", "environment", "city_key", "id"],
                name="customer_by_city_key",
            ),
        ),
        RemoveIndexBesideWriters(model_name="customer", name="customer_by_city"),
    ]

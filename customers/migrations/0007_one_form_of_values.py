"""
E-mails are compared in the form that DNS knows, whatever letters they are written in; custom fields
are objects. A row whose e-mail would now be another living customer's is left as it is.
"""

import json

from django.db import IntegrityError, migrations, transaction

from core.characters import drop_invisible, normalize_line
from core.text import email_key, fold

NOT_ASCII = r"[^\x01-\x7F]"
NO_OBJECTS = {
    "postgresql": "jsonb_typeof(custom_fields) <> 'object'",
    "sqlite": "json_type(custom_fields) <> 'object'",
}


def compare_emails_anew(apps, schema_editor):
    customers = apps.get_model("customers", "Customer").objects.using(schema_editor.connection.alias)
    for row in customers.filter(email__regex=NOT_ASCII).iterator():
        email = normalize_line(drop_invisible(row.email))
        values = {
            "email": email,
            "email_key": email_key(email),
            "search_text": row.search_text.replace(fold(row.email), fold(email)),
        }
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                customers.filter(pk=row.pk).update(**values)
        except IntegrityError:
            pass


def make_objects(apps, schema_editor):
    """What a list held stays, under one name."""
    table = apps.get_model("customers", "Customer")._meta.db_table
    where = NO_OBJECTS[schema_editor.connection.vendor]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT id, custom_fields FROM {table} WHERE {where}")
        for key, raw in cursor.fetchall():
            value = json.loads(raw) if isinstance(raw, str) else raw
            mended = json.dumps({"values": value} if value else {})
            cursor.execute(f"UPDATE {table} SET custom_fields = %s WHERE id = %s", [mended, key])


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_phone_extension")]

    operations = [
        migrations.RunPython(compare_emails_anew, migrations.RunPython.noop),
        migrations.RunPython(make_objects, migrations.RunPython.noop),
    ]

"""
The text that customers are searched by knows where words begin. Rows are written in batches of
their own, so that writers wait for a moment at most; what was done stays done when it is begun
again.
"""

from django.db import connection, migrations, models, transaction

from core.phones import split_phone
from customers.search import search_text

BATCH = 2_000
NAMES = ("first_name", "last_name", "company_name")
ADDRESSES = ("email", "email_key", "phone", "whatsapp_number")


def rewrite(apps, schema_editor):
    customers = apps.get_model("customers", "Customer")._base_manager.order_by("pk")
    after = None
    while True:
        rows = customers.filter(pk__gt=after) if after else customers
        with transaction.atomic():
            batch = list(
                rows.select_for_update(no_key=True).values_list(
                    "pk", "search_text", "alternative_phones", *NAMES, *ADDRESSES
                )[:BATCH]
            )
            _write(
                [
                    (key, text)
                    for key, before, numbers, *rest in batch
                    if (text := _text(rest, numbers)) != before
                ]
            )
        if not batch:
            return
        after = batch[-1][0]


def _text(columns, numbers):
    return search_text(columns[:3], [*columns[3:], *(split_phone(each).number for each in numbers)])


def _write(texts):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE customers_customer c SET search_text = new.text "
                "FROM unnest(%s::uuid[], %s::text[]) AS new(id, text) WHERE c.id = new.id",
                [[key for key, _ in texts], [text for _, text in texts]],
            )
        else:
            cursor.executemany(
                "UPDATE customers_customer SET search_text = %s WHERE id = %s",
                [(text, key.hex) for key, text in texts],
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0010_identities")]

    operations = [
        migrations.RunPython(rewrite, migrations.RunPython.noop, elidable=True),
        migrations.RemoveConstraint(model_name="customer", name="customer_identified"),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(condition=models.Q(("company_name", ""), ("first_name", ""), ("last_name", ""), ("search_text", ""), _negated=True), name="customer_identified", violation_error_message="A customer needs a name, an e-mail or a phone number."),
        ),
    ]

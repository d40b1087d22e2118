"""
A row for each address of a customer. The rows come from the customers' columns by one statement for
each kind, before there are indexes to keep.
"""

import django.db.models.deletion
from django.db import migrations, models

import core.clock
import core.fields
import core.ids
import core.tenancy.scoping

OTHER_PHONES = {
    "postgresql": "CROSS JOIN LATERAL jsonb_array_elements_text(c.alternative_phones) AS other(value)",
    "sqlite": "CROSS JOIN json_each(c.alternative_phones) AS other",
}
WITHOUT_EXTENSION = {
    "postgresql": "split_part(other.value, 'x', 1)",
    "sqlite": "substr(other.value, 1, instr(other.value || 'x', 'x') - 1)",
}
NEW_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}


def fill(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    columns = {"email": "email_key", "phone": "phone", "whatsapp": "whatsapp_number"}
    for kind, column in columns.items():
        schema_editor.execute(_insert(vendor, kind, f"c.{column}", "", f"c.{column} <> ''", True))
    number = WITHOUT_EXTENSION[vendor]
    schema_editor.execute(
        _insert(vendor, "phone", number, OTHER_PHONES[vendor], f"{number} <> c.phone", False)
    )


def _insert(vendor, kind, value, joined, condition, is_primary):
    return f"""
        INSERT INTO customers_identity (id, organization_id, environment, customer_id, kind, value,
            is_primary, is_living, source, verified_at, first_seen_at, last_seen_at)
        SELECT {NEW_ID[vendor]}, a.* FROM (
            SELECT DISTINCT c.organization_id, c.environment, c.id, '{kind}', {value}, {str(is_primary).upper()},
                c.deleted_at IS NULL, 'record', CAST(NULL AS {"timestamptz" if vendor == "postgresql" else "datetime"}),
                c.created_at, c.created_at
            FROM customers_customer c {joined} WHERE {condition}
        ) a
    """


class Migration(migrations.Migration):
    dependencies = [("customers", "0009_open_lists"), ("tenancy", "0002_time_zones")]

    operations = [
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", models.UUIDField(default=core.ids.new_id, editable=False, primary_key=True, serialize=False, verbose_name="ID")),
                ("environment", models.CharField(choices=[("live", "Live"), ("test", "Test")], default="live", max_length=4, verbose_name="Environment")),
                ("kind", models.CharField(choices=[("email", "E-mail"), ("phone", "Phone"), ("whatsapp", "WhatsApp"), ("whatsapp_id", "WhatsApp user ID")], max_length=11, verbose_name="Kind")),
                ("value", core.fields.KeyField(max_length=254, verbose_name="Address")),
                ("is_primary", models.BooleanField(default=False, help_text="is the customer's own e-mail, phone or WhatsApp number", verbose_name="Primary")),
                ("is_living", models.BooleanField(default=True, editable=False, help_text="the customer is not deleted", verbose_name="Living")),
                ("source", models.CharField(choices=[("record", "Customer record"), ("message", "Message")], default="record", max_length=10, verbose_name="Source")),
                ("verified_at", models.DateTimeField(blank=True, help_text="when the person first wrote from it", null=True, verbose_name="Verified")),
                ("first_seen_at", models.DateTimeField(default=core.clock.now, verbose_name="First seen")),
                ("last_seen_at", models.DateTimeField(default=core.clock.now, verbose_name="Last seen")),
                ("customer", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer", verbose_name="Customer")),
                ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization", verbose_name="Organization")),
            ],
            options={"verbose_name_plural": "identities"},
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(condition=models.Q(("is_living", True)), fields=["organization", "environment", "value", "kind"], name="identity_by_value"),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(fields=("customer", "kind", "value"), name="identity_unique"),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.UniqueConstraint(condition=models.Q(("is_living", True), ("kind", "whatsapp_id")), fields=("organization", "environment", "value"), name="identity_whatsapp_id_unique", violation_error_code="whatsapp_id"),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["email", "phone", "whatsapp", "whatsapp_id"])), name="identity_kind_known"),
        ),
        migrations.AddConstraint(
            model_name="identity",
            constraint=core.tenancy.scoping.SameTenant(across_environments=False, field="customer", name="identity_customer_tenant"),
        ),
    ]

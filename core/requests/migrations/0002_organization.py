"""Whose answer it is stands in a column of its own, no longer at the end of the holder."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Left, Length


def fill(apps, schema_editor):
    """The holder ended in the last eight digits of the organization's id; a form's was a user's."""
    records = apps.get_model("requests", "IdempotencyRecord").objects
    for key in apps.get_model("tenancy", "Organization").objects.values_list("pk", flat=True):
        records.filter(organization=None, holder__endswith=f":{key.hex[-8:]}").update(
            organization_id=key, holder=Left("holder", Length("holder") - 9)
        )
    users = dict(apps.get_model("identity", "User").objects.values_list("pk", "organization_id"))
    by_holder = {f"user:{user}": organization for user, organization in users.items()}
    for holder in set(records.filter(organization=None).values_list("holder", flat=True)):
        if holder in by_holder:
            records.filter(holder=holder, organization=None).update(
                organization_id=by_holder[holder]
            )
    records.filter(organization=None).delete()  # of an organization or a person who is no more


class Migration(migrations.Migration):

    dependencies = [
        ("requests", "0001_initial"),
        ("tenancy", "0001_initial"),
        ("identity", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="idempotencyrecord",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.organization",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="idempotencyrecord",
            name="organization",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.organization",
                verbose_name="Organization",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="idempotencyrecord", name="idempotency_key_unique"
        ),
        migrations.AddConstraint(
            model_name="idempotencyrecord",
            constraint=models.UniqueConstraint(
                fields=("organization", "holder", "key"), name="idempotency_key_unique"
            ),
        ),
    ]

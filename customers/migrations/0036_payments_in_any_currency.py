"""
Payments keep three decimals, as some currencies have. The check of their range is left out while
the column's type changes, for it would look at every row meanwhile.
"""

import django.core.validators
from django.db import migrations, models

import core.fields
from core.migrating import AddConstraintBesideWriters

RANGE = models.CheckConstraint(
    condition=models.Q(("gross_amount__gte", 0)), name="transaction_amount_range"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0035_city_key")]

    operations = [
        migrations.RemoveConstraint(model_name="transaction", name=RANGE.name),
        migrations.AlterField(
            model_name="transaction",
            name="gross_amount",
            field=core.fields.CurrencyAmountField(
                decimal_places=3,
                default=0,
                max_digits=15,
                validators=[django.core.validators.MinValueValidator(0)],
                verbose_name="Amount",
            ),
        ),
        AddConstraintBesideWriters(model_name="transaction", constraint=RANGE),
    ]

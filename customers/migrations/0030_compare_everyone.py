from django.db import migrations


class Migration(migrations.Migration):
    """Those who are there already are compared in the background, as if they had just changed."""

    dependencies = [
        ("customers", "0029_duplicates"),
    ]

    operations = [
        migrations.RunSQL(
            """
            INSERT INTO customers_pendingcomparison (organization_id, environment, customer_id)
            SELECT organization_id, environment, id FROM customers_customer WHERE deleted_at IS NULL
            """,
            "DELETE FROM customers_pendingcomparison",
        ),
    ]

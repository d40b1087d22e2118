import django.db.models.deletion
from django.db import migrations, models

import core.fields

ADD = """
    INSERT INTO customers_customercount
        (organization_id, environment, dimension, value, customers, lifetime_value, loyalty_points, is_folded)
"""  # noqa: E501

OF_CUSTOMERS = """
    SELECT organization_id, environment, d.dimension, d.value, SUM(n), SUM(d.worth), SUM(d.points), FALSE
    FROM (
        -- what a statement leaves as it was cancels out here
        SELECT
            organization_id, environment, deleted_at IS NULL AS is_living, status, is_blocked, segment, engagement,
            source, city, assigned_to_id, nps_score, health_score, is_at_risk, email_verified,
            password = '' AS walks_in,
            CAST(SUM(n) AS integer) AS n, SUM(n * lifetime_value) AS lifetime_value, SUM(n * loyalty_points) AS loyalty_points
        FROM ({rows}) r
        GROUP BY
            organization_id, environment, deleted_at IS NULL, status, is_blocked, segment, engagement,
            source, city, assigned_to_id, nps_score, health_score, is_at_risk, email_verified,
            password = ''
        HAVING SUM(n) <> 0 OR SUM(n * lifetime_value) <> 0 OR SUM(n * loyalty_points) <> 0
    ) c
    CROSS JOIN LATERAL (
        VALUES
            ('all', '', is_living, lifetime_value, loyalty_points),
            ('deleted', '', NOT is_living, 0, 0),
            ('status', status, is_living, 0, 0),
            ('unblocked', status, is_living AND NOT is_blocked, 0, 0),
            ('segment', segment, is_living, 0, 0),
            ('engagement', engagement, is_living, 0, 0),
            ('source', source, is_living, 0, 0),
            ('city', city, is_living, 0, 0),
            ('owner', CAST(assigned_to_id AS text), is_living, 0, 0),
            (
                'nps',
                CASE
                    WHEN nps_score >= 9 THEN 'promoter'
                    WHEN nps_score >= 7 THEN 'passive'
                    WHEN nps_score IS NOT NULL THEN 'detractor'
                END,
                is_living, 0, 0
            ),
            ('health', CAST(health_score AS text), is_living, 0, 0),
            ('at_risk', '', is_living AND is_at_risk, 0, 0),
            ('verified', '', is_living AND email_verified, 0, 0),
            ('walk_in', '', is_living AND walks_in, 0, 0)
    ) d (dimension, value, is_counted, worth, points)
    WHERE d.is_counted AND d.value IS NOT NULL
    GROUP BY organization_id, environment, d.dimension, d.value
    HAVING SUM(n) <> 0 OR SUM(d.worth) <> 0 OR SUM(d.points) <> 0
"""  # noqa: E501

# customers who were deleted or came back, with all of their tags; the links are looked up one customer
# after the other, however many there were when the plan was made
OF_TURNED = """
    SELECT t.organization_id, t.environment, 'tag', CAST(l.tag_id AS text), SUM(t.n), 0, 0, FALSE
    FROM (
        SELECT organization_id, environment, id, SUM(n) AS n FROM ({rows}) r
        WHERE deleted_at IS NULL GROUP BY organization_id, environment, id HAVING SUM(n) <> 0
    ) t
    CROSS JOIN LATERAL (SELECT tag_id FROM customers_customertag WHERE customer_id = t.id OFFSET 0) l
    GROUP BY t.organization_id, t.environment, l.tag_id HAVING SUM(t.n) <> 0
"""

# likewise
OF_LINKS = """
    SELECT organization_id, environment, 'tag', CAST(tag_id AS text), SUM(n), 0, 0, FALSE
    FROM ({rows}) r
    WHERE (SELECT c.deleted_at IS NULL FROM customers_customer c WHERE c.id = r.customer_id)
    GROUP BY organization_id, environment, tag_id HAVING SUM(n) <> 0
"""

CAME, WENT = "SELECT 1 AS n, * FROM new_rows", "SELECT -1 AS n, * FROM old_rows"
ACTS = {
    "INSERT": (CAME, "NEW TABLE AS new_rows"),
    "UPDATE": (f"{CAME} UNION ALL {WENT}", "NEW TABLE AS new_rows OLD TABLE AS old_rows"),
    "DELETE": (WENT, "OLD TABLE AS old_rows"),
}
TABLES = {
    "customers_customer": ("count_customers", OF_CUSTOMERS),
    "customers_customertag": ("count_customer_tags", OF_LINKS),
}


def create_triggers(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, (function, groups) in TABLES.items():
        branches = ""
        for act, (rows, _) in ACTS.items():
            branches += f"IF TG_OP = '{act}' THEN {ADD}{groups.format(rows=rows)};"
            if function == "count_customers" and act == "UPDATE":
                branches += f"{ADD}{OF_TURNED.format(rows=rows)};"
            branches += "END IF;\n"
        schema_editor.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$body$ BEGIN {branches} RETURN NULL; END $body$",
            params=None,
        )
        for act, (_, named) in ACTS.items():
            schema_editor.execute(
                f"CREATE TRIGGER {function}_{act.lower()} AFTER {act} ON {table} "
                f"REFERENCING {named} FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
                params=None,
            )


def drop_triggers(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for function, _ in TABLES.values():
            schema_editor.execute(f"DROP FUNCTION {function}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0019_append_only"),
        ("tenancy", "0006_versions_of_accounts"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerCount",
            fields=[
                ("environment", models.CharField(choices=[("live", "Live"), ("test", "Test")], default="live", max_length=4, verbose_name="Environment")),
                ("id", models.BigAutoField(primary_key=True, serialize=False, verbose_name="ID")),
                ("dimension", core.fields.KeyField(max_length=20, verbose_name="Dimension")),
                ("value", core.fields.KeyField(blank=True, max_length=150, verbose_name="Value")),
                ("customers", models.BigIntegerField(verbose_name="Customers")),
                ("lifetime_value", models.DecimalField(decimal_places=2, default=0, max_digits=24, verbose_name="Lifetime value")),
                ("loyalty_points", models.BigIntegerField(default=0, verbose_name="Loyalty points")),
                ("is_folded", models.BooleanField(default=False, verbose_name="Folded")),
                ("organization", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization", verbose_name="Organization")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "environment", "dimension", "value"], name="customer_count_by_value"),
                    models.Index(fields=["id"], name="customer_count_unfolded", condition=models.Q(("is_folded", False))),
                ],
            },
        ),  # fmt: skip
        migrations.RunPython(create_triggers, drop_triggers),
    ]

"""What `manage.py check --deploy` asks of the product's own."""

from typing import Any

from django.core import checks
from django.db import OperationalError, connection

_OWNED = """
    SELECT current_user, rolsuper OR rolbypassrls,
        EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema()
            AND pg_has_role(current_user, tableowner, 'USAGE'))
    FROM pg_roles WHERE rolname = current_user
"""


@checks.register(checks.Tags.security, deploy=True)
def check_database_role(**kwargs: Any) -> list[checks.CheckMessage]:
    """Whether the server's role could undo what the database holds against it."""
    if connection.vendor != "postgresql":
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute(_OWNED)
            name, rules, owns = cursor.fetchone()
    except OperationalError as error:
        return [checks.Warning(f"The database doesn't answer: {error}", id="crm.W001")]
    if rules or owns:
        what = "is a superuser" if rules else "owns tables"
        return [
            checks.Warning(
                f"The database role {name} {what}: it could change the audit trail.",
                hint="Name the owner in MIGRATION_DATABASE_URL and a role that owns nothing in "
                "DATABASE_URL (docs/database-roles.sql).",
                id="crm.W002",
            )
        ]
    return []

"""The last step but one of changing an encryption key."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, models, transaction

from core.encryption import EncryptedTextField, rotate

BATCH = 500


class Command(BaseCommand):
    help = (
        "Encrypt every kept secret with the first of ENCRYPTION_KEYS; afterwards the others can "
        "be taken out."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotated = sum(
            reencrypt(model, field.column)
            for model in apps.get_models()
            for field in model._meta.concrete_fields
            if isinstance(field, EncryptedTextField)
        )
        self.stdout.write(f"{rotated} secrets are encrypted with the first key.")


def reencrypt(model: type[models.Model], column: str) -> int:
    """
    Writes each token of a column anew; one that was changed meanwhile (and so is encrypted with the
    first key) stays. Returns how many there were.
    """
    quote = connection.ops.quote_name
    table, key, token = quote(model._meta.db_table), quote(model._meta.pk.column), quote(column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, {token} FROM {table} WHERE {token} <> ''")
        rows = cursor.fetchall()
    for start in range(0, len(rows), BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET {token} = %s WHERE {key} = %s AND {token} = %s",
                [(rotate(text), row, text) for row, text in rows[start : start + BATCH]],
            )
    return len(rows)

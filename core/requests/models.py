"""What is remembered of requests."""

from django.db import models

from core.tenancy.scoping import OrganizationModel


class IdempotencyRecord(OrganizationModel):
    """
    The first answer to a request that may be sent again, kept for a day, written in the transaction
    of the work itself.
    """

    holder = models.CharField(max_length=64, help_text="the credential: kind and id")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "holder", "key"], name="idempotency_key_unique"
            )
        ]

    def __str__(self) -> str:
        return self.key

"""What happened, and what has yet to be told to others."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.tenancy.scoping import TenantModel


class AuditEntry(TenantModel):
    """
    Who did what, when, from where, to what, with the values before and after.

    Append-only. Subjects are named by type and id without a foreign key, for the entry outlives
    what it tells of.
    """

    at = models.DateTimeField(_("When"), default=now)
    actor_kind = models.CharField(_("Kind of actor"), max_length=10)
    actor_id = models.UUIDField(_("Actor ID"), null=True)
    actor_label = models.CharField(_("Who"), max_length=254)
    address = models.CharField(_("Address"), max_length=45, blank=True)
    request_id = models.CharField(_("Request ID"), max_length=64, blank=True)
    via = models.CharField(
        _("Door"),
        max_length=20,
        blank=True,
        help_text="the door: an API, the pages, the admin, an import, a task",
    )
    action = models.CharField(_("What"), max_length=60)
    subject_type = models.CharField(_("Kind of record"), max_length=40)
    subject_id = models.UUIDField(_("Record ID"), null=True)
    customer_id = models.UUIDField(_("Customer ID"), null=True)
    changes = models.JSONField(_("Changes"), default=dict, help_text="field → [before, after]")
    change_set_id = models.UUIDField(
        _("Change set"), null=True, help_text="what was changed together bears the same"
    )
    mark = models.CharField(
        _("Mark"), max_length=32, blank=True, help_text="shows that the product wrote it"
    )

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["organization", "environment", "-id"], name="audit_by_time"),
            models.Index(
                fields=["customer_id", "-id"],
                name="audit_by_customer",
                condition=models.Q(customer_id__isnull=False),
            ),
            models.Index(fields=["organization", "actor_id", "-id"], name="audit_by_actor"),
            models.Index(
                fields=["change_set_id", "-id"],
                name="audit_by_change_set",
                condition=models.Q(change_set_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_label}"


class AuditChain(TenantModel):
    """
    How far the entries of an organization and environment are sealed, and what verifying them last
    found. Whoever seals, or takes values back, holds this row's lock.
    """

    number = models.PositiveIntegerField(_("Seals"), default=0)
    digest = models.CharField(_("Head"), max_length=64, blank=True)
    last_id = models.UUIDField(_("Last entry"), null=True)
    takes_unmarked = models.BooleanField(
        default=True, help_text="entries from before marks were written are still to be sealed"
    )
    verified_at = models.DateTimeField(_("Verified"), null=True)
    verified_until = models.DateTimeField(_("Verified until"), null=True)
    fault = models.TextField(_("What is wrong"), blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment"], name="audit_chain_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} seals"


class AuditSeal(TenantModel):
    """
    A batch of entries, sealed: `digest` covers their digests, the figures here, and the seal before
    (`previous`).
    """

    number = models.PositiveIntegerField(_("Number"))
    count = models.PositiveIntegerField(_("Entries"))
    first_id = models.UUIDField(_("First entry"))
    last_id = models.UUIDField(_("Last entry"))
    previous = models.CharField(_("Seal before"), max_length=64, blank=True)
    digest = models.CharField(_("Seal"), max_length=64)
    sealed_at = models.DateTimeField(_("Sealed"), default=now)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "number"], name="audit_seal_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.digest[:12]}"


class SealedEntry(TenantModel):
    """
    That an entry, whose id this row has, is under the seal `number`. The salt of its personal part
    goes when that is erased; the commitment stays.
    """

    number = models.PositiveIntegerField(_("Seal"))
    salt = models.CharField(max_length=32, blank=True)
    commitment = models.CharField(max_length=64)
    digest = models.CharField(_("Digest"), max_length=64)

    class Meta:
        verbose_name_plural = "sealed entries"
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["organization", "environment", "number", "id"], name="audit_sealed_by_seal"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class OutboxEvent(TenantModel):
    """
    An event, written in the transaction of the change it tells of, until every listener has had it.
    """

    type = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    customer_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["id"], name="outbox_pending", condition=models.Q(dispatched_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.type

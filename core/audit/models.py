"""What happened, and what has yet to be told to others."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tenancy.scoping import TenantModel


class AuditEntry(TenantModel):
    """
    Who did what, when, from where, to what, with the values before and after.

    Append-only. Subjects are named by type and id without a foreign key, for the entry outlives
    what it tells of.
    """

    at = models.DateTimeField(_("When"), auto_now_add=True)
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
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor_label}"


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

"""Two customers who were one person."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.encryption import EncryptedObjectField
from core.tenancy.scoping import SameTenant, TenantModel


class Merge(TenantModel):
    """
    That `loser` was merged into `customer`, the survivor, and what it takes to undo it.

    `moved` holds the keys of the rows that went over: model's label → list of ids. `values` is the
    survivor's side: `before` and `after` (column → value as the audit writes it), `tags` and
    `lists` (name → keys) that were added, `addresses` that were the loser's alone, the keys of
    the survivor's own that left the columns (`loosened`), and of the loser's the customers they
    `referred` and the `external_id`.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        help_text="who was kept",
    )
    loser = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Merged customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    at = models.DateTimeField(_("When"), default=now)
    merged_by = models.CharField(_("Merged by"), max_length=254)
    change_set_id = models.UUIDField(_("Change"))
    fields = models.JSONField(
        _("Chosen fields"), default=dict, help_text="column → whose value was chosen"
    )
    moved = models.JSONField(_("Records that moved"), default=dict)
    values = EncryptedObjectField(_("Values before and after"), editable=False)
    undone_at = models.DateTimeField(_("Undone"), null=True)
    undone_by = models.CharField(_("Undone by"), max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loser"],
                name="merge_loser_unique",
                condition=Q(undone_at__isnull=True),
                violation_error_code="loser",
            ),
            SameTenant(field="customer", name="merge_customer_tenant"),
            SameTenant(field="loser", name="merge_loser_tenant"),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="merge_by_customer"),
            models.Index(fields=["loser", "-id"], name="merge_by_loser"),
            models.Index(fields=["organization", "environment", "-id"], name="merge_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.loser_id} → {self.customer_id}"

"""What taking a change back needs and the audit doesn't hold."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.encryption import EncryptedObjectField
from core.tenancy.scoping import SameTenant, TenantModel


class UndoDetail(TenantModel):
    """
    What a change set took from a customer (or gave back, where it undoes another): the tag that
    was deleted (`tag_id`), or which `values` sensitive custom fields had, null for one that wasn't
    there. It goes with the time in which the set can be taken back.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    change_set_id = models.UUIDField(_("Change"))
    tag_id = models.UUIDField(_("Deleted tag"), null=True)
    at = models.DateTimeField(_("When"), default=now)
    values = EncryptedObjectField(_("Values before"), editable=False)

    class Meta:
        constraints = [SameTenant(field="customer", name="undo_detail_customer_tenant")]
        indexes = [
            models.Index(fields=["customer", "change_set_id"], name="undo_detail_by_customer"),
            models.Index(
                fields=["tag_id"], name="undo_detail_by_tag", condition=Q(tag_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.change_set_id}"

"""Which customers may be one person, and by what they are found."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import KeyField
from core.tenancy.scoping import SameTenant, TenantModel
from customers.choices import DuplicateStatus


class MatchKey(TenantModel):
    """
    One thing by which look-alikes of a living customer are found (`customers.likeness`): customers
    who share none are never compared. Follows the customer, by way of `PendingComparison`.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    value = KeyField(_("Key"), max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "value"], name="match_key_unique"),
            SameTenant(field="customer", name="match_key_customer_tenant"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "environment", "value", "customer"],
                name="match_key_by_value",
            )
        ]

    def __str__(self) -> str:
        return str(self.value)


class PendingComparison(TenantModel):
    """
    A customer whose look-alikes are to be sought, for something has changed that they are known by.
    The row is written in the transaction of the change and deleted in that of the search, so that
    nothing is lost with a worker. It outlives its customer: who is gone is compared with nobody.
    """

    id = models.BigAutoField(_("ID"), primary_key=True)  # type: ignore[assignment]
    customer_id = models.UUIDField(_("Customer"))

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "environment", "id"], name="pending_comparison_by_tenant"
            )
        ]

    def __str__(self) -> str:
        return str(self.customer_id)


class DuplicatePair(TenantModel):
    """
    Two living customers who may be one. `customer` is the one of them with the lower id, so that
    two customers are one pair at most. Found by `customers.services.comparing`, which deletes an
    open pair when nothing speaks for it any more; what a person has refused stays.

    `evidence` is a list of {"code", "points"}, without a word of what was compared.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    other = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Other customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    score = models.PositiveSmallIntegerField(
        _("Confidence"), validators=[MaxValueValidator(100)], help_text="0 to 100"
    )
    evidence = models.JSONField(_("Evidence"), default=list)
    status = models.CharField(
        _("Status"), max_length=10, choices=DuplicateStatus, default=DuplicateStatus.OPEN
    )
    found_at = models.DateTimeField(_("Found"), default=now)
    decided_at = models.DateTimeField(_("Decided"), null=True, blank=True)
    decided_by = models.CharField(_("Decided by"), max_length=254, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "customer", "other"],
                name="duplicate_pair_unique",
            ),
            models.CheckConstraint(
                condition=Q(customer__lt=F("other")), name="duplicate_pair_ordered"
            ),
            models.CheckConstraint(condition=Q(score__lte=100), name="duplicate_pair_score_range"),
            models.CheckConstraint(
                condition=Q(status__in=DuplicateStatus.values), name="duplicate_pair_status_known"
            ),
            SameTenant(field="customer", name="duplicate_pair_customer_tenant"),
            SameTenant(field="other", name="duplicate_pair_other_tenant"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "environment", "status", "-score", "id"],
                name="duplicate_pair_by_score",
            ),
            models.Index(fields=["customer"], name="duplicate_pair_of_customer"),
            models.Index(fields=["other"], name="duplicate_pair_of_other"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} = {self.other_id}? {self.score}"

"""What proves consent and keeps erased people erased."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.tenancy.scoping import SameTenant, TenantModel
from customers.choices import ConsentChannel, ConsentPurpose


class Consent(TenantModel):
    """
    One dated grant or withdrawal for one channel and purpose. Append-only: the latest row of each
    pair is in force.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    channel = models.CharField(_("Channel"), max_length=10, choices=ConsentChannel)
    purpose = models.CharField(_("Purpose"), max_length=15, choices=ConsentPurpose)
    granted = models.BooleanField(_("Granted"))
    method = models.CharField(
        _("How"), max_length=50, help_text="how it was given: which door, form or file"
    )
    wording = models.TextField(_("Wording"), blank=True, help_text="what the person was shown")
    recorded_by = models.CharField(_("Recorded by"), max_length=254)
    at = models.DateTimeField(_("When"), default=now)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [SameTenant(field="customer", name="consent_customer_tenant")]
        indexes = [
            models.Index(
                fields=["customer", "channel", "purpose", "-at"], name="consent_by_customer"
            )
        ]

    def __str__(self) -> str:
        return f"{'granted' if self.granted else 'withdrawn'}: {self.channel} {self.purpose}"


class Suppression(TenantModel):
    """
    A keyed hash (pseudonymous) of an erased customer's e-mail or phone, so that an import doesn't
    bring the person back.
    """

    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "digest"], name="suppression_unique"
            )
        ]

    def __str__(self) -> str:
        return self.digest[:8]


class LoyaltyEntry(TenantModel):
    """One movement of loyalty points; a customer's balance is their sum."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    points = models.IntegerField(_("Points"))
    reason = models.CharField(_("Reason"), max_length=150)
    source_id = models.UUIDField(
        _("Appointment"), null=True, blank=True, help_text="the appointment that earned them"
    )
    at = models.DateTimeField(_("When"), default=now)

    class Meta:
        ordering = ["-at"]
        verbose_name_plural = "loyalty entries"
        constraints = [
            SameTenant(field="customer", name="loyalty_customer_tenant"),
        ]
        indexes = [
            models.Index(fields=["customer", "-at"], name="loyalty_by_customer"),
            models.Index(
                fields=["organization", "environment", "customer", "points"], name="loyalty_figures"
            ),
            models.Index(
                fields=["source_id"],
                name="loyalty_by_source",
                condition=models.Q(source_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d}"

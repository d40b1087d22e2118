"""How customers get into the portal, and stay there. Of every secret only a digest is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.tenancy.scoping import SameTenant, TenantModel
from customers.choices import PortalLinkPurpose


class PortalSession(TenantModel):
    """
    A customer who is signed in on one device. The row is the session: whatever ends a customer's
    access deletes it.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    digest = models.CharField(_("Digest"), max_length=64, unique=True, help_text="SHA-256")
    address = models.CharField(_("Address"), max_length=45, blank=True)
    created_at = models.DateTimeField(_("Signed in"), default=now)
    expires_at = models.DateTimeField(_("Ends"), db_index=True)

    class Meta:
        constraints = [SameTenant(field="customer", name="portal_session_customer_tenant")]

    def __str__(self) -> str:
        return str(self.pk)


class PortalLink(TenantModel):
    """
    A one-time link for one customer and purpose, and the code that may be typed instead of it.
    Using it deletes the row; a new one takes the place of the last.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    purpose = models.CharField(_("Purpose"), max_length=15, choices=PortalLinkPurpose)
    digest = models.CharField(_("Digest"), max_length=64, unique=True, help_text="SHA-256")
    code_digest = models.CharField(
        _("Digest of the code"), max_length=64, blank=True, help_text="keyed; empty without a code"
    )
    failures = models.PositiveSmallIntegerField(_("Wrong codes"), default=0)
    created_at = models.DateTimeField(_("Made"), default=now)
    expires_at = models.DateTimeField(_("Ends"), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "purpose"], name="portal_link_unique"),
            SameTenant(field="customer", name="portal_link_customer_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

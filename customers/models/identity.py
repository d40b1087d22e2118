"""The addresses under which a customer is reached, one row each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import KeyField
from core.tenancy.scoping import SameTenant, TenantModel
from customers.choices import IdentityKind, IdentitySource


class Identity(TenantModel):
    """
    One address of a customer, in the form in which addresses are compared: `core.text.email_key`
    of an e-mail, E.164 of a number, a WhatsApp user id as it came.

    Those of the customer's own columns stand here too (`source` is `record`) and follow them;
    others were learned, and stay. Primary e-mails and phones are unique among the living by the
    customer's own constraints, WhatsApp user ids by one of this table, for a customer can have had
    several; any other address may be shared.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    kind = models.CharField(_("Kind"), max_length=11, choices=IdentityKind)
    value = KeyField(_("Address"), max_length=254)
    is_primary = models.BooleanField(
        _("Primary"),
        default=False,
        help_text="is the customer's own e-mail, phone or WhatsApp number",
    )
    is_living = models.BooleanField(
        _("Living"), default=True, editable=False, help_text="the customer is not deleted"
    )
    source = models.CharField(
        _("Source"), max_length=10, choices=IdentitySource, default=IdentitySource.RECORD
    )
    verified_at = models.DateTimeField(
        _("Verified"), null=True, blank=True, help_text="when the person first wrote from it"
    )
    first_seen_at = models.DateTimeField(_("First seen"), default=now)
    last_seen_at = models.DateTimeField(_("Last seen"), default=now)

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "value"], name="identity_unique"),
            models.UniqueConstraint(
                fields=["organization", "environment", "value"],
                name="identity_whatsapp_id_unique",
                condition=Q(kind=IdentityKind.WHATSAPP_ID, is_living=True),
                violation_error_code="whatsapp_id",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=IdentityKind.values), name="identity_kind_known"
            ),
            SameTenant(field="customer", name="identity_customer_tenant"),
        ]
        indexes = [
            # by value first: a number is looked up as phone and as WhatsApp number alike
            models.Index(
                fields=["organization", "environment", "value", "kind"],
                name="identity_by_value",
                condition=Q(is_living=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.value}"

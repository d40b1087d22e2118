"""Who listens, what they are to be told, and how each attempt went."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.encryption import EncryptedTextField
from core.tenancy.scoping import SameTenant, TenantModel
from core.webhooks.choices import (
    DeliveryState,
    EndpointState,
    PayloadForm,
    SigningMethod,
)


class WebhookEndpoint(TenantModel):
    """
    An address that hears of one environment's events.

    `secret` is the signing secret in Standard Webhooks' form: `whsec_…` (HMAC), or `whsk_…` with
    the receiver's `whpk_…` in `public_key` (Ed25519). After a rotation `previous_secret` signs too
    until its time is over. `sending_until` is the lease of the one sender that an endpoint has at
    a time; nothing is sent before `resume_at`.
    """

    url = models.URLField(_("Address"), max_length=2000)
    description = models.CharField(_("Description"), max_length=150, blank=True)
    event_types = models.JSONField(_("Events"), default=list, blank=True)
    payload = models.CharField(
        _("What is sent"), max_length=4, choices=PayloadForm, default=PayloadForm.THIN
    )
    signing = models.CharField(
        _("Signature"), max_length=3, choices=SigningMethod, default=SigningMethod.SYMMETRIC
    )
    state = models.CharField(
        _("State"), max_length=12, choices=EndpointState, default=EndpointState.ACTIVE
    )
    secret = EncryptedTextField(_("Secret"), editable=False)
    public_key = models.CharField(_("Public key"), max_length=60, blank=True, editable=False)
    previous_secret = EncryptedTextField(_("Previous secret"), blank=True, editable=False)
    previous_secret_until = models.DateTimeField(
        _("Previous secret signs until"), null=True, editable=False
    )
    failing_since = models.DateTimeField(_("Failing since"), null=True, editable=False)
    resume_at = models.DateTimeField(null=True, editable=False)
    sending_until = models.DateTimeField(null=True, editable=False)
    version = models.PositiveIntegerField(_("Version"), default=1, editable=False)
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)

    class Meta:
        verbose_name = "webhook"
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "id"], name="webhook_endpoint_tenant"
            )
        ]

    def __str__(self) -> str:
        return self.url

    def hears(self, kind: str) -> bool:
        """Whether it has chosen this type of event."""
        return not self.event_types or kind in self.event_types


class WebhookSequence(TenantModel):
    """
    The number of the last event about one customer that an endpoint was to be told. It goes a month
    after the customer; of one who is restored later still, the numbers begin anew.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="+")
    customer_id = models.UUIDField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "customer_id"], name="webhook_sequence_unique"
            ),
            SameTenant(field="endpoint", name="webhook_sequence_endpoint_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.last}"


class WebhookDelivery(TenantModel):
    """
    An event for one endpoint. `body` is made once: every attempt and replay sends the same bytes.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint,
        verbose_name=_("Webhook"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    event_id = models.UUIDField(_("Event ID"))
    type = models.CharField(_("Event"), max_length=60)
    customer_id = models.UUIDField(_("Customer ID"), null=True)
    body = models.TextField(_("Body"))
    state = models.CharField(
        _("State"), max_length=10, choices=DeliveryState, default=DeliveryState.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("Attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("Next attempt"), null=True, default=now)
    created_at = models.DateTimeField(_("Added"), default=now)
    finished_at = models.DateTimeField(_("Finished"), null=True)

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "id"], name="webhook_delivery_tenant"
            ),
            models.UniqueConstraint(
                fields=["endpoint", "event_id"], name="webhook_delivery_unique"
            ),
            SameTenant(field="endpoint", name="webhook_delivery_endpoint_tenant"),
        ]
        indexes = [
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_by_endpoint"),
            models.Index(
                fields=["next_attempt_at", "endpoint"],
                name="webhook_delivery_due",
                condition=Q(state=DeliveryState.PENDING),
            ),
            models.Index(
                fields=["customer_id"],
                name="webhook_delivery_by_customer",
                condition=Q(customer_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class WebhookAttempt(TenantModel):
    """
    One request: the answer's status and start, or what went wrong before there was any.
    """

    delivery = models.ForeignKey(
        WebhookDelivery, on_delete=models.CASCADE, related_name="tries", db_index=False
    )
    at = models.DateTimeField(_("When"), default=now)
    status = models.PositiveSmallIntegerField(_("Status"), null=True)
    answer = models.CharField(_("Answer"), max_length=1000, blank=True)
    error = models.CharField(_("Error"), max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField(_("Time taken"), default=0)

    class Meta:
        verbose_name = "attempt"
        ordering = ["id"]
        constraints = [SameTenant(field="delivery", name="webhook_attempt_delivery_tenant")]
        indexes = [models.Index(fields=["delivery", "id"], name="webhook_attempt_by_delivery")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status or self.error}"

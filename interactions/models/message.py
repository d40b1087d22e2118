"""Messages of conversations, those to be sent later, and what replies begin with."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import KeyField, refuse_future, row_version
from core.tenancy.scoping import OrganizationModel, SameTenant, TenantModel
from interactions.choices import DeliveryStatus, Direction, Refusal, ScheduledStatus
from interactions.models.conversation import Conversation


class Message(TenantModel):
    """
    One message of a conversation. `address` is where an outbound one goes to and an inbound one
    came from, `status_at` when it reached its delivery status, `written_in` the conversation that
    it came from when that was joined into another.
    """

    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("Conversation"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    direction = models.CharField(_("Direction"), max_length=10, choices=Direction)
    body = models.TextField(_("Message"), max_length=10_000)
    sent_at = models.DateTimeField(_("When"), default=now)
    sent_by = models.ForeignKey(
        "identity.User",
        verbose_name=_("Sent by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    provider_id = KeyField(
        _("Provider’s ID"),
        max_length=150,
        blank=True,
        help_text="what the channel's provider calls it; one message each",
    )
    address = models.CharField(
        _("To or from"), max_length=254, blank=True, default="", db_default="", editable=False
    )
    delivery_status = models.CharField(
        _("Delivery"),
        max_length=10,
        choices=DeliveryStatus,
        default=DeliveryStatus.NOTED,
        db_default=DeliveryStatus.NOTED,
    )
    failure_reason = models.CharField(
        _("Why it failed"), max_length=500, blank=True, default="", db_default=""
    )
    status_at = models.DateTimeField(_("Since"), null=True, blank=True, validators=[refuse_future])
    response_seconds = models.PositiveIntegerField(
        _("Answered after, seconds"),
        null=True,
        editable=False,
        help_text="of an inbound message: until the next outbound one",
    )
    written_in = models.ForeignKey(
        Conversation,
        verbose_name=_("Written in"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="message_direction_known"
            ),
            models.UniqueConstraint(
                fields=["organization", "environment", "provider_id"],
                name="message_provider_id_unique",
                condition=~Q(provider_id=""),
                violation_error_code="provider_id",
            ),
            SameTenant(field="customer", name="message_customer_tenant"),
            SameTenant(field="conversation", name="message_conversation_tenant"),
            SameTenant(field="written_in", name="message_written_in_tenant"),
        ]
        indexes = [
            models.Index(fields=["conversation", "sent_at", "id"], name="message_by_conversation"),
            models.Index(
                fields=["conversation"],
                name="message_unanswered",
                condition=Q(direction=Direction.INBOUND, response_seconds=None),
            ),
            models.Index(
                fields=["organization", "environment", "sent_at", "response_seconds", "customer"],
                name="message_answered",
                condition=Q(response_seconds__isnull=False),
            ),
            models.Index(
                fields=["written_in"],
                name="message_written_in",
                condition=Q(written_in__isnull=False),
            ),
            models.Index(fields=["customer", "-sent_at"], name="message_by_customer"),
            models.Index(
                fields=["organization", "environment", "customer", "sent_at", "response_seconds"],
                name="message_figures",
            ),
        ]

    @property
    def delivery(self) -> DeliveryStatus:
        return DeliveryStatus(self.delivery_status)

    def __str__(self) -> str:
        return f"{self.direction} {timezone.localtime(self.sent_at):%Y-%m-%d %H:%M}"


class ScheduledMessage(TenantModel):
    """
    A message that is sent at a later moment. One that could not be sent says why (`refusal`).
    """

    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("Conversation"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    body = models.TextField(_("Message"), max_length=10_000)
    send_at = models.DateTimeField(_("Send at"))
    status = models.CharField(
        _("Status"),
        max_length=10,
        choices=ScheduledStatus,
        default=ScheduledStatus.WAITING,
        editable=False,
    )
    refusal = models.CharField(
        _("Why it was not sent"), max_length=20, choices=Refusal, blank=True, editable=False
    )
    written_by = models.ForeignKey(
        "identity.User",
        verbose_name=_("Written by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        constraints = [
            SameTenant(field="customer", name="scheduled_customer_tenant"),
            SameTenant(field="conversation", name="scheduled_conversation_tenant"),
            SameTenant(
                field="written_by", name="scheduled_writer_tenant", across_environments=True
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "send_at"], name="scheduled_by_conversation"),
            models.Index(fields=["customer"], name="scheduled_by_customer"),
            models.Index(
                fields=["send_at", "id"],
                name="scheduled_due",
                condition=Q(status=ScheduledStatus.WAITING),
            ),
        ]

    @property
    def state(self) -> ScheduledStatus:
        return ScheduledStatus(self.status)

    def __str__(self) -> str:
        return f"{timezone.localtime(self.send_at):%Y-%m-%d %H:%M}"


class ReplyTemplate(OrganizationModel):
    """What the staff write often; `{first_name}` and the like are filled when it is chosen."""

    name = models.CharField(_("Name"), max_length=150)
    text = models.TextField(_("Text"), max_length=10_000)
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        verbose_name = "saved reply"
        verbose_name_plural = "saved replies"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="reply_template_unique",
                violation_error_code="name",
            )
        ]

    def __str__(self) -> str:
        return self.name

"""Conversations of a channel, with what staff note beside them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import refuse_future, row_version
from core.tenancy.scoping import SameTenant, TenantModel
from interactions.choices import Channel, ConversationStatus


class Conversation(TenantModel):
    """
    A thread on a channel. Until `snoozed_until` it is out of the way of those who work; one that
    was `joined_into` another is only a name for it.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    channel = models.CharField(_("Channel"), max_length=10, choices=Channel)
    subject = models.CharField(_("Subject"), max_length=150, blank=True)
    status = models.CharField(
        _("Status"), max_length=10, choices=ConversationStatus, default=ConversationStatus.OPEN
    )
    is_ticket = models.BooleanField(_("Ticket"), default=False)
    opened_at = models.DateTimeField(_("Opened"), default=now, validators=[refuse_future])
    resolved_at = models.DateTimeField(_("Resolved"), null=True, blank=True)
    assigned_to = models.ForeignKey(
        "identity.User",
        verbose_name=_("Assigned to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    snoozed_until = models.DateTimeField(_("Snoozed until"), null=True, blank=True)
    joined_into = models.ForeignKey(
        "self",
        verbose_name=_("Joined into"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    message_count = models.PositiveIntegerField(_("Messages"), default=0, editable=False)
    last_message_at = models.DateTimeField(_("Last message"), null=True, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "id"], name="conversation_tenant"
            ),
            models.CheckConstraint(
                condition=Q(status__in=ConversationStatus.values), name="conversation_status_known"
            ),
            SameTenant(field="customer", name="conversation_customer_tenant"),
            SameTenant(
                field="assigned_to", name="conversation_assigned_tenant", across_environments=True
            ),
            SameTenant(field="joined_into", name="conversation_joined_tenant"),
        ]
        indexes = [
            models.Index(fields=["customer", "-opened_at"], name="conversation_by_customer"),
            models.Index(
                fields=["organization", "environment", "opened_at", "id"],
                name="conversation_by_time",
            ),
            models.Index(
                fields=["organization", "environment", "customer", "status", "is_ticket"],
                name="conversation_figures",
                condition=Q(joined_into=None),
            ),
            models.Index(
                fields=["organization", "environment", "assigned_to", "snoozed_until", "customer"],
                name="conversation_open_by_owner",
                condition=Q(status=ConversationStatus.OPEN, joined_into=None),
            ),
            models.Index(
                fields=["joined_into"],
                name="conversation_joined",
                condition=Q(joined_into__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.subject or str(self.get_channel_display())


class Gateway(TenantModel):
    """
    Who carries a channel's messages to the customers: the webhook that hears of them and sends
    them on. A channel without one isn't connected.
    """

    channel = models.CharField(_("Channel"), max_length=10, choices=Channel)
    endpoint = models.ForeignKey(
        "webhooks.WebhookEndpoint",
        verbose_name=_("Webhook"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        ordering = ["channel"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "environment", "channel"],
                name="gateway_channel_unique",
                violation_error_code="channel",
            ),
            SameTenant(field="endpoint", name="gateway_endpoint_tenant"),
        ]

    def __str__(self) -> str:
        return str(self.get_channel_display())


class ConversationNote(TenantModel):
    """What the staff tell one another beside a conversation. No channel carries it."""

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
    body = models.TextField(_("Note"), max_length=10_000)
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
            SameTenant(field="customer", name="note_customer_tenant"),
            SameTenant(field="conversation", name="note_conversation_tenant"),
            SameTenant(field="written_by", name="note_writer_tenant", across_environments=True),
        ]
        indexes = [
            models.Index(fields=["conversation", "created_at"], name="note_by_conversation"),
            models.Index(fields=["customer"], name="note_by_customer"),
        ]

    def __str__(self) -> str:
        return self.body[:80]

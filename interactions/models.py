"""What was said: logged interactions, and conversations with their messages."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.fields import KeyField, OpenChoiceField, own_values, refuse_future, row_version
from core.tenancy.scoping import OrganizationModel, SameTenant, TenantModel
from interactions.choices import (
    Channel,
    ConversationStatus,
    DeliveryStatus,
    Direction,
    InteractionType,
    Outcome,
    Refusal,
    ScheduledStatus,
)


class Interaction(TenantModel):
    """One logged contact with a customer."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    type = OpenChoiceField(_("Type"), words=InteractionType)
    occurred_at = models.DateTimeField(_("When"), default=now, validators=[refuse_future])
    notes = models.TextField(_("Notes"), max_length=10_000, blank=True)
    outcome = OpenChoiceField(_("Outcome"), words=Outcome, blank=True)
    created_by = models.ForeignKey(
        "identity.User",
        verbose_name=_("Logged by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    created_at = models.DateTimeField(_("Added"), default=now, editable=False)
    updated_at = models.DateTimeField(_("Changed"), default=now, editable=False)
    version = row_version()

    class Meta:
        constraints = [
            SameTenant(field="customer", name="interaction_customer_tenant"),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-occurred_at", "-id"], name="interaction_by_customer"
            ),
            models.Index(
                fields=["organization", "environment", "occurred_at", "id"],
                name="interaction_by_time",
            ),
            models.Index(
                fields=["organization", "environment", "customer", "occurred_at"],
                name="interaction_figures",
            ),
            own_values("type", InteractionType, name="interaction_own_types"),
            own_values("outcome", Outcome, name="interaction_own_outcomes"),
        ]

    def __str__(self) -> str:
        return f"{InteractionType(self.type).label} {timezone.localtime(self.occurred_at):%Y-%m-%d}"


class FollowUp(TenantModel):
    """
    Something that somebody is to do for a customer by a day, of the organization's calendar. One
    without an owner is everybody's.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("Customer"),
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
    )
    reason = models.CharField(_("What to do"), max_length=150)
    notes = models.TextField(_("Notes"), max_length=10_000, blank=True)
    due_date = models.DateField(_("Due"))
    due_time = models.TimeField(_("Time"), null=True, blank=True)
    owner = models.ForeignKey(
        "identity.User",
        verbose_name=_("For"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    done_at = models.DateTimeField(_("Done"), null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        "identity.User",
        verbose_name=_("Done by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    created_by = models.ForeignKey(
        "identity.User",
        verbose_name=_("Added by"),
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
        verbose_name = "follow-up"
        verbose_name_plural = "follow-ups"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=False) | Q(done_by__isnull=True),
                name="follow_up_done_by_nobody_before",
            ),
            SameTenant(field="customer", name="follow_up_customer_tenant"),
            SameTenant(field="owner", name="follow_up_owner_tenant", across_environments=True),
        ]
        indexes = [
            models.Index(fields=["customer", "due_date"], name="follow_up_by_customer"),
            models.Index(
                fields=["organization", "environment", "due_date", "id"], name="follow_up_by_day"
            ),
            models.Index(
                fields=["organization", "environment", "due_date", "owner"],
                condition=Q(done_at=None),
                name="follow_up_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_date:%Y-%m-%d} {self.reason}"


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

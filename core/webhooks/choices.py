"""The closed lists of webhooks."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.choices import TonedChoices


class EventType(models.TextChoices):
    """What other systems can hear of."""

    CUSTOMER_CREATED = "customer.created", _("Customer added")
    CUSTOMER_UPDATED = "customer.updated", _("Customer changed")
    CUSTOMER_DELETED = "customer.deleted", _("Customer deleted")
    CUSTOMER_MERGED = "customer.merged", _("Customers merged")
    CUSTOMER_UNMERGED = "customer.unmerged", _("Merge undone")
    CUSTOMER_CONVERTED = "customer.converted", _("Lead became a customer")
    CONSENT_EXPIRED = "consent.expired", _("Consent expired")
    INTERACTION_CREATED = "interaction.created", _("Interaction logged")
    FOLLOW_UP_CREATED = "follow_up.created", _("Follow-up added")
    FOLLOW_UP_UPDATED = "follow_up.updated", _("Follow-up changed")
    FOLLOW_UP_COMPLETED = "follow_up.completed", _("Follow-up done")
    APPOINTMENT_CREATED = "appointment.created", _("Appointment booked")
    APPOINTMENT_UPDATED = "appointment.updated", _("Appointment changed")
    APPOINTMENT_REMINDER = "appointment.reminder", _("Appointment coming up")
    PROJECT_COMPLETED = "project.completed", _("Project completed")
    CONVERSATION_UPDATED = "conversation.updated", _("Conversation changed")
    MESSAGE_CREATED = "message.created", _("Message written or received")


TEST_EVENT = "webhook.test"
"""Sent when somebody asks for it; no endpoint has to choose it."""


class PayloadForm(models.TextChoices):
    THIN = "thin", _("Ids and the names of what changed")
    FULL = "full", _("The whole record as the native API shows it")


class SigningMethod(models.TextChoices):
    """The two signatures of Standard Webhooks 1.0, by the marks they carry."""

    SYMMETRIC = "v1", _("A shared secret (HMAC-SHA-256)")
    ASYMMETRIC = "v1a", _("A key pair (Ed25519): the receiver holds no secret")


class EndpointState(TonedChoices):
    ACTIVE = "active", "good", "check", _("Active")
    SWITCHED_OFF = "switched_off", "", "", _("Switched off")
    GONE = "gone", "bad", "x", _("Gone: it answered 410")
    FAILING = "failing", "bad", "alert", _("Switched off after failing for days")


class DeliveryState(TonedChoices):
    PENDING = "pending", "info", "clock", _("Waiting")
    DELIVERED = "delivered", "good", "check", _("Delivered")
    FAILED = "failed", "bad", "x", _("Failed")

"""What interactions, conversations and messages can be."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.choices import OpenChoices, TonedChoices


class InteractionType(OpenChoices):
    """Kinds of contact; a company has its own beside these."""

    PHONE_CALL = "phone_call", "", "phone", _("Phone call")
    EMAIL = "email", "", "mail", _("E-mail")
    SMS = "sms", "", "chat", _("SMS")
    WHATSAPP = "whatsapp", "", "chat", _("WhatsApp")
    MEETING = "meeting", "", "users", _("Meeting")
    VIDEO_CALL = "video_call", "", "monitor", _("Video call")
    SITE_VISIT = "site_visit", "", "home", _("Site visit")
    NOTE = "note", "", "file", _("Note")
    OTHER = "other", "", "chat", pgettext_lazy("kind of contact", "Other")


class Outcome(OpenChoices):
    """What a contact led to; a company has its own beside these."""

    POSITIVE = "positive", "good", pgettext_lazy("outcome", "Positive")
    NEUTRAL = "neutral", pgettext_lazy("outcome", "Neutral")
    NEGATIVE = "negative", "bad", pgettext_lazy("outcome", "Negative")
    NO_ANSWER = "no_answer", _("No answer")
    VOICEMAIL = "voicemail", _("Voicemail")
    FOLLOW_UP = "follow_up", "warn", _("To follow up")


class Channel(TonedChoices):
    WHATSAPP = "whatsapp", "", "chat", _("WhatsApp")
    SMS = "sms", "", "phone", _("SMS")
    EMAIL = "email", "", "mail", _("E-mail")
    WEB_CHAT = "web_chat", "", "globe", _("Web chat")


class ConversationStatus(TonedChoices):
    OPEN = "open", "warn", pgettext_lazy("a conversation", "Open")
    RESOLVED = "resolved", "good", _("Resolved")


class Direction(models.TextChoices):
    INBOUND = "inbound", _("Inbound")
    OUTBOUND = "outbound", _("Outbound")


class DeliveryStatus(TonedChoices):
    """
    How far a message to a customer has come, each further than those before it: a failure that is
    told late doesn't hide that the message arrived.
    """

    NOTED = "noted", "", "file", _("Only noted here")
    QUEUED = "queued", "info", "clock", _("Waiting to be sent")
    SENT = "sent", "", "check", pgettext_lazy("a message", "Sent")
    FAILED = "failed", "bad", "alert", pgettext_lazy("a message", "Not delivered")
    DELIVERED = "delivered", "good", "check-circle", pgettext_lazy("a message", "Delivered")
    READ = "read", "good", "eye", pgettext_lazy("a message", "Read")

    def is_before(self, other: "DeliveryStatus") -> bool:
        order = list(DeliveryStatus)
        return order.index(self) < order.index(other)


REPORTED = (
    DeliveryStatus.SENT,
    DeliveryStatus.DELIVERED,
    DeliveryStatus.READ,
    DeliveryStatus.FAILED,
)
"""What a gateway says of a message; the others are our own findings."""


class ScheduledStatus(TonedChoices):
    """What has become of a message that is sent later."""

    WAITING = "waiting", "info", "clock", pgettext_lazy("a message", "Will be sent")
    SENT = "sent", "", "check", pgettext_lazy("a message", "Sent")
    CANCELLED = "cancelled", "", "x", pgettext_lazy("a message", "Cancelled")
    REFUSED = "refused", "bad", "alert", pgettext_lazy("a message", "Not sent")


class Refusal(models.TextChoices):
    """Why a message was not sent when its moment came."""

    BLOCKED = "blocked", _("The customer is blocked.")
    WITHDRAWN = "withdrawn", _("The customer doesn't want messages on this channel any more.")
    UNREACHABLE = "unreachable", _("The customer has no address on this channel.")
    LATE = "late", _("Its moment passed more than a day ago.")


class Obstacle(models.TextChoices):
    """Why a webhook can't carry a channel's messages."""

    SWITCHED_OFF = "switched_off", _("The webhook is switched off.")
    DEAF = "deaf", _("The webhook doesn't hear of messages.")
    THIN = "thin", _("The webhook is sent ids alone; a gateway needs the whole record.")

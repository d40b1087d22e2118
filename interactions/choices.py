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

"""Words of interactions and conversations."""

from django.db import models


class InteractionType(models.TextChoices):
    PHONE_CALL = "phone_call"
    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    MEETING = "meeting"
    VIDEO_CALL = "video_call"
    SITE_VISIT = "site_visit"
    NOTE = "note"
    OTHER = "other"


class Outcome(models.TextChoices):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    FOLLOW_UP = "follow_up"


class Channel(models.TextChoices):
    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"
    WEB_CHAT = "web_chat"


class ConversationStatus(models.TextChoices):
    OPEN = "open"
    RESOLVED = "resolved"


class Direction(models.TextChoices):
    INBOUND = "inbound"
    OUTBOUND = "outbound"

"""What the domain's values are called on pages, and the tones and icons they wear."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.pages.wording import ENGAGEMENTS, SEGMENTS, STATUSES

WORDS: Mapping[str, Any] = {
    **STATUSES,
    **SEGMENTS,
    **ENGAGEMENTS,
    # projects
    "roof_replacement": _("Roof replacement"),
    "repair": _("Repair"),
    "inspection": _("Inspection"),
    "maintenance": _("Maintenance"),
    "gutters": _("Gutters"),
    "siding": _("Siding"),
    "other": _("Other"),
    "planned": _("Planned"),
    "scheduled": _("Scheduled"),
    "in_progress": _("In progress"),
    "on_hold": _("On hold"),
    "completed": _("Completed"),
    "cancelled": _("Cancelled"),
    # payments and appointments
    "pending": _("Pending"),
    "refunded": _("Refunded"),
    "failed": _("Failed"),
    "confirmed": _("Confirmed"),
    "no_show": _("No-show"),
    # conversations and contacts
    "open": pgettext_lazy("a conversation", "Open"),
    "resolved": _("Resolved"),
    "whatsapp": _("WhatsApp"),
    "sms": _("SMS"),
    "email": _("E-mail"),
    "web_chat": _("Web chat"),
    "push": _("Push"),
    "all": _("All channels"),
    "phone": _("Phone"),
    "positive": _("Positive"),
    "neutral": _("Neutral"),
    "negative": _("Negative"),
    "no_answer": _("No answer"),
    "voicemail": _("Voicemail"),
    "follow_up": _("Follow up"),
    "notifications": _("Notifications"),
    "marketing": _("Marketing"),
    "promoter": _("Promoter"),
    "passive": _("Passive"),
    "detractor": _("Detractor"),
}

TONES: Mapping[str, str] = {
    "active": "good",
    "vip": "accent",
    "premium": "accent",
    "regular": "good",
    "new": "info",
    "at_risk": "warn",
    "churned": "bad",
    "completed": "good",
    "confirmed": "good",
    "scheduled": "info",
    "in_progress": "info",
    "on_hold": "warn",
    "pending": "warn",
    "no_show": "bad",
    "failed": "bad",
    "open": "warn",
    "resolved": "good",
    "positive": "good",
    "negative": "bad",
    "follow_up": "warn",
}


def word(value: str) -> str:
    """The value's name; one that people typed themselves is left as it is."""
    return str(WORDS.get(value, value))


def tone(value: str) -> str:
    return TONES.get(value, "")

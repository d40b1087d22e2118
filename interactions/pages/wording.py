"""How the pages call channels and the states of conversations."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from interactions.choices import Channel, ConversationStatus

CHANNELS: Mapping[str, Any] = {
    Channel.WHATSAPP.value: _("WhatsApp"),
    Channel.SMS.value: _("SMS"),
    Channel.EMAIL.value: _("E-mail"),
    Channel.WEB_CHAT.value: _("Web chat"),
}
CHANNEL_ICONS: Mapping[str, str] = {
    Channel.WHATSAPP.value: "chat",
    Channel.SMS.value: "phone",
    Channel.EMAIL.value: "mail",
    Channel.WEB_CHAT.value: "globe",
}
STATES: Mapping[str, Any] = {
    ConversationStatus.OPEN.value: pgettext_lazy("a conversation", "Open"),
    ConversationStatus.RESOLVED.value: _("Resolved"),
}

SILENCE: Mapping[str, Any] = {
    "blocked": _(
        "This customer is blocked, so nothing can be sent. You can still note what they write."
    ),
    "withdrawn": _(
        "This customer doesn't want messages on this channel, so nothing can be sent. You can "
        "still note what they write."
    ),
}
"""Why a customer gets no message."""

"""What the audit calls the acts of this app."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CONVERSATIONS: Mapping[str, Promise] = {
    "interaction.created": _("Interaction logged"),
    "interaction.updated": _("Interaction changed"),
    "interaction.deleted": _("Interaction deleted"),
    "followup.created": _("Follow-up added"),
    "followup.updated": _("Follow-up changed"),
    "followup.deleted": _("Follow-up deleted"),
    "follow_ups.exported": _("Follow-ups exported"),
    "interactions.imported": _("Interactions imported"),
    "interactions.exported": _("Interactions exported"),
    "conversation.created": _("Conversation opened"),
    "conversation.updated": _("Conversation changed"),
    "message.created": _("Message added"),
    "message.reported": _("Message's delivery reported"),
    "conversationnote.created": _("Note beside a conversation"),
    "conversationnote.updated": _("Note moved"),
    "conversationnote.deleted": _("Note beside a conversation deleted"),
    "scheduledmessage.created": _("Message to be sent later"),
    "scheduledmessage.updated": _("Message to be sent later changed"),
    "replytemplate.created": _("Saved reply added"),
    "replytemplate.updated": _("Saved reply changed"),
    "replytemplate.deleted": _("Saved reply deleted"),
    "gateway.connected": _("Channel connected"),
    "gateway.updated": _("Channel given to another webhook"),
    "gateway.disconnected": _("Channel disconnected"),
}

"""Django finds an app's models here."""

from interactions.models.conversation import Conversation, ConversationNote, Gateway
from interactions.models.interaction import FollowUp, Interaction
from interactions.models.message import Message, ReplyTemplate, ScheduledMessage

__all__ = [
    "Conversation",
    "ConversationNote",
    "FollowUp",
    "Gateway",
    "Interaction",
    "Message",
    "ReplyTemplate",
    "ScheduledMessage",
]

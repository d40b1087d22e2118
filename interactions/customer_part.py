"""What this app holds of a customer."""

from django.db.models import Avg, Count, Max, Min, Q
from django.utils.translation import gettext_lazy as _

from customers.archives import archive_table
from customers.models import Customer
from customers.parts import CustomerPart, Facts, Moved
from interactions.choices import ConversationStatus
from interactions.models import (
    Conversation,
    ConversationNote,
    FollowUp,
    Interaction,
    Message,
    ScheduledMessage,
)


class InteractionsPart(CustomerPart):
    deleted = (
        ScheduledMessage,
        ConversationNote,
        Message,
        Conversation,
        FollowUp,
        Interaction,
    )
    archived = (
        archive_table(
            Interaction,
            "interactions",
            _("Contacts"),
            paths={"created_by": "created_by__first_name"},
            order=("occurred_at", "pk"),
        ),
        archive_table(
            FollowUp,
            "follow_ups",
            _("Follow-ups"),
            paths={
                "owner": "owner__first_name",
                "done_by": "done_by__first_name",
                "created_by": "created_by__first_name",
            },
            order=("due_date", "pk"),
        ),
        archive_table(
            Conversation,
            "conversations",
            _("Conversations"),
            paths={"assigned_to": "assigned_to__first_name"},
            order=("opened_at", "pk"),
        ),
        archive_table(
            Message,
            "messages",
            _("Messages"),
            paths={"sent_by": "sent_by__first_name"},
            order=("sent_at", "pk"),
        ),
        archive_table(
            ScheduledMessage,
            "scheduled_messages",
            _("Messages to be sent later"),
            paths={"written_by": "written_by__first_name"},
            order=("send_at", "pk"),
        ),
        archive_table(
            ConversationNote,
            "conversation_notes",
            _("Notes beside conversations"),
            paths={"written_by": "written_by__first_name"},
            order=("created_at", "pk"),
        ),
    )

    facts = (
        Facts(
            "interactions",
            Interaction.objects.unscoped,
            {
                "interaction_count": Count("*"),
                "first_contact_at": Min("occurred_at"),
                "last_interaction_at": Max("occurred_at"),
            },
            activity=("last_interaction_at",),
        ),
        Facts(
            "conversations",
            lambda: Conversation.objects.unscoped().filter(joined_into=None),
            {
                "conversation_count": Count("*"),
                "open_conversation_count": Count(
                    "customer_id", filter=Q(status=ConversationStatus.OPEN)
                ),
                "ticket_count": Count("customer_id", filter=Q(is_ticket=True)),
            },
        ),
        Facts(
            "messages",
            Message.objects.unscoped,
            {
                "message_count": Count("*"),
                "first_contact_at": Min("sent_at"),
                "last_interaction_at": Max("sent_at"),
                "last_message_at": Max("sent_at"),
                "average_response_seconds": Avg("response_seconds"),
            },
            activity=("last_message_at",),
        ),
    )

    def move_back(self, moved: Moved, source: Customer, target: Customer) -> None:
        """A thread's messages go with it, those that came since too."""
        super().move_back(moved, source, target)
        rows = Message.objects.unscoped().filter(customer=source, conversation__customer=target)
        rows.update(customer=target)

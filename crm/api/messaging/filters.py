"""The query parameters of the customers' list, and of their export."""

from typing import Any

from django.db.models import F
from rest_framework import serializers

from core.filters import CharFilter, ChoiceFilter, CommaSeparatedFilter, ConditionsFilterSet
from crm.api.kernel.queries import ChoiceField, Query, StrictBooleanField
from crm.api.messaging.serializers.customers import (
    SEGMENTS,
    STATUSES,
    documented_segment,
    documented_status,
)
from customers.choices import Engagement, Status
from customers.filters import SEARCHED, CustomerConditions
from customers.models import Customer

SORTS = {
    "lastInteraction": "last_interaction_at",
    "lastMessageAt": "last_message_at",
    "firstContact": "first_contact_at",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "firstName": "first_key",
    "lastName": "last_key",
    "email": "email_key",
    "phoneNumber": "phone",
    "status": "status",
    "segment": "engagement",
    "totalConversations": "conversation_count",
    "totalMessages": "message_count",
}
NULLABLE = {"lastInteraction", "lastMessageAt", "firstContact"}


def stored_statuses(shown: str) -> list[str] | None:
    """Those that are shown so of who isn't blocked; None where that decides alone."""
    rows = [{"status": value, "is_blocked": False} for value in Status.values]
    return [str(row["status"]) for row in rows if documented_status(row) == shown] or None


class MessagingCustomerFilterSet(ConditionsFilterSet[CustomerConditions]):
    """Exactly the rows that show the value asked for."""

    search = CharFilter(max_length=SEARCHED)
    status = ChoiceFilter(choices=[(word, word) for word in STATUSES])
    segment = ChoiceFilter("engagement", choices=[(word, word) for word in SEGMENTS])
    tags = CommaSeparatedFilter()

    class Meta:
        model = Customer
        conditions = CustomerConditions

    def build_conditions(self, values: dict[str, Any]) -> CustomerConditions:
        if status := values.pop("status", None):
            stored = stored_statuses(status)
            values |= {"status": stored, "is_blocked": status == "blocked"}
        if segment := values.pop("engagement", None):
            kept = [value for value in Engagement.values if documented_segment(value) == segment]
            values["engagement"] = kept
        return super().build_conditions(values)


class SortingSerializer(Query):
    sortBy = ChoiceField(required=False, choices=list(SORTS), default="lastInteraction")
    sortOrder = ChoiceField(required=False, choices=["asc", "desc"], default="desc")


class ExportSerializer(Query):
    format = ChoiceField(required=False, choices=["json", "csv"], default="json")
    token = serializers.CharField(
        required=False, help_text="The access token, for links that can't carry a header"
    )


class DeletionSerializer(Query):
    permanent = StrictBooleanField(required=False, default=False)


def get_ordering(sort_by: str = "lastInteraction", sort_order: str = "desc") -> list[Any]:
    """The domain's order; what is unknown comes last either way, and the id breaks ties."""
    column = F(SORTS[sort_by])
    last = {"nulls_last": True} if sort_by in NULLABLE else {}
    return [column.desc(**last), "-id"] if sort_order == "desc" else [column.asc(**last), "id"]

"""
The query parameters of the customer list and its export: what a client may ask, made into the
domain's conditions.
"""

from typing import Any

from django.db.models import F
from rest_framework import serializers

from crm.api.kernel.queries import CommaField, Query, StrictBooleanField
from crm.api.messaging.base import PageQuery
from crm.api.messaging.words import SEGMENTS, STATUSES, shown_segment, shown_status
from customers.choices import Engagement, Status
from customers.filters import CustomerConditions

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


class CustomerFilters(Query):
    search = serializers.CharField(required=False, max_length=200)
    status = serializers.ChoiceField(required=False, choices=STATUSES)
    segment = serializers.ChoiceField(required=False, choices=SEGMENTS)
    tags = CommaField()


class CustomerListQuery(CustomerFilters, PageQuery):
    sortBy = serializers.ChoiceField(required=False, choices=list(SORTS), default="lastInteraction")
    sortOrder = serializers.ChoiceField(required=False, choices=["asc", "desc"], default="desc")


class ExportQuery(CustomerFilters):
    format = serializers.ChoiceField(required=False, choices=["json", "csv"], default="json")
    token = serializers.CharField(
        required=False, help_text="The access token, for links that can't carry a header"
    )


class DeleteQuery(Query):
    permanent = StrictBooleanField(required=False, default=False)


def order(sort_by: str = "lastInteraction", sort_order: str = "desc") -> list[Any]:
    """The domain's order; what is unknown comes last either way, and the id breaks ties."""
    column = F(SORTS[sort_by])
    last = {"nulls_last": True} if sort_by in NULLABLE else {}
    return [column.desc(**last), "-id"] if sort_order == "desc" else [column.asc(**last), "id"]


def conditions(query: dict[str, Any]) -> CustomerConditions:
    """
    The domain's conditions for checked parameters: exactly the rows that show the value asked for.
    """
    status, segment = query.get("status"), query.get("segment")
    stored = [
        value
        for value in Status.values
        if shown_status({"status": value, "is_blocked": False}) == status
    ]
    engagement = [value for value in Engagement.values if shown_segment(value) == segment]
    return CustomerConditions(
        search=query.get("search"),
        tags=query.get("tags"),
        engagement=engagement or None,
        status=stored or None,
        is_blocked=None if status is None else status == "blocked",
    )

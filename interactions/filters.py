"""
Which interactions, follow-ups and conversations: the conditions of their lists, exports and bulk
work, and the parameters that are read into them.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.filters import (
    BooleanFilter,
    ChoiceFilter,
    Conditions,
    ConditionsFilterSet,
    DayFilter,
    OpenChoiceFilter,
    UUIDFilter,
)
from customers.filters import CustomerIdFilter
from customers.models import Customer
from customers.search import matching
from interactions.choices import (
    Channel,
    ConversationStatus,
    Direction,
    InteractionType,
    Outcome,
    ScheduledStatus,
)
from interactions.models import Conversation, FollowUp, Interaction, Message, ScheduledMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionConditions(Conditions):
    customer_id: UUID | None = None
    type: str | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpConditions(Conditions):
    """`due_from` and `due_to` are days, both included."""

    customer_id: UUID | None = None
    owner_id: UUID | None = None
    due_from: dt.date | None = None
    due_to: dt.date | None = None
    done: bool | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        rows = Conditions.apply(replace(self, due_from=None, due_to=None, done=None), rows)
        if self.due_from is not None:
            rows = rows.filter(due_date__gte=self.due_from)
        if self.due_to is not None:
            rows = rows.filter(due_date__lte=self.due_to)
        if self.done is not None:
            rows = rows.filter(done_at__isnull=not self.done)
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationConditions(Conditions):
    """
    `search` looks for the customer, as lists of customers do; `assigned`: to anybody; `snoozed`:
    now; `waiting`: open, not snoozed, and the customer has had no answer yet, or what was to be
    sent later was refused.
    """

    customer_id: UUID | None = None
    status: str | None = None
    channel: str | None = None
    is_ticket: bool | None = None
    search: str | None = None
    assigned_to_id: UUID | None = None
    assigned: bool | None = None
    snoozed: bool | None = None
    waiting: bool | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        plain = replace(self, search=None, assigned=None, snoozed=None, waiting=None)
        rows = Conditions.apply(plain, rows)
        if self.search is not None:
            rows = rows.filter(
                customer__in=Customer.objects.unscoped().filter(matching(self.search)).values("pk")
            )
        if self.assigned is not None:
            rows = rows.filter(assigned_to__isnull=not self.assigned)
        if self.snoozed is not None:
            rows = rows.filter(is_snoozed()) if self.snoozed else rows.exclude(is_snoozed())
        if self.waiting is not None:
            waiting = rows.filter(is_waiting())
            rows = waiting if self.waiting else rows.exclude(pk__in=waiting.values("pk"))
        return rows


def is_snoozed() -> Q:
    """Conversations that are out of the way for the time being."""
    return Q(snoozed_until__gt=now())


def is_waiting() -> Q:
    """Open conversations in which it is our turn."""
    unanswered = Message.objects.unscoped().filter(
        conversation=OuterRef("pk"), direction=Direction.INBOUND, response_seconds=None
    )
    refused = ScheduledMessage.objects.unscoped().filter(
        conversation=OuterRef("pk"), status=ScheduledStatus.REFUSED
    )
    is_open = Q(status=ConversationStatus.OPEN) & ~is_snoozed()
    return is_open & (Exists(unanswered) | Exists(refused))


class InteractionFilterSet(ConditionsFilterSet[InteractionConditions]):
    customer_id = CustomerIdFilter()
    type = OpenChoiceFilter(choices=InteractionType)
    outcome = OpenChoiceFilter(choices=Outcome)

    class Meta:
        model = Interaction
        conditions = InteractionConditions


class FollowUpFilterSet(ConditionsFilterSet[FollowUpConditions]):
    customer_id = CustomerIdFilter()
    owner_id = UUIDFilter()
    due_after = DayFilter("due_from")
    due_before = DayFilter("due_to")
    done = BooleanFilter()

    class Meta:
        model = FollowUp
        conditions = FollowUpConditions


class ConversationFilterSet(ConditionsFilterSet[ConversationConditions]):
    customer_id = CustomerIdFilter()
    status = ChoiceFilter(choices=ConversationStatus)
    channel = ChoiceFilter(choices=Channel)
    is_ticket = BooleanFilter()
    assigned_to = UUIDFilter("assigned_to_id")
    assigned = BooleanFilter(label=_("Assigned"))
    snoozed = BooleanFilter(label=_("Snoozed"))
    waiting = BooleanFilter(label=_("Waiting for us"))

    class Meta:
        model = Conversation
        conditions = ConversationConditions

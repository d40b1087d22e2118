"""Which deliveries."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from core.filters import (
    ChoiceFilter,
    Conditions,
    ConditionsFilterSet,
    SinceFilter,
    UntilFilter,
    UUIDFilter,
)
from core.webhooks.choices import DeliveryState, EventType
from core.webhooks.models import WebhookDelivery


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryConditions(Conditions):
    """`since` (included) and `until` (not) are moments of the event's arrival here."""

    state: str | None = None
    type: str | None = None
    customer_id: Any = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        if self.since is not None:
            rows = rows.filter(created_at__gte=self.since)
        if self.until is not None:
            rows = rows.filter(created_at__lt=self.until)
        return Conditions.apply(replace(self, since=None, until=None), rows)


class DeliveryFilterSet(ConditionsFilterSet[DeliveryConditions]):
    state = ChoiceFilter(choices=DeliveryState)
    type = ChoiceFilter(choices=EventType)
    customer_id = UUIDFilter()
    since = SinceFilter()
    until = UntilFilter()

    class Meta:
        model = WebhookDelivery
        conditions = DeliveryConditions

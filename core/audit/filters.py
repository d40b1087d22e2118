"""Which entries of the audit trail."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.audit.models import AuditEntry
from core.filters import (
    CharFilter,
    Conditions,
    ConditionsFilterSet,
    SinceFilter,
    UntilFilter,
    UUIDFilter,
)
from core.ids import first_id_at


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditConditions(Conditions):
    """
    `actor_id` is who acted, a person or a key; `via` is the door; `since` (included) and `until`
    (not) are moments.
    """

    customer_id: UUID | None = None
    actor_id: UUID | None = None
    action: str | None = None
    via: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        """Ids begin with their time, so that the indexes by id answer for the moments too."""
        if self.since is not None:
            rows = rows.filter(pk__gte=first_id_at(self.since))
        if self.until is not None:
            rows = rows.filter(pk__lt=first_id_at(self.until))
        return Conditions.apply(replace(self, since=None, until=None), rows)


class AuditFilterSet(ConditionsFilterSet[AuditConditions]):
    customer_id = UUIDFilter()
    actor_id = UUIDFilter()
    action = CharFilter()
    via = CharFilter()
    since = SinceFilter()
    until = UntilFilter()

    class Meta:
        model = AuditEntry
        conditions = AuditConditions

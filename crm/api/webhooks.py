"""The records that webhooks' messages hold: as the native API shows them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from appointments.filters import AppointmentConditions
from appointments.selectors import appointments
from core.audit.models import OutboxEvent
from core.tenancy.actor import Actor
from crm.api.kernel.appointments import AppointmentSerializer
from crm.api.kernel.json import dumps
from crm.api.kernel.serializers import DomainSerializer
from crm.api.roofing.serializers.customers import CustomerSerializer
from crm.api.roofing.serializers.privacy import ConsentSerializer
from crm.api.roofing.serializers.resources import (
    ConversationMessageSerializer,
    ConversationSerializer,
    FollowUpSerializer,
    InteractionSerializer,
    ProjectSerializer,
)
from customers.filters import CustomerConditions, ProjectConditions
from customers.selectors.consents import every_consent
from customers.selectors.customers import customers
from customers.selectors.work import projects
from interactions.filters import ConversationConditions, FollowUpConditions, InteractionConditions
from interactions.selectors import conversations, every_message, follow_ups, interactions

Rows = Callable[[Actor, Sequence[UUID]], "QuerySet[Any]"]


RECORDS: Mapping[str, tuple[Rows, type[DomainSerializer]]] = {
    "customer": (
        lambda actor, keys: customers(actor=actor, conditions=CustomerConditions(ids=keys)),
        CustomerSerializer,
    ),
    "consent": (
        lambda actor, keys: every_consent(actor=actor).filter(pk__in=keys),
        ConsentSerializer,
    ),
    "project": (
        lambda actor, keys: projects(actor=actor, conditions=ProjectConditions(ids=keys)),
        ProjectSerializer,
    ),
    "interaction": (
        lambda actor, keys: interactions(actor=actor, conditions=InteractionConditions(ids=keys)),
        InteractionSerializer,
    ),
    "follow_up": (
        lambda actor, keys: follow_ups(actor=actor, conditions=FollowUpConditions(ids=keys)),
        FollowUpSerializer,
    ),
    "appointment": (
        lambda actor, keys: appointments(actor=actor, conditions=AppointmentConditions(ids=keys)),
        AppointmentSerializer,
    ),
    "conversation": (
        lambda actor, keys: conversations(actor=actor, conditions=ConversationConditions(ids=keys)),
        ConversationSerializer,
    ),
    "message": (
        lambda actor, keys: every_message(actor=actor).filter(pk__in=keys),
        ConversationMessageSerializer,
    ),
}
"""Noun of an event's type → the rows of these ids, and what shows them."""


class _Request:
    """What serializers ask a request for."""

    def __init__(self, actor: Actor) -> None:
        self.auth = actor
        self.headers: Mapping[str, str] = {}


def native_records(*, actor: Actor, events: Sequence[OutboxEvent]) -> Mapping[UUID, bytes]:
    """
    Event → the record it is about, in JSON as it stands now; of those that are gone nothing. Two
    queries at most for each noun, however many events there are.
    """
    found: dict[UUID, bytes] = {}
    for noun, (rows_of, serializer) in RECORDS.items():
        about = {
            event.pk: event.subject_id for event in events if event.type.startswith(f"{noun}.")
        }
        if about:
            rows = rows_of(actor, list(about.values())).values("pk", *serializer.columns())
            shown = serializer(list(rows), many=True, context={"request": _Request(actor)}).data
            records = {row["pk"]: dumps(record) for row, record in zip(rows, shown, strict=True)}
            found |= {event: records[key] for event, key in about.items() if key in records}
    return found

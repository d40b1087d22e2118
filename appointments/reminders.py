"""Events that time brings: an appointment is coming up."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields import PositiveSmallIntegerField
from django.db.models.functions import Coalesce

from appointments.choices import UPCOMING
from appointments.models import Appointment, AppointmentReminder
from core.audit.ledger import announce_events, announcement, plain
from core.clock import now
from core.inserting import insert
from core.tenancy.actor import Actor
from core.webhooks.choices import EventType
from core.webhooks.selectors import has_listener
from customers.choices import ConsentChannel
from customers.models import Consent

BATCH = 500

CHANNELS = (ConsentChannel.EMAIL, ConsentChannel.SMS, ConsentChannel.WHATSAPP)

KEPT = dt.timedelta(days=1)
"""How long after an appointment's time its reminders are kept."""


def remind_of_appointments(*, actor: Actor) -> int:
    """
    Emits `appointment.reminder`, where a webhook listens, for every appointment that has come as
    near as the organization's lead times say: once for each of them. Of several lead times that
    have passed meanwhile the shortest is told alone. Returns how many.

    Each is told with the channels on which the customer may be written to; who is blocked, or has
    withdrawn from all, is left out. An event and the mark that it was emitted are one transaction,
    and no appointment has two marks, so this may be killed, repeated and run twice at once.
    """
    lead_times = sorted(actor.organization.reminder_hours)
    if not lead_times or not has_listener(actor=actor, kind=EventType.APPOINTMENT_REMINDER):
        return 0
    total = 0
    while (emitted := _remind_of_some(actor, lead_times)) is not None:
        total += emitted
    return total


def forget_reminders() -> int:
    """Deletes the marks of appointments that are over. Returns how many."""
    over = AppointmentReminder.objects.unscoped().filter(start_at__lt=now() - KEPT)
    return over.delete()[0]


@transaction.atomic
def _remind_of_some(actor: Actor, lead_times: Sequence[int]) -> int | None:
    """
    Up to BATCH of them; None when there are no more. What is due is read again under its locks:
    the first reading may be older than the marks of whoever held them before.
    """
    rows = _due(actor, lead_times).select_for_update(of=("self",), skip_locked=True, no_key=True)
    locked = [row.pk for row in rows[:BATCH]]
    if not locked:
        return None
    due = list(_due(actor, lead_times).filter(pk__in=locked))
    insert(
        [
            AppointmentReminder.objects.new(
                actor, appointment_id=row.pk, start_at=row.start_at, hours=row.lead
            )
            for row in due
        ]
    )
    announce_events(
        [
            announcement(
                actor,
                EventType.APPOINTMENT_REMINDER,
                subject_id=row.pk,
                customer_id=row.customer_id,
                changed=[],
                hours=row.lead,
                start_at=plain(row.start_at),
                channels=[name for name in CHANNELS if getattr(row, f"may_{name}")],
            )
            for row in due
        ]
    )
    return len(due)


def _due(actor: Actor, lead_times: Sequence[int]) -> "QuerySet[Any]":
    """
    Appointments within the longest lead time, not told of yet at the shortest that has come, with
    whether each channel may be used: `may_email` and so on.
    """
    moment = now()
    near = [
        When(start_at__lte=moment + dt.timedelta(hours=hours), then=Value(hours))
        for hours in lead_times
    ]
    told = AppointmentReminder.objects.unscoped().filter(
        organization=actor.organization,
        environment=actor.environment,
        appointment_id=OuterRef("pk"),
        start_at=OuterRef("start_at"),
        hours=OuterRef("lead"),
    )
    words = {f"may_{name}": _may(name) for name in CHANNELS}
    withdrawn = Q(**dict.fromkeys(words, False))
    return (
        Appointment.objects.for_actor(actor)
        .filter(
            status__in=UPCOMING,
            start_at__gt=moment,
            start_at__lte=moment + dt.timedelta(hours=lead_times[-1]),
            customer__deleted_at=None,
            customer__is_blocked=False,
        )
        .annotate(lead=Case(*near, output_field=PositiveSmallIntegerField()), **words)
        .filter(~Exists(told))
        .exclude(withdrawn)
        .order_by("start_at", "pk")
    )


def _may(channel: str) -> Coalesce:
    """The latest word on the channel; a channel that nothing was said of may be used."""
    ledger = Consent.objects.unscoped().filter(customer=OuterRef("customer"), channel=channel)
    latest = Subquery(ledger.order_by("-at", "-id").values("granted")[:1])
    return Coalesce(latest, Value(True))

"""Reading appointments and services, for one actor."""

import datetime as dt
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.conditions import AppointmentConditions, ServiceConditions
from appointments.models import Appointment, Service
from core.clock import day_bounds, now
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.tenancy.policy import Permission


def appointments(*, actor: Actor, conditions: AppointmentConditions | None = None) -> "QuerySet[Appointment]":
    """Appointments (those of erased customers stay, anonymous) that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    rows = Appointment.objects.for_actor(actor).filter(Q(customer=None) | Q(customer__deleted_at=None))
    return (conditions or AppointmentConditions()).apply(rows)


def on_days(
    rows: "QuerySet[Appointment]", *, actor: Actor, first: dt.date | None = None, last: dt.date | None = None
) -> "QuerySet[Appointment]":
    """Those of the actor's `rows` that begin on the days `first` to `last` (both included), each on its own outlet's clock."""
    if first is None and last is None:
        return rows
    home = actor.organization.time_zone
    zones = set(Outlet.objects.for_actor(actor).order_by().values_list("time_zone", flat=True).distinct())
    chosen = Q()
    for zone in {*zones, home}:
        here = Q(outlet__time_zone=zone) | Q(outlet=None) if zone == home else Q(outlet__time_zone=zone)
        if first is not None:
            here &= Q(start_at__gte=day_bounds(first, zone)[0])
        if last is not None:
            here &= Q(start_at__lt=day_bounds(last, zone)[1])
        chosen |= here
    return rows.filter(chosen)


def appointment_counts(*, actor: Actor, customer_id: UUID) -> dict[str, int]:
    """How many appointments a customer has in all, completed, cancelled, missed, and to come (pending or confirmed). Raises Forbidden."""
    counts: dict[str, int] = (
        appointments(actor=actor, conditions=AppointmentConditions(customer_id=customer_id))
        .order_by()
        .aggregate(
            total=Count("pk"),
            completed=Count("pk", filter=Q(status=AppointmentStatus.COMPLETED)),
            cancelled=Count("pk", filter=Q(status=AppointmentStatus.CANCELLED)),
            no_show=Count("pk", filter=Q(status=AppointmentStatus.NO_SHOW)),
            upcoming=Count("pk", filter=Q(status__in=UPCOMING, start_at__gt=now())),
        )
    )
    return counts


def services(*, actor: Actor, conditions: ServiceConditions | None = None) -> "QuerySet[Service]":
    """The services that the organization offers, those that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (conditions or ServiceConditions()).apply(Service.objects.for_actor(actor))

"""Reading appointments and services, for one actor."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from appointments.choices import UPCOMING, AppointmentStatus, Doubt
from appointments.filters import AppointmentConditions, ServiceConditions
from appointments.models import Appointment, Service
from appointments.slots import free_starts
from core.audit.models import AuditEntry
from core.clock import day_bounds, now
from core.errors import NotFound
from core.identity.models import User
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.tenancy.policy import Permission
from customers.models import Customer


def appointments(
    *, actor: Actor, conditions: AppointmentConditions | None = None
) -> "QuerySet[Appointment]":
    """
    Appointments (those of erased customers stay, anonymous) that meet the conditions. Raises
    Forbidden.
    """
    actor.require(Permission.VIEW)
    rows = shown_appointments(actor)
    return (conditions or AppointmentConditions()).apply(rows)


def shown_appointments(actor: Actor) -> "QuerySet[Appointment]":
    """Those of the actor's place, without those of deleted customers; the caller says who may."""
    return Appointment.objects.for_actor(actor).filter(
        Q(customer=None) | Q(customer__deleted_at=None)
    )


def appointment(*, actor: Actor, appointment_id: UUID) -> Appointment:
    """
    The appointment with its customer, outlet, service and staff member. Raises Forbidden and
    NotFound.
    """
    rows = appointments(actor=actor).select_related("customer", "outlet", "service", "staff")
    row = rows.filter(pk=appointment_id).first()
    if row is None:
        raise NotFound("Appointment", appointment_id)
    return row


def next_appointment(*, actor: Actor, customer_id: UUID) -> Appointment | None:
    """The customer's soonest that is still to come, with outlet and service. Raises Forbidden."""
    rows = appointments(actor=actor).filter(customer_id=customer_id, status__in=UPCOMING)
    coming = rows.filter(start_at__gt=now()).select_related("outlet", "service")
    return coming.order_by("start_at", "pk").first()


SHOWN = (
    *(
        "start_at",
        "end_at",
        "status",
        "price",
        "customer",
        "outlet__name",
        "outlet__time_zone",
        "service__name",
    ),
    *(f"customer__{name}" for name in ("first_name", "last_name", "company_name", "is_business")),
    *(f"customer__{name}" for name in ("email", "phone", "whatsapp_number")),
    *(f"staff__{name}" for name in ("first_name", "last_name", "email")),
)
"""What a calendar shows of an appointment; a customer's row is wide."""

LONGEST = dt.timedelta(days=7)
"""What lasts longer is found where it begins."""


def appointments_between(
    *,
    actor: Actor,
    first: dt.datetime,
    last: dt.datetime,
    conditions: AppointmentConditions | None = None,
) -> "QuerySet[Appointment]":
    """
    Those that take place between two moments, also in part, in their order, with all that a
    calendar shows. Raises Forbidden.
    """
    rows = appointments(actor=actor, conditions=conditions)
    meets = rows.filter(start_at__gt=first - LONGEST, start_at__lt=last, end_at__gt=first)
    return (
        meets.select_related("customer", "outlet", "service", "staff")
        .only(*SHOWN)
        .order_by("start_at", "id")
    )


def free_times(
    *, actor: Actor, staff_id: UUID, day: dt.date, zone: ZoneInfo, minutes: int
) -> list[dt.datetime]:
    """
    When on `day` (of `zone`) the staff member could begin something of so many minutes, of what is
    yet to come. Raises Forbidden.
    """
    first, last = day_bounds(day, zone.key)
    standing = appointments_between(
        actor=actor, first=first, last=last, conditions=AppointmentConditions(staff_id=staff_id)
    )
    busy = list(standing.filter(status__in=UPCOMING).values_list("start_at", "end_at"))
    return free_starts(day=day, zone=zone, minutes=minutes, busy=busy, after=now())


WRITTEN_DOWN = dt.timedelta(minutes=15)
"""Whoever walks in is written down a little later: that isn't the past yet."""


def doubts(*, start_at: dt.datetime | None, customer: Customer | None = None) -> list[Doubt]:
    """
    What a person is asked about before an appointment of the `customer` stands at `start_at`; the
    APIs take both, for systems bring their history along.
    """
    found = []
    if start_at is not None and start_at < now() - WRITTEN_DOWN:
        found.append(Doubt.PAST)
    if customer is not None and customer.is_blocked:
        found.append(Doubt.BLOCKED)
    return found


def bookable_staff(*, actor: Actor) -> "QuerySet[User]":
    """Who of the staff can be booked, by name. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (
        User.objects.for_actor(actor)
        .filter(is_active=True)
        .order_by("first_name", "last_name", "id")
    )


def history(*, actor: Actor, appointment: Appointment) -> "QuerySet[AuditEntry]":
    """What was done to the appointment, the latest first. Raises Forbidden."""
    actor.require(Permission.VIEW_AUDIT)
    rows = AuditEntry.objects.for_actor(actor).filter(
        subject_type="appointment", subject_id=appointment.pk
    )
    return rows.filter(customer_id=appointment.customer_id).order_by("-id")


def on_days(
    rows: "QuerySet[Appointment]",
    *,
    actor: Actor,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> "QuerySet[Appointment]":
    """
    Those of the actor's `rows` that begin on the days `first` to `last` (both included), each on
    its own outlet's clock.
    """
    if first is None and last is None:
        return rows
    home = actor.organization.time_zone
    zones = set(
        Outlet.objects.for_actor(actor).order_by().values_list("time_zone", flat=True).distinct()
    )
    chosen = Q()
    for zone in {*zones, home}:
        here = (
            Q(outlet__time_zone=zone) | Q(outlet=None)
            if zone == home
            else Q(outlet__time_zone=zone)
        )
        if first is not None:
            here &= Q(start_at__gte=day_bounds(first, zone)[0])
        if last is not None:
            here &= Q(start_at__lt=day_bounds(last, zone)[1])
        chosen |= here
    return rows.filter(chosen)


def appointment_counts(*, actor: Actor, customer_id: UUID) -> dict[str, int]:
    """
    How many appointments a customer has in all, completed, cancelled, missed, and to come (pending
    or confirmed). Raises Forbidden.
    """
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
    """
    The services that the organization offers, those that meet the conditions. Raises Forbidden.
    """
    actor.require(Permission.VIEW)
    return (conditions or ServiceConditions()).apply(Service.objects.for_actor(actor))

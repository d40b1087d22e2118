"""Reading appointments and services, for one actor."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from appointments.choices import UPCOMING, AppointmentStatus, Doubt
from appointments.filters import (
    AppointmentConditions,
    ScheduleExceptionConditions,
    ServiceConditions,
)
from appointments.hours import Schedule, schedule
from appointments.models import Appointment, ScheduleException, Service
from appointments.slots import USUAL_MINUTES, free_starts, zone_of
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
    rows = visible_appointments(actor)
    return (conditions or AppointmentConditions()).apply(rows)


def visible_appointments(actor: Actor) -> "QuerySet[Appointment]":
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
        "arrived_at",
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
    columns: Sequence[str] = (),
) -> "QuerySet[Appointment]":
    """
    Those that take place between two moments, also in part, in their order, with all that a
    calendar shows, and more `columns`. Raises Forbidden.
    """
    rows = appointments(actor=actor, conditions=conditions)
    meets = rows.filter(start_at__gt=first - LONGEST, start_at__lt=last, end_at__gt=first)
    return (
        meets.select_related("customer", "outlet", "service", "staff")
        .only(*SHOWN, *columns)
        .order_by("start_at", "id")
    )


LONGEST_BUFFER = dt.timedelta(days=1)

Times = tuple[dt.datetime, dt.datetime]


def free_times(
    *,
    actor: Actor,
    staff_id: UUID,
    day: dt.date,
    outlet: Outlet | None = None,
    service: Service | None = None,
) -> list[dt.datetime]:
    """
    When on `day` (of the outlet's calendar) the staff member could begin the service, of what is
    yet to come: within the hours of both, clear of what is booked and of its buffers. Raises
    Forbidden.
    """
    return next(_free(actor, staff_id, [day], outlet, service))


LOOKED_AHEAD = 14
"""Days in which the next free one is looked for."""


def next_free_day(
    *,
    actor: Actor,
    staff_id: UUID,
    day: dt.date,
    outlet: Outlet | None = None,
    service: Service | None = None,
) -> dt.date | None:
    """
    The first day after `day` on which the staff member could begin the service, if one of the next
    two weeks is. Raises Forbidden.
    """
    days = [day + dt.timedelta(days=ahead) for ahead in range(1, LOOKED_AHEAD + 1)]
    free = zip(days, _free(actor, staff_id, days, outlet, service), strict=True)
    return next((each for each, times in free if times), None)


def _free(
    actor: Actor,
    staff_id: UUID,
    days: Sequence[dt.date],
    outlet: Outlet | None,
    service: Service | None,
) -> Iterator[list[dt.datetime]]:
    """The free times of each of the days, which follow one another."""
    zone = zone_of(actor=actor, outlet=outlet)
    hours = schedule(actor=actor, outlet=outlet, staff=[staff_id], first=days[0], last=days[-1])
    first, last = day_bounds(days[0], zone.key)[0], day_bounds(days[-1], zone.key)[1]
    stand = standing(actor=actor, staff=[staff_id], first=first, last=last)
    for day in days:
        yield free_starts(
            day=day,
            zone=zone,
            spans=hours.working(staff_id, day),
            minutes=service.duration_minutes if service else USUAL_MINUTES,
            busy=[row.kept(service) for row in stand],
            after=now(),
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """An appointment that stands, and what its service keeps free around it."""

    staff_id: UUID
    start: dt.datetime
    end: dt.datetime
    before: dt.timedelta
    after: dt.timedelta

    def kept(self, service: Service | None) -> Times:
        """
        The time that an appointment for `service` can't meet: this one wants its own minutes, and
        that one others beyond them.
        """
        before, after = buffers(service)
        return self.start - self.before - after, self.end + self.after + before


def standing(
    *,
    actor: Actor,
    staff: Sequence[UUID],
    first: dt.datetime,
    last: dt.datetime,
    but: UUID | None = None,
) -> list[Standing]:
    """
    What of the `staff` stands between two moments, or so near that buffers reach there; without the
    appointment `but`. The caller says who may know.
    """
    rows = visible_appointments(actor).filter(
        staff__in=staff,
        status__in=UPCOMING,
        start_at__gt=first - LONGEST - 2 * LONGEST_BUFFER,
        start_at__lt=last + 2 * LONGEST_BUFFER,
        end_at__gt=first - 2 * LONGEST_BUFFER,
    )
    buffered = ("service__buffer_before_minutes", "service__buffer_after_minutes")
    return [
        Standing(key, start, end, *(dt.timedelta(minutes=minutes or 0) for minutes in kept))
        for key, start, end, *kept in rows.exclude(pk__in=[but] if but else []).values_list(
            "staff", "start_at", "end_at", *buffered
        )
    ]


def buffers(service: Service | None) -> tuple[dt.timedelta, dt.timedelta]:
    """What is kept free before the service, and after it."""
    if service is None:
        return dt.timedelta(), dt.timedelta()
    return (
        dt.timedelta(minutes=service.buffer_before_minutes),
        dt.timedelta(minutes=service.buffer_after_minutes),
    )


WRITTEN_DOWN = dt.timedelta(minutes=15)
"""Whoever walks in is written down a little later: that isn't the past yet."""


def doubts(
    *, actor: Actor, planned: Appointment | None, customer: Customer | None = None
) -> list[Doubt]:
    """
    What a person is asked about before the `planned` appointment (unsaved, or a copy with what is
    to be changed) of the `customer` stands; the APIs take it all, for systems bring their history
    along.
    """
    ((found, _busy),) = against(actor=actor, planned=[planned]) if planned else [([], False)]
    blocked = [Doubt.BLOCKED] if customer is not None and customer.is_blocked else []
    return [*found, *blocked]


def against(*, actor: Actor, planned: Sequence[Appointment]) -> list[tuple[list[Doubt], bool]]:
    """
    Of each of the `planned` appointments (of one outlet, service and staff member, in order) what
    speaks against its time, and whether the staff member is taken then, which is refused rather
    than doubted. In a fixed number of queries.
    """
    first, last = planned[0], planned[-1]
    zone, staff = zone_of(actor=actor, outlet=first.outlet), first.staff_id
    people = [staff] if staff else []
    coming = any(row.start_at >= now() - WRITTEN_DOWN for row in planned)
    hours = schedule(
        actor=actor,
        outlet=first.outlet,
        staff=people,
        first=first.start_at.astimezone(zone).date(),
        last=last.end_at.astimezone(zone).date(),
    )
    stand = (
        standing(actor=actor, staff=people, first=first.start_at, last=last.end_at, but=first.pk)
        if people and coming
        else []
    )
    kept = [row.kept(first.service) for row in stand]
    return [_against(row, hours, stand, kept, zone) for row in planned]


def _against(
    row: Appointment,
    hours: Schedule,
    stand: Sequence[Standing],
    kept: Sequence[Times],
    zone: ZoneInfo,
) -> tuple[list[Doubt], bool]:
    start, end = row.start_at, row.end_at
    busy = any(other.start < end and other.end > start for other in stand)
    if start < now() - WRITTEN_DOWN:
        return [Doubt.PAST], busy
    if end - start > LONGEST:
        return [], busy
    if not hours.covers(None, start, end, zone):
        return [Doubt.CLOSED], busy
    if row.staff_id is None:
        return [], busy
    found = [] if hours.covers(row.staff_id, start, end, zone) else [Doubt.AWAY]
    if not busy and any(begins < end and ends > start for begins, ends in kept):
        found.append(Doubt.BUFFER)
    return found, busy


def schedule_exceptions(
    *, actor: Actor, conditions: ScheduleExceptionConditions | None = None
) -> "QuerySet[ScheduleException]":
    """Closures, absences and other hours that meet the conditions. Raises Forbidden."""
    actor.require(Permission.VIEW)
    rows = ScheduleException.objects.for_actor(actor)
    return (conditions or ScheduleExceptionConditions()).apply(rows)


def bookable_staff(*, actor: Actor) -> "QuerySet[User]":
    """Who of the staff can be booked, by name. Raises Forbidden."""
    actor.require(Permission.VIEW)
    return (
        User.objects.for_actor(actor)
        .filter(is_active=True, takes_appointments=True)
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

"""What customers may do with their own appointments: look, confirm, cancel, move, and book."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.errors import (
    BookingClosed,
    NotToBeChanged,
    TimeNotFree,
    TooLateToChange,
    TooManyAppointments,
)
from appointments.hours import schedule
from appointments.models import Appointment, PreferredStaff, Service
from appointments.selectors import LONGEST, Times, standing, visible_appointments
from appointments.services import add_appointment, apply_appointment_change, lock_staff
from appointments.slots import free_starts, zone_of
from core.clock import day_bounds, now
from core.errors import Forbidden, NotFound
from core.identity.models import User
from core.rows import Versions, get_row, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.choices import Role
from core.tenancy.models import Outlet
from core.tenancy.policy import Permission
from core.writing import writes
from customers.selectors.customers import locked_customer

MOST_UPCOMING = 10
"""Appointments to come that a customer can have booked online."""

AHEAD = dt.timedelta(days=180)
"""How far ahead customers may book and move."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer wants to book; without a staff member whoever is free."""

    service: Service
    outlet: Outlet | None = None
    staff: User | None = None


# Looking


def own_appointments(*, actor: Actor) -> "QuerySet[Appointment]":
    """The acting customer's appointments, with all that a page shows of them. Raises Forbidden."""
    actor.require(Permission.USE_PORTAL)
    if actor.customer_id is None:
        raise Forbidden
    rows = visible_appointments(actor).filter(customer=actor.customer_id)
    return rows.select_related("outlet", "service", "staff")


def upcoming(rows: "QuerySet[Appointment]") -> "QuerySet[Appointment]":
    """Those of `rows` that still stand, the next first."""
    return rows.filter(status__in=UPCOMING, start_at__gt=now()).order_by("start_at", "id")


def past(rows: "QuerySet[Appointment]") -> "QuerySet[Appointment]":
    """Those of `rows` that are over or were called off, the latest first."""
    return rows.exclude(status__in=UPCOMING, start_at__gt=now()).order_by("-start_at", "-id")


def own_appointment(*, actor: Actor, appointment_id: UUID) -> Appointment:
    """Raises Forbidden and NotFound."""
    row = own_appointments(actor=actor).filter(pk=appointment_id).first()
    if row is None:
        raise NotFound("Appointment", appointment_id)
    return row


def notice(actor: Actor) -> dt.timedelta:
    """How long before its start an appointment can be booked, moved and cancelled online."""
    return dt.timedelta(hours=actor.organization.portal_change_hours)


def may_be_changed(appointment: Appointment, *, actor: Actor) -> bool:
    """Whether the customer may still move or cancel it."""
    standing = appointment.status in UPCOMING
    return standing and appointment.start_at - notice(actor) >= now()


def may_be_confirmed(appointment: Appointment) -> bool:
    return appointment.status == AppointmentStatus.PENDING and appointment.start_at > now()


# Changing


@writes(Permission.USE_PORTAL)
def confirm_own_appointment(
    *, actor: Actor, appointment_id: UUID, if_version: Versions = None
) -> Appointment:
    """
    Raises Forbidden, NotFound, Stale and NotToBeChanged (it isn't pending, or is over). Emits
    `appointment.updated`.
    """
    row = _locked(actor, appointment_id, if_version)
    if not may_be_confirmed(row):
        raise NotToBeChanged
    values = {"status": AppointmentStatus.CONFIRMED.value}
    return apply_appointment_change(actor=actor, appointment_id=row.pk, values=values)


@writes(Permission.USE_PORTAL)
def cancel_own_appointment(
    *, actor: Actor, appointment_id: UUID, if_version: Versions = None
) -> Appointment:
    """
    Raises Forbidden, NotFound, Stale, NotToBeChanged and TooLateToChange. Emits
    `appointment.updated`.
    """
    row = _locked(actor, appointment_id, if_version)
    refuse_change(row, actor=actor)
    values = {"status": AppointmentStatus.CANCELLED.value}
    return apply_appointment_change(actor=actor, appointment_id=row.pk, values=values)


@writes(Permission.USE_PORTAL)
def move_own_appointment(
    *, actor: Actor, appointment_id: UUID, start_at: dt.datetime, if_version: Versions = None
) -> Appointment:
    """
    To another time that is free, as long as it was. Raises Forbidden, NotFound, Stale,
    NotToBeChanged, TooLateToChange, TimeNotFree and StaffBusy. Emits `appointment.updated`.
    """
    row = _locked(actor, appointment_id, if_version)
    refuse_change(row, actor=actor)
    day = start_at.astimezone(zone_of(actor=actor, outlet=row.outlet)).date()
    if row.staff_id:
        lock_staff(actor, row.staff_id)
    if start_at not in times_to_move(actor=actor, appointment=row, day=day):
        raise TimeNotFree
    values = {"start_at": start_at}
    return apply_appointment_change(actor=actor, appointment_id=row.pk, values=values)


def refuse_change(appointment: Appointment, *, actor: Actor) -> None:
    """Raises NotToBeChanged and TooLateToChange."""
    if appointment.status not in UPCOMING or appointment.start_at <= now():
        raise NotToBeChanged
    if not may_be_changed(appointment, actor=actor):
        raise TooLateToChange


def times_to_move(*, actor: Actor, appointment: Appointment, day: dt.date) -> list[dt.datetime]:
    """When on `day` (of its outlet) the appointment could begin instead. Raises Forbidden."""
    actor.require(Permission.USE_PORTAL)
    length = appointment.end_at - appointment.start_at
    starts = _starts(
        actor,
        outlet=appointment.outlet,
        service=appointment.service,
        minutes=-(-int(length.total_seconds()) // 60),
        staff=[appointment.staff_id],
        day=day,
        but=appointment.pk,
    )
    return [start for start in starts[appointment.staff_id] if start != appointment.start_at]


# Booking


def services_to_book(*, actor: Actor) -> "QuerySet[Service]":
    """Raises Forbidden."""
    actor.require(Permission.USE_PORTAL)
    return Service.objects.for_actor(actor).filter(is_active=True).order_by("name")


def outlets_to_book(*, actor: Actor) -> "QuerySet[Outlet]":
    """Raises Forbidden."""
    actor.require(Permission.USE_PORTAL)
    return Outlet.objects.for_actor(actor).filter(is_active=True).order_by("name")


def staff_to_book(*, actor: Actor) -> "QuerySet[User]":
    """Whom of the staff customers are offered; super admins aren't. Raises Forbidden."""
    actor.require(Permission.USE_PORTAL)
    rows = User.objects.for_actor(actor).filter(is_active=True, takes_appointments=True)
    return rows.exclude(role=Role.SUPER_ADMIN).order_by("first_name", "last_name", "id")


def times_to_book(*, actor: Actor, wish: Wish, day: dt.date) -> list[dt.datetime]:
    """When on `day` what is wished for could begin, with anyone who may do it. Raises Forbidden."""
    starts = {start for starts in _times(actor, wish, day).values() for start in starts}
    return sorted(starts)


@writes(Permission.USE_PORTAL)
def book_own_appointment(*, actor: Actor, wish: Wish, start_at: dt.datetime) -> Appointment:
    """
    An appointment at a time that is free; it counts as confirmed. Without a wish as to whom, with
    the first who is free, those preferred before others.

    Raises Forbidden, NotFound, BookingClosed, TimeNotFree, TooManyAppointments and StaffBusy. Emits
    `appointment.created`.
    """
    _refuse_booking(actor)
    day = start_at.astimezone(zone_of(actor=actor, outlet=wish.outlet)).date()
    times = _times(actor, wish, day)
    free = [key for key, starts in times.items() if start_at in starts]
    if not free:
        raise TimeNotFree
    chosen = _preferred(actor, free)
    if chosen is not None:
        # whoever booked them meanwhile may have left no time between
        lock_staff(actor, chosen)
        if start_at not in _times(actor, wish, day, staff=[chosen])[chosen]:
            raise TimeNotFree
    values = {
        "customer": actor.id,
        "service": wish.service.pk,
        "outlet": wish.outlet.pk if wish.outlet else None,
        "staff": chosen,
        "start_at": start_at,
        "status": AppointmentStatus.CONFIRMED.value,
    }
    return add_appointment(actor=actor, values=values)


def _refuse_booking(actor: Actor) -> None:
    """Locks the customer, so that two requests at once are counted one after the other."""
    if actor.customer_id is None:
        raise Forbidden
    if not actor.organization.portal_booking:
        raise BookingClosed
    locked_customer(actor=actor, customer_id=actor.customer_id)
    if upcoming(own_appointments(actor=actor)).count() >= MOST_UPCOMING:
        raise TooManyAppointments


def _preferred(actor: Actor, free: Sequence[UUID | None]) -> UUID | None:
    people = [key for key in free if key is not None]
    links = PreferredStaff.objects.for_actor(actor).filter(customer=actor.id, staff__in=people)
    preferred = links.order_by("pk").values_list("staff_id", flat=True).first()
    return preferred or free[0]


def _times(
    actor: Actor, wish: Wish, day: dt.date, staff: Sequence[UUID] = ()
) -> dict[UUID | None, list[dt.datetime]]:
    """
    Staff member → when they could begin; nobody's times where there is no staff to be booked. Of
    these `staff` alone, where they are named.
    """
    actor.require(Permission.USE_PORTAL)
    people: list[UUID | None] = [*(staff or _offered(actor, wish, day))]
    nobody: list[UUID | None] = [] if wish.staff else [None]
    return _starts(
        actor,
        outlet=wish.outlet,
        service=wish.service,
        minutes=wish.service.duration_minutes,
        staff=people or nobody,
        day=day,
    )


def _offered(actor: Actor, wish: Wish, day: dt.date) -> Iterable[UUID]:
    """Whom the wish takes, those with the fewest appointments on the day first."""
    zone = zone_of(actor=actor, outlet=wish.outlet)
    people = staff_to_book(actor=actor)
    return _evenly(actor, people.filter(pk=wish.staff.pk) if wish.staff else people, day, zone)


def _evenly(actor: Actor, people: "QuerySet[User]", day: dt.date, zone: ZoneInfo) -> Iterable[UUID]:
    """Those with the fewest appointments on the day first."""
    first, last = day_bounds(day, zone.key)
    booked = visible_appointments(actor).filter(
        status__in=UPCOMING, start_at__gte=first, start_at__lt=last, staff__isnull=False
    )
    taken = dict(booked.order_by().values_list("staff").annotate(Count("pk")))
    keys = people.values_list("pk", flat=True)
    return sorted(keys, key=lambda key: taken.get(key, 0))


def _starts(
    actor: Actor,
    *,
    outlet: Outlet | None,
    service: Service | None,
    minutes: int,
    staff: Sequence[UUID | None],
    day: dt.date,
    but: UUID | None = None,
) -> dict[UUID | None, list[dt.datetime]]:
    """
    For each of the `staff` (None: nobody in particular) when on `day` something could begin that
    takes so many minutes: in hours, clear of what stands, with its buffers, and of the customer's
    own appointments.
    """
    zone = zone_of(actor=actor, outlet=outlet)
    first, last = day_bounds(day, zone.key)
    people = [key for key in staff if key is not None]
    hours = schedule(actor=actor, outlet=outlet, staff=people, first=day, last=day)
    busy: dict[UUID | None, list[Times]] = {key: [] for key in staff}
    for row in standing(actor=actor, staff=people, first=first, last=last, but=but):
        busy[row.staff_id].append(row.kept(service))
    own = _own_times(actor, first, last, but)
    earliest, latest = now() + notice(actor), now() + AHEAD
    return {
        key: [
            start
            for start in free_starts(
                day=day,
                zone=zone,
                spans=hours.working(key, day),
                minutes=minutes,
                busy=[*own, *busy[key]],
                after=earliest,
            )
            if start < latest
        ]
        for key in staff
    }


def _own_times(
    actor: Actor, first: dt.datetime, last: dt.datetime, but: UUID | None
) -> list[Times]:
    """When between two moments the customer has something else, with whomever."""
    rows = visible_appointments(actor).filter(
        customer=actor.id,
        status__in=UPCOMING,
        start_at__gt=first - LONGEST,
        start_at__lt=last,
        end_at__gt=first,
    )
    return list(rows.exclude(pk__in=[but] if but else []).values_list("start_at", "end_at"))


def _locked(actor: Actor, appointment_id: UUID, if_version: Versions) -> Appointment:
    """
    The acting customer's appointment, the customer's row locked before it as everywhere. Raises
    Forbidden, NotFound and Stale.
    """
    found = own_appointment(actor=actor, appointment_id=appointment_id)
    assert actor.customer_id is not None, "own_appointment has asked"
    locked_customer(actor=actor, customer_id=actor.customer_id)
    row = get_row(Appointment, actor=actor, key=found.pk, lock=True)
    refuse_stale(row, if_version)
    return row

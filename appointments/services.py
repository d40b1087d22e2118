"""Offering services and booking appointments."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.errors import StaffBusy
from appointments.models import Appointment, Service
from appointments.slots import resolve
from core.audit.ledger import record
from core.cleaning import clean
from core.errors import Invalid, NotFound
from core.identity.models import User
from core.rows import get_row, initial_changes, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer
from customers.selectors.customers import locked_customer
from customers.services.figures import refresh_figures
from customers.services.loyalty import settle_points


@writes(Permission.MANAGE_SERVICES)
def create_service(*, actor: Actor, values: Mapping[str, Any]) -> Service:
    """Raises Forbidden, Invalid and Conflict."""
    cleaned = clean(Service, values, actor=actor, required=["name"])
    service = Service.objects.add(actor, **cleaned)
    record(actor, "service.created", subject=service, changes=initial_changes(cleaned))
    return service


@writes(Permission.MANAGE_SERVICES)
def update_service(*, actor: Actor, service_id: UUID, values: Mapping[str, Any]) -> Service:
    """Raises Forbidden, NotFound, Invalid and Conflict."""
    service = get_row(Service, actor=actor, key=service_id, lock=True)
    changes = save_changes(service, clean(Service, values, actor=actor))
    if changes:
        record(actor, "service.updated", subject=service, changes=changes)
    return service


@writes(Permission.MANAGE_SERVICES)
def delete_service(*, actor: Actor, service_id: UUID) -> None:
    """
    Raises Forbidden, NotFound and InUse (appointments refer to it; set `is_active` to false
    instead).
    """
    service = get_row(Service, actor=actor, key=service_id, lock=True)
    record(actor, "service.deleted", subject=service)
    service.delete()


@writes(Permission.BOOK)
def book_appointment(*, actor: Actor, values: Mapping[str, Any]) -> Appointment:
    """
    A slot for a customer. Without an end it lasts as long as its service (an hour without one);
    without a price it costs what the service does. Raises Forbidden, NotFound, Invalid and
    StaffBusy. Emits `appointment.created`.
    """
    given = {name: raw for name, raw in values.items() if raw is not None}
    cleaned = clean(
        Appointment, resolve(given, actor=actor), actor=actor, required=["customer", "start_at"]
    )
    customer = locked_customer(actor=actor, customer_id=cleaned["customer"].pk)
    service: Service | None = cleaned.get("service")
    minutes = service.duration_minutes if service else 60
    cleaned["end_at"] = cleaned.get("end_at") or cleaned["start_at"] + dt.timedelta(minutes=minutes)
    if service:
        cleaned.setdefault("price", service.price)
    appointment = Appointment.objects.new(actor, **cleaned)
    _refuse_impossible(appointment, actor)
    appointment.save(force_insert=True)
    _settle(actor, customer, appointment)
    record(
        actor,
        "appointment.created",
        subject=appointment,
        customer_id=customer.pk,
        changes=initial_changes(cleaned),
        events=["appointment.created"],
    )
    refresh_figures(actor=actor, customers=[customer])
    return appointment


@writes(Permission.BOOK)
def change_appointment(
    *, actor: Actor, appointment_id: UUID, values: Mapping[str, Any]
) -> Appointment:
    """
    Moves, confirms, completes or cancels. A new start without an end keeps the length.

    Raises Forbidden, NotFound, Invalid and StaffBusy. Emits `appointment.updated`.
    """
    appointment = get_row(Appointment, actor=actor, key=appointment_id)
    customer = _customer(appointment, actor)
    appointment = get_row(Appointment, actor=actor, key=appointment_id, lock=True)
    slot = resolve(
        values,
        actor=actor,
        start=appointment.start_at,
        end=appointment.end_at,
        outlet=appointment.outlet,
    )
    cleaned = clean(Appointment, slot, actor=actor)
    if (
        "customer" in cleaned
        and getattr(cleaned.pop("customer"), "pk", None) != appointment.customer_id
    ):
        raise Invalid.one("customer", "immutable", "The customer can't be changed.")
    if "start_at" in cleaned and "end_at" not in cleaned:
        cleaned["end_at"] = cleaned["start_at"] + (appointment.end_at - appointment.start_at)
    wanted = Appointment(
        **{
            field.attname: getattr(appointment, field.attname)
            for field in Appointment._meta.concrete_fields
        }
    )
    for name, value in cleaned.items():
        setattr(wanted, name, value)
    _refuse_impossible(wanted, actor)
    changes = save_changes(appointment, cleaned)
    if changes:
        record(
            actor,
            "appointment.updated",
            subject=appointment,
            customer_id=appointment.customer_id,
            changes=changes,
            events=["appointment.updated"],
        )
        if customer:
            # at today's rate, so nothing else may touch what was earned at yesterday's
            if changes.keys() & {"status", "price"}:
                _settle(actor, customer, appointment)
            refresh_figures(actor=actor, customers=[customer])
    return appointment


@writes(Permission.UPDATE_CUSTOMERS)
def delete_appointment(*, actor: Actor, appointment_id: UUID) -> None:
    """
    Takes a mistaken entry away; what was called off is cancelled instead. Raises Forbidden and
    NotFound.
    """
    appointment = get_row(Appointment, actor=actor, key=appointment_id)
    customer = _customer(appointment, actor)
    record(actor, "appointment.deleted", subject=appointment, customer_id=appointment.customer_id)
    if customer:
        settle_points(actor=actor, customer=customer, source_id=appointment.pk, spent=Decimal(0))
    appointment.delete()
    if customer:
        refresh_figures(actor=actor, customers=[customer])


def _settle(actor: Actor, customer: Customer, appointment: Appointment) -> None:
    """The loyalty points that a completed appointment earns."""
    completed = appointment.status == AppointmentStatus.COMPLETED
    settle_points(
        actor=actor,
        customer=customer,
        source_id=appointment.pk,
        spent=appointment.price if completed else Decimal(0),
    )


def _customer(appointment: Appointment, actor: Actor) -> Customer | None:
    """
    The appointment's customer, locked; None for an erased one. Raises NotFound for a deleted one:
    their appointments are hidden.
    """
    if appointment.customer_id is None:
        return None
    try:
        return locked_customer(actor=actor, customer_id=appointment.customer_id)
    except NotFound as error:
        raise NotFound("Appointment", appointment.pk) from error


def _refuse_impossible(appointment: Appointment, actor: Actor) -> None:
    """
    Raises Invalid for an end before its start, StaffBusy for a second standing appointment of one
    person at one time.

    The staff member's row is locked first (last of all locks, so that no two writers wait for each
    other): whoever comes second sees what the first has booked.
    """
    if appointment.end_at <= appointment.start_at:
        raise Invalid.one("end_at", "invalid_range", "Must be after the start.")
    if appointment.staff_id is None or appointment.status not in UPCOMING:
        return
    list(
        User.objects.for_actor(actor)
        .filter(pk=appointment.staff_id)
        .select_for_update(no_key=True)
        .values_list("pk")
    )
    others = (
        Appointment.objects.for_actor(actor)
        .filter(staff_id=appointment.staff_id, status__in=UPCOMING)
        .exclude(pk=appointment.pk)
    )
    meets = others.filter(start_at__lt=appointment.end_at, end_at__gt=appointment.start_at)
    if (busy_with := meets.order_by("start_at").values_list("pk", flat=True).first()) is not None:
        raise StaffBusy(busy_with)

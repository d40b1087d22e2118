"""Offering services and booking appointments."""

import datetime as dt
from bisect import insort
from collections.abc import Mapping, Sequence
from copy import copy
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any
from uuid import UUID

from appointments.choices import UPCOMING, AppointmentStatus
from appointments.errors import StaffBusy
from appointments.models import Appointment, Service
from appointments.slots import USUAL_MINUTES, resolve
from core.audit.ledger import record
from core.cleaning import clean
from core.errors import Invalid
from core.identity.models import User
from core.rows import (
    Versions,
    final_changes,
    get_row,
    initial_changes,
    refuse_stale,
    save_changes,
)
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import TransactionStatus
from customers.models import Customer
from customers.services.loyalty import Purchase, settle_points
from customers.services.management import welcome_back
from customers.services.owned_rows import (
    Changed,
    NewRow,
    Written,
    add_rows,
    change_row,
    clean_change,
    clean_new,
    delete_rows,
    locked_row,
    make_rows,
    restore_rows,
    save_rows,
    set_rows,
)
from customers.services.work import create_transaction


@writes(Permission.MANAGE_SERVICES)
def create_service(*, actor: Actor, values: Mapping[str, Any]) -> Service:
    """Raises Forbidden, Invalid and Conflict."""
    cleaned = clean(Service, values, actor=actor, required=["name"])
    service = Service.objects.add(actor, **cleaned)
    record(actor, "service.created", subject=service, changes=initial_changes(cleaned))
    return service


@writes(Permission.MANAGE_SERVICES)
def update_service(
    *, actor: Actor, service_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Service:
    """Raises Forbidden, NotFound, Invalid, Stale and Conflict."""
    service = get_row(Service, actor=actor, key=service_id, lock=True)
    cleaned = clean(Service, values, actor=actor)
    changes = save_changes(service, cleaned, if_version=if_version)
    if changes:
        record(actor, "service.updated", subject=service, changes=changes)
    return service


@writes(Permission.MANAGE_SERVICES)
def delete_service(*, actor: Actor, service_id: UUID, if_version: Versions = None) -> None:
    """
    Raises Forbidden, NotFound, Stale and InUse (appointments refer to it; set `is_active` to false
    instead).
    """
    service = get_row(Service, actor=actor, key=service_id, lock=True)
    refuse_stale(service, if_version)
    record(actor, "service.deleted", subject=service, changes=final_changes(service))
    service.delete()


@writes(Permission.BOOK)
def book_appointment(*, actor: Actor, values: Mapping[str, Any]) -> Appointment:
    """
    A slot for a customer. Without an end it lasts as long as its service (an hour without one);
    without a price it costs what the service does. Raises Forbidden, NotFound, Invalid and
    StaffBusy. Emits `appointment.created`.
    """
    return add_appointment(actor=actor, values=values)


def add_appointment(*, actor: Actor, values: Mapping[str, Any]) -> Appointment:
    """`book_appointment` for services with a permission of their own."""
    cleaned, customer = clean_new(
        Appointment, _slot(values, actor=actor), actor=actor, required=["start_at"]
    )
    new = _new_appointment(actor, cleaned, customer)
    _refuse_impossible(new.row, BusyTimes(actor, new.row))
    _add([new], actor)
    appointment: Appointment = new.row
    return appointment


@writes(Permission.BOOK)
def book_appointments(*, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> Written:
    """As `book_appointment`, for each of the rows: what it made, or what is wrong."""
    busy = BusyTimes(actor)

    def make(actor: Actor, cleaned: dict[str, Any], customer: Customer) -> NewRow:
        new = _new_appointment(actor, cleaned, customer)
        _refuse_impossible(new.row, busy)
        busy.add(new.row)
        return new

    results, new = make_rows(
        Appointment,
        rows,
        actor=actor,
        make=make,
        prepare=partial(_slot, actor=actor),
        required=["start_at"],
    )
    _add(new, actor)
    return results


def _slot(values: Mapping[str, Any], *, actor: Actor) -> dict[str, Any]:
    """What was given, its beginning and end as moments. Raises Invalid."""
    given = {name: raw for name, raw in values.items() if raw is not None}
    return resolve(given, actor=actor)


def _new_appointment(actor: Actor, cleaned: dict[str, Any], customer: Customer) -> NewRow:
    service: Service | None = cleaned.get("service")
    cleaned["end_at"] = cleaned.get("end_at") or end_of(cleaned["start_at"], service)
    if service:
        cleaned.setdefault("price", service.price)
    appointment = Appointment.objects.new(actor, **cleaned)
    return NewRow(appointment, cleaned, customer, ["appointment.created"])


def _add(new: Sequence[NewRow], actor: Actor) -> None:
    _settle(actor, [(each.customer, each.row) for each in new if _spent_on(each.row)])
    add_rows(new, actor=actor)
    for customer in {each.customer.pk: each.customer for each in new}.values():
        welcome_back(actor=actor, customer=customer)


def end_of(start_at: dt.datetime, service: Service | None) -> dt.datetime:
    """When something ends that nobody said the end of."""
    minutes = service.duration_minutes if service else USUAL_MINUTES
    return start_at + dt.timedelta(minutes=minutes)


def planned_appointment(*, actor: Actor, values: Mapping[str, Any]) -> Appointment:
    """
    The appointment that `values` would make, unsaved and without its customer: for asking
    beforehand what speaks against it. Raises Invalid.
    """
    given = {name: raw for name, raw in values.items() if raw is not None and name != "customer"}
    cleaned = clean(Appointment, resolve(given, actor=actor), actor=actor, required=["start_at"])
    service = cleaned.get("service")
    cleaned["end_at"] = cleaned.get("end_at") or end_of(cleaned["start_at"], service)
    return Appointment.objects.new(actor, **cleaned)


def planned_change(
    *, actor: Actor, appointment: Appointment, values: Mapping[str, Any]
) -> Appointment:
    """The appointment as the change would make it, a copy. Raises Invalid."""
    wanted = copy(appointment)
    for name, value in _cleaned_change(actor, appointment, values).items():
        setattr(wanted, name, value)
    return wanted


def _cleaned_change(
    actor: Actor, appointment: Appointment, values: Mapping[str, Any]
) -> dict[str, Any]:
    """The columns to set. Raises Invalid."""
    cleaned = clean_change(appointment, _resolved(actor, appointment, values), actor=actor)
    _keep_length(appointment, cleaned)
    return cleaned


def _resolved(actor: Actor, appointment: Appointment, values: Mapping[str, Any]) -> dict[str, Any]:
    """Its beginning and end, where `values` change them, as moments. Raises Invalid."""
    return resolve(
        values,
        actor=actor,
        start=appointment.start_at,
        end=appointment.end_at,
        outlet=appointment.outlet,
    )


def _keep_length(appointment: Appointment, cleaned: dict[str, Any]) -> None:
    """A new start without an end keeps the length."""
    if "start_at" in cleaned and "end_at" not in cleaned:
        cleaned["end_at"] = cleaned["start_at"] + (appointment.end_at - appointment.start_at)


@writes(Permission.BOOK)
def change_appointment(
    *, actor: Actor, appointment_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Appointment:
    """
    Moves, confirms, completes or cancels. A new start without an end keeps the length.

    Raises Forbidden, NotFound, Invalid, Stale and StaffBusy. Emits `appointment.updated`.
    """
    return apply_appointment_change(
        actor=actor, appointment_id=appointment_id, values=values, if_version=if_version
    )


def apply_appointment_change(
    *, actor: Actor, appointment_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Appointment:
    """`change_appointment` for services with a permission of their own."""
    appointment, customer = locked_row(Appointment, actor=actor, key=appointment_id)
    cleaned = _cleaned_change(actor, appointment, values)
    refuse_stale(appointment, if_version)
    wanted = copy(appointment)
    for name, value in cleaned.items():
        setattr(wanted, name, value)
    _refuse_impossible(wanted, BusyTimes(actor, wanted))
    # at today's rate, so nothing else may touch what was earned at yesterday's
    if customer and _spent_on(wanted) != _spent_on(appointment):
        _settle(actor, [(customer, wanted)])
    change_row(appointment, cleaned, actor=actor, customer=customer, events=["appointment.updated"])
    return appointment


@writes(Permission.BOOK)
def change_appointments(
    *, actor: Actor, changes: Sequence[tuple[UUID, Mapping[str, Any]]]
) -> Changed:
    """
    As `change_appointment`, for each id in turn: whether anything changed, or what is wrong.
    """
    busy = BusyTimes(actor)
    rows = Appointment.objects.for_actor(actor).filter(pk__in=[key for key, _ in changes])
    outlets = Outlet.objects.for_actor(actor).in_bulk(set(rows.values_list("outlet", flat=True)))
    spent: dict[UUID, Decimal] = {}

    def prepare(row: Appointment, values: Mapping[str, Any]) -> Mapping[str, Any]:
        row.outlet = outlets.get(row.outlet_id) if row.outlet_id else None
        return _resolved(actor, row, values)

    def settle(row: Appointment, cleaned: dict[str, Any]) -> list[str]:
        _keep_length(row, cleaned)
        wanted = copy(row)
        for name, value in cleaned.items():
            setattr(wanted, name, value)
        _refuse_impossible(wanted, busy)
        busy.move(wanted)
        spent.setdefault(row.pk, _spent_on(row))
        return ["appointment.updated"]

    results, told = set_rows(Appointment, changes, actor=actor, settle=settle, prepare=prepare)
    owners: dict[Any, Customer] = {row: owner for row, owner, *_ in told if owner}
    earning = [(owner, row) for row, owner in owners.items() if _spent_on(row) != spent[row.pk]]
    _settle(actor, earning)
    save_rows(told, actor=actor)
    return results


@writes(Permission.BOOK)
def finish_appointment(
    *,
    actor: Actor,
    appointment_id: UUID,
    price: Any = None,
    paid: Any = None,
    project: Any = None,
    again: Mapping[str, Any] | None = None,
) -> tuple[Appointment, Appointment | None]:
    """
    Completes it at its `price` (None: as it stands), records what was `paid` for it, perhaps for a
    `project` of the customer, and books the next one with the values `again`; all or nothing.
    Returns both.

    Raises Forbidden (recording payments needs a permission of its own), NotFound, Invalid and
    StaffBusy. Emits `appointment.updated` and `appointment.created`.
    """
    values = {"status": AppointmentStatus.COMPLETED.value}
    row = apply_appointment_change(
        actor=actor,
        appointment_id=appointment_id,
        values=values if price is None else {**values, "price": price},
    )
    if paid:
        payment = {
            "customer": row.customer_id,
            "project": project,
            "gross_amount": paid,
            "status": TransactionStatus.COMPLETED.value,
            "description": row.service.name if row.service else "",
        }
        create_transaction(actor=actor, values=payment)
    return row, add_appointment(actor=actor, values=again) if again else None


@writes(Permission.UPDATE_CUSTOMERS)
def delete_appointment(*, actor: Actor, appointment_id: UUID, if_version: Versions = None) -> None:
    """
    Takes a mistaken entry away; what was called off is cancelled instead. Raises Forbidden,
    NotFound and Stale.
    """
    appointment, customer = locked_row(Appointment, actor=actor, key=appointment_id)
    delete_appointment_row(appointment, actor=actor, customer=customer, if_version=if_version)


def delete_appointment_row(
    appointment: Appointment,
    *,
    actor: Actor,
    customer: Customer | None,
    if_version: Versions = None,
) -> None:
    """Deletes a locked appointment, and what points it earned. Raises Stale."""
    refuse_stale(appointment, if_version)
    delete_appointment_rows([(appointment, customer)], actor=actor)


def delete_appointment_rows(
    rows: Sequence[tuple[Appointment, Customer | None]], *, actor: Actor
) -> None:
    """Deletes locked appointments, and what points they earned."""
    called_off = [Purchase(owner, row.pk, Decimal(0)) for row, owner in rows if owner]
    settle_points(actor=actor, purchases=called_off)
    delete_rows(rows, actor=actor)


def restore_appointments(rows: Sequence[tuple[Appointment, Customer]], *, actor: Actor) -> None:
    """
    Saves appointments of locked customers that were there before, all or none. Raises Invalid and
    StaffBusy.
    """
    busy = BusyTimes(actor)
    for row, _ in rows:
        _refuse_impossible(row, busy)
        busy.add(row)
    _settle(actor, [(customer, row) for row, customer in rows if _spent_on(row)])
    restore_rows(rows, actor=actor, events=["appointment.created"])


def _spent_on(appointment: Appointment) -> Decimal:
    """What a completed appointment costs; others cost nothing."""
    completed = appointment.status == AppointmentStatus.COMPLETED
    return appointment.price if completed else Decimal(0)


def _settle(actor: Actor, appointments: Sequence[tuple[Customer, Appointment]]) -> None:
    """The loyalty points that the appointments earn."""
    if appointments:
        settle_points(
            actor=actor,
            purchases=[Purchase(owner, row.pk, _spent_on(row)) for owner, row in appointments],
        )


def lock_staff(actor: Actor, staff_id: UUID) -> None:
    """Whoever would book the staff member waits until this transaction has ended."""
    rows = User.objects.for_actor(actor).filter(pk=staff_id)
    list(rows.select_for_update(no_key=True).values_list("pk"))


class BusyTimes:
    """
    What stands in the calendars of staff: read, with the person's row locked, when it is first
    asked for. With `near` an appointment, what meets that one alone.
    """

    def __init__(self, actor: Actor, near: Appointment | None = None) -> None:
        self.actor, self.near = actor, near
        self.taken: dict[UUID, list[tuple[UUID, dt.datetime, dt.datetime]]] = {}

    def of(self, staff_id: UUID) -> list[tuple[UUID, dt.datetime, dt.datetime]]:
        """
        Id, start and end of each, in order. The lock is the last of all, so that no two writers
        wait for each other: whoever comes second sees what the first has booked.
        """
        if staff_id not in self.taken:
            lock_staff(self.actor, staff_id)
            rows = Appointment.objects.for_actor(self.actor).filter(
                staff_id=staff_id, status__in=UPCOMING
            )
            if self.near is not None:
                rows = rows.filter(start_at__lt=self.near.end_at, end_at__gt=self.near.start_at)
            told = rows.order_by("start_at").values_list("pk", "start_at", "end_at")
            self.taken[staff_id] = list(told)
        return self.taken[staff_id]

    def add(self, appointment: Appointment) -> None:
        """It is going to be written."""
        if appointment.staff_id and appointment.status in UPCOMING:
            span = (appointment.pk, appointment.start_at, appointment.end_at)
            insort(self.of(appointment.staff_id), span, key=itemgetter(1))

    def move(self, appointment: Appointment) -> None:
        """It stands elsewhere from now on, or nowhere."""
        for staff_id, spans in self.taken.items():
            self.taken[staff_id] = [span for span in spans if span[0] != appointment.pk]
        self.add(appointment)


def _refuse_impossible(appointment: Appointment, busy: BusyTimes) -> None:
    """
    Raises Invalid for an end before its start, StaffBusy for a second standing appointment of one
    person at one time.
    """
    if appointment.end_at <= appointment.start_at:
        raise Invalid.one("end_at", "invalid_range", "Must be after the start.")
    if appointment.staff_id is None or appointment.status not in UPCOMING:
        return
    for key, start_at, end_at in busy.of(appointment.staff_id):
        if start_at >= appointment.end_at:
            return
        if end_at > appointment.start_at and key != appointment.pk:
            raise StaffBusy(key)

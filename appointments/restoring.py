"""Taking changes of services and appointments back."""

from collections.abc import Sequence

from appointments.models import Appointment, ScheduleException, Service
from appointments.services import (
    apply_appointment_change,
    delete_appointment_row,
    restore_appointment,
)
from core.changes.restoring import (
    ACTS,
    CREATED,
    DELETED,
    UPDATED,
    Restorer,
    RowChange,
    brought_back,
    refuse_used,
)
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.restoring import OfCustomers, lock_owners
from customers.services.owned_rows import locked_row


class AppointmentRestorer(OfCustomers):
    """By the rules of booking: nobody is booked twice, and points follow."""

    model = Appointment
    permissions = {
        CREATED: Permission.BOOK,
        UPDATED: Permission.BOOK,
        DELETED: Permission.UPDATE_CUSTOMERS,
    }

    def lock(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        lock_owners(actor, changes)

    def undo_created(self, actor: Actor, change: RowChange) -> None:
        row, customer = locked_row(Appointment, actor=actor, key=change.id)
        refuse_used(row)
        delete_appointment_row(row, actor=actor, customer=customer)

    def undo_updated(self, actor: Actor, change: RowChange) -> None:
        apply_appointment_change(actor=actor, appointment_id=change.id, values=change.before)

    def undo_deleted(self, actor: Actor, change: RowChange) -> None:
        restore_appointment(actor=actor, appointment=brought_back(Appointment, actor, change))


class ServiceRestorer(Restorer):
    model = Service
    permissions = dict.fromkeys(ACTS, Permission.MANAGE_SERVICES)


class ScheduleExceptionRestorer(Restorer):
    model = ScheduleException
    permissions = dict.fromkeys(ACTS, Permission.MANAGE_SCHEDULES)


RESTORERS = [AppointmentRestorer(), ServiceRestorer(), ScheduleExceptionRestorer()]

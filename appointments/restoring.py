"""Taking changes of services and appointments back."""

from collections.abc import Sequence

from appointments.models import Appointment, ScheduleException, Service
from appointments.services import (
    apply_appointment_change,
    delete_appointment_rows,
    restore_appointment,
)
from core.changes.restoring import (
    ACTS,
    CREATED,
    DELETED,
    UPDATED,
    Restorer,
    RowChange,
)
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models import Customer
from customers.restoring import OwnedRowRestorer


class AppointmentRestorer(OwnedRowRestorer):
    """By the rules of booking: nobody is booked twice, and points follow."""

    def delete(self, actor: Actor, rows: Sequence[tuple[Appointment, Customer | None]]) -> None:
        delete_appointment_rows(rows, actor=actor)

    def put_back(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        for change in changes:
            apply_appointment_change(actor=actor, appointment_id=change.id, values=change.before)

    def undo_deleted(self, actor: Actor, change: RowChange) -> None:
        row, customer = self.brought_back(actor, change)
        restore_appointment(actor=actor, appointment=row, customer=customer)


class ServiceRestorer(Restorer):
    model = Service
    permissions = dict.fromkeys(ACTS, Permission.MANAGE_SERVICES)


class ScheduleExceptionRestorer(Restorer):
    model = ScheduleException
    permissions = dict.fromkeys(ACTS, Permission.MANAGE_SCHEDULES)


RESTORERS = [
    AppointmentRestorer(
        Appointment,
        {
            CREATED: Permission.BOOK,
            UPDATED: Permission.BOOK,
            DELETED: Permission.UPDATE_CUSTOMERS,
        },
    ),
    ServiceRestorer(),
    ScheduleExceptionRestorer(),
]

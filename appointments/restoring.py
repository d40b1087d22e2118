"""Taking changes of services and appointments back."""

from collections.abc import Sequence

from appointments.models import Appointment, ScheduleException, Service
from appointments.services import (
    change_appointments,
    delete_appointment_rows,
    restore_appointments,
)
from core.changes.restoring import (
    ACTS,
    CREATED,
    DELETED,
    UPDATED,
    Restorer,
    RowChange,
)
from core.errors import DomainError
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.models import Customer
from customers.restoring import OwnedRowRestorer


class AppointmentRestorer(OwnedRowRestorer):
    """By the rules of booking: nobody is booked twice, and points follow."""

    def delete(self, actor: Actor, rows: Sequence[tuple[Appointment, Customer | None]]) -> None:
        delete_appointment_rows(rows, actor=actor)

    def put_back(self, actor: Actor, changes: Sequence[RowChange]) -> None:
        told = [(change.id, change.before) for change in changes]
        for made in change_appointments(actor=actor, changes=told):
            if isinstance(made, DomainError):
                raise made

    def bring_back(self, actor: Actor, rows: Sequence[tuple[Appointment, Customer]]) -> None:
        restore_appointments(rows, actor=actor)


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

"""
Which appointments and services: the conditions of their lists, exports and bulk work, and the
parameters that are read into them.
"""

from dataclasses import dataclass
from uuid import UUID

from appointments.choices import AppointmentStatus, ExceptionKind
from appointments.models import Appointment, ScheduleException, Service
from core.filters import (
    BooleanFilter,
    CharFilter,
    ChoiceFilter,
    Conditions,
    ConditionsFilterSet,
    UUIDFilter,
)
from customers.filters import CustomerIdFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentConditions(Conditions):
    customer_id: UUID | None = None
    outlet_id: UUID | None = None
    staff_id: UUID | None = None
    service_id: UUID | None = None
    series_id: UUID | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConditions(Conditions):
    is_active: bool | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleExceptionConditions(Conditions):
    outlet_id: UUID | None = None
    staff_id: UUID | None = None
    kind: str | None = None


class AppointmentFilterSet(ConditionsFilterSet[AppointmentConditions]):
    customer_id = CustomerIdFilter()
    outlet_id = UUIDFilter()
    staff_id = UUIDFilter()
    service_id = UUIDFilter()
    series_id = UUIDFilter()
    status = ChoiceFilter(choices=AppointmentStatus)

    class Meta:
        model = Appointment
        conditions = AppointmentConditions


class ServiceFilterSet(ConditionsFilterSet[ServiceConditions]):
    is_active = BooleanFilter()
    category = CharFilter()

    class Meta:
        model = Service
        conditions = ServiceConditions


class ScheduleExceptionFilterSet(ConditionsFilterSet[ScheduleExceptionConditions]):
    outlet_id = UUIDFilter()
    staff_id = UUIDFilter()
    kind = ChoiceFilter(choices=ExceptionKind)

    class Meta:
        model = ScheduleException
        conditions = ScheduleExceptionConditions

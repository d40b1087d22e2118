"""Which appointments and services: the conditions of their lists, exports and bulk work."""

from dataclasses import dataclass
from uuid import UUID

from core.filters import Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentConditions(Conditions):
    customer_id: UUID | None = None
    outlet_id: UUID | None = None
    staff_id: UUID | None = None
    service_id: UUID | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConditions(Conditions):
    is_active: bool | None = None
    category: str | None = None

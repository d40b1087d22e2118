"""Taking appointments in from a file."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from appointments.models import Appointment, Service
from appointments.services import book_appointments, change_appointments
from appointments.tables import APPOINTMENTS as APPOINTMENTS_TABLE
from core.identity.models import User
from core.tenancy.models import Outlet
from customers.imports.linked import LinkedImport, named_row


def _outlets_zone(values: Mapping[str, Any], present: Appointment | None) -> dt.tzinfo | None:
    outlet = values.get("outlet") or (present.outlet if present else None)
    return ZoneInfo(outlet.time_zone) if outlet else None


APPOINTMENT_IMPORT = LinkedImport(
    model=Appointment,
    table=APPOINTMENTS_TABLE,
    words={
        "outlet": ["outlet id", "branch", "location", "sucursal", "filiale", "succursale"],
        "service": ["service id", "service name", "servicio", "leistung", "prestation"],
        "staff": [
            *("staff id", "staff member", "staff name", "team member", "employee", "provider"),
            *("empleado", "profesional", "mitarbeiter", "employé"),
        ],
        "start_at": [
            *("start", "start time", "start date", "begins", "scheduled date", "appointment date"),
            *("inicio", "hora de inicio", "beginn", "début"),
        ],
        "end_at": ["end", "end time", "end date", "ends", "fin", "hora de fin", "ende"],
        "status": ["estado", "statut"],
        "price": ["total price", "precio", "preis", "prix"],
        "notes": ["note", "notas", "notizen", "remarques"],
    },
    create=book_appointments,
    update=change_appointments,
    find={
        "outlet": named_row(Outlet, "name"),
        "service": named_row(Service, "name"),
        "staff": named_row(User, "email"),
    },
    zone=_outlets_zone,
)

"""Taking appointments in from a file."""

from typing import Any
from uuid import UUID

from appointments.models import Appointment, Service
from appointments.services import book_appointment, change_appointment
from core.identity.models import User
from core.imports.reports import Mode, Report
from core.imports.running import Checkpoint
from core.imports.uploads import Upload
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from customers.imports.linked import RowImport, import_linked, named_row


def _change(*, actor: Actor, key: UUID, values: dict[str, Any]) -> Appointment:
    return change_appointment(actor=actor, appointment_id=key, values=values)


APPOINTMENTS = RowImport(
    model=Appointment,
    noun="appointments",
    words={
        "outlet": ["branch", "sucursal", "filiale", "succursale"],
        "service": ["servicio", "leistung", "prestation"],
        "staff": ["employee", "empleado", "mitarbeiter", "employé"],
        "start_at": ["start", "begins", "inicio", "beginn", "début"],
        "end_at": ["end", "ends", "fin", "ende"],
        "status": ["estado", "statut"],
        "price": ["precio", "preis", "prix"],
        "notes": ["note", "notas", "notizen", "remarques"],
    },
    create=book_appointment,
    update=_change,
    find={
        "outlet": named_row(Outlet, "name"),
        "service": named_row(Service, "name"),
        "staff": named_row(User, "email"),
    },
)


def import_appointments(
    *,
    actor: Actor,
    upload: Upload,
    mode: Mode,
    dry_run: bool = False,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """See `import_linked`."""
    return import_linked(
        rows=APPOINTMENTS,
        actor=actor,
        upload=upload,
        mode=mode,
        dry_run=dry_run,
        checkpoint=checkpoint,
    )

"""Taking projects in from a file."""

from typing import Any
from uuid import UUID

from core.imports.reports import Mode, Report
from core.imports.running import Checkpoint
from core.imports.uploads import Upload
from core.tenancy.actor import Actor
from customers.imports.linked import RowImport, import_linked
from customers.models import Project
from customers.services.work import create_project, update_project


def _update(*, actor: Actor, key: UUID, values: dict[str, Any]) -> Project:
    return update_project(actor=actor, project_id=key, values=values)


PROJECTS = RowImport(
    model=Project,
    noun="projects",
    words={
        "name": ["project", "project name", "proyecto", "projekt", "projet"],
        "project_type": ["type", "tipo", "art", "typ"],
        "status": ["estado", "statut"],
        "total_amount": ["amount", "total", "importe", "monto", "betrag", "montant"],
        "start_date": ["start", "started at", "fecha de inicio", "beginn", "début"],
        "completed_at": ["completed", "completion date", "finished", "fecha de fin", "ende", "fin"],
        "notes": ["note", "notas", "notizen", "remarques"],
    },
    create=create_project,
    update=_update,
    find={},
)


def import_projects(
    *,
    actor: Actor,
    upload: Upload,
    mode: Mode,
    dry_run: bool = False,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """See `import_linked`."""
    return import_linked(
        rows=PROJECTS, actor=actor, upload=upload, mode=mode, dry_run=dry_run, checkpoint=checkpoint
    )

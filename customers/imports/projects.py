"""Taking projects in from a file."""

from typing import Any
from uuid import UUID

from core.imports.options import USUAL, Options
from core.imports.reports import Report
from core.imports.running import Checkpoint
from core.imports.uploads import Upload
from core.tenancy.actor import Actor
from customers.imports.linked import RowImport, import_linked
from customers.models import Project
from customers.services.work import create_project, update_project
from customers.tables import PROJECTS as PROJECTS_TABLE


def _update(*, actor: Actor, key: UUID, values: dict[str, Any]) -> Project:
    return update_project(actor=actor, project_id=key, values=values)


PROJECTS = RowImport(
    model=Project,
    noun="projects",
    table=PROJECTS_TABLE,
    words={
        "name": [
            "project",
            "project name",
            "job",
            "job title",
            "proyecto",
            "nombre del proyecto",
            "trabajo",
            "projekt",
            "projet",
        ],
        "project_type": ["type", "tipo", "art", "typ"],
        "status": ["estado", "statut"],
        "total_amount": [
            "amount",
            "total",
            "price",
            "importe",
            "monto",
            "importe total",
            "betrag",
            "montant",
        ],
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
    options: Options = USUAL,
    dry_run: bool = False,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """See `import_linked`."""
    return import_linked(
        rows=PROJECTS,
        actor=actor,
        upload=upload,
        options=options,
        dry_run=dry_run,
        checkpoint=checkpoint,
    )

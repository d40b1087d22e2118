"""Taking projects in from a file."""

from customers.imports.linked import LinkedImport
from customers.models import Project
from customers.services.work import create_projects, update_projects
from customers.tables import PROJECTS as PROJECTS_TABLE

PROJECT_IMPORT = LinkedImport(
    model=Project,
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
    create=create_projects,
    update=update_projects,
)

"""Taking interactions in from a file."""

from typing import Any
from uuid import UUID

from core.imports import Mode, Report
from core.tables import Table
from core.tenancy.actor import Actor
from customers.imports.linked import Kind, import_linked
from interactions.models import Interaction
from interactions.services import log_interaction, update_interaction


def _update(*, actor: Actor, key: UUID, values: dict[str, Any]) -> Interaction:
    return update_interaction(actor=actor, interaction_id=key, values=values)


INTERACTIONS = Kind(
    model=Interaction,
    noun="interactions",
    words={
        "type": ["tipo", "art", "typ", "channel", "canal"],
        "occurred_at": ["date", "at", "fecha", "datum"],
        "outcome": ["result", "resultado", "ergebnis", "résultat"],
        "notes": ["note", "notas", "notizen", "remarques"],
    },
    create=log_interaction,
    update=_update,
    find={},
)


def import_interactions(*, actor: Actor, table: Table, mode: Mode, dry_run: bool = False) -> Report:
    """See `import_linked`."""
    return import_linked(kind=INTERACTIONS, actor=actor, table=table, mode=mode, dry_run=dry_run)

"""Taking interactions in from a file."""

from typing import Any
from uuid import UUID

from core.imports.options import USUAL, Options
from core.imports.reports import Report
from core.imports.running import Checkpoint
from core.imports.uploads import Upload
from core.tenancy.actor import Actor
from customers.imports.linked import RowImport, import_linked
from interactions.models import Interaction
from interactions.services import log_interaction, update_interaction
from interactions.tables import INTERACTIONS as INTERACTIONS_TABLE


def _update(*, actor: Actor, key: UUID, values: dict[str, Any]) -> Interaction:
    return update_interaction(actor=actor, interaction_id=key, values=values)


INTERACTIONS = RowImport(
    model=Interaction,
    noun="interactions",
    table=INTERACTIONS_TABLE,
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


def import_interactions(
    *,
    actor: Actor,
    upload: Upload,
    options: Options = USUAL,
    dry_run: bool = False,
    checkpoint: Checkpoint | None = None,
) -> Report:
    """See `import_linked`."""
    return import_linked(
        rows=INTERACTIONS,
        actor=actor,
        upload=upload,
        options=options,
        dry_run=dry_run,
        checkpoint=checkpoint,
    )

"""Taking interactions in from a file."""

from typing import Any
from uuid import UUID

from core.tenancy.actor import Actor
from customers.imports.linked import LinkedImport
from interactions.models import Interaction
from interactions.services import log_interaction, update_interaction
from interactions.tables import INTERACTIONS as INTERACTIONS_TABLE


def _update(*, actor: Actor, key: UUID, values: dict[str, Any]) -> Interaction:
    return update_interaction(actor=actor, interaction_id=key, values=values)


INTERACTION_IMPORT = LinkedImport(
    model=Interaction,
    table=INTERACTIONS_TABLE,
    words={
        "type": ["tipo", "art", "typ", "channel", "canal"],
        "occurred_at": ["date", "at", "fecha", "datum"],
        "outcome": ["result", "resultado", "ergebnis", "résultat"],
        "notes": ["note", "notas", "notizen", "remarques"],
    },
    create=log_interaction,
    update=_update,
)

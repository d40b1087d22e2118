"""Taking interactions in from a file."""

from customers.imports.linked import LinkedImport
from interactions.models import Interaction
from interactions.services import log_interactions, update_interactions
from interactions.tables import INTERACTIONS as INTERACTIONS_TABLE

INTERACTION_IMPORT = LinkedImport(
    model=Interaction,
    table=INTERACTIONS_TABLE,
    words={
        "type": ["tipo", "art", "typ", "channel", "canal"],
        "occurred_at": ["date", "at", "fecha", "datum"],
        "outcome": ["result", "resultado", "ergebnis", "résultat"],
        "notes": ["note", "notas", "notizen", "remarques"],
    },
    create=log_interactions,
    update=update_interactions,
)

"""Interactions as a table to be taken out."""

from core.exports.tables import Table, columns
from customers.tables import OF_CUSTOMER
from interactions.filters import InteractionConditions
from interactions.models import Interaction
from interactions.selectors import interactions

_LOGGED = (
    "type",
    "occurred_at",
    "outcome",
    "notes",
    "created_by=created_by_id",
    "created_by_email=created_by__email",
)

INTERACTIONS = Table(
    "interactions",
    interactions,
    InteractionConditions,
    columns(Interaction, "id", *OF_CUSTOMER, *_LOGGED, "created_at", "updated_at"),
    order=("-occurred_at", "-id"),
)

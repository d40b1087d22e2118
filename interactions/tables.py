"""Interactions as a table to be taken out."""

from django.utils.translation import gettext_lazy as _

from core.exports.tables import ExportTable, columns, named
from customers.tables import OF_CUSTOMER, OF_CUSTOMER_LABELS
from interactions.filters import InteractionFilterSet
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

_COLUMNS = columns(
    Interaction,
    "id",
    *OF_CUSTOMER,
    *_LOGGED,
    "created_at",
    "updated_at",
    labels=OF_CUSTOMER_LABELS,
)

INTERACTIONS = ExportTable(
    "interactions",
    _("Interactions"),
    interactions,
    InteractionFilterSet,
    _COLUMNS,
    order=("-occurred_at", "-id"),
    names=named(_COLUMNS, occurred_at="date"),
    preselected=("customer_email", *_LOGGED[:4], "created_by_email"),
)

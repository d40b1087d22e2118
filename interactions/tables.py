"""Interactions and follow-ups as tables to be taken out."""

from django.utils.translation import gettext_lazy as _

from core.exports.tables import ExportTable, columns, named
from customers.tables import OF_CUSTOMER, OF_CUSTOMER_LABELS
from interactions.filters import FollowUpFilterSet, InteractionFilterSet
from interactions.models import FollowUp, Interaction
from interactions.selectors import follow_ups, interactions

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

_TO_DO = (
    "reason",
    "due_date",
    "due_time",
    "notes",
    "owner=owner_id",
    "owner_email=owner__email",
    "done_at",
    "done_by_email=done_by__email",
)

_FOLLOW_UP_COLUMNS = columns(
    FollowUp,
    "id",
    *OF_CUSTOMER,
    *_TO_DO,
    "created_by_email=created_by__email",
    "created_at",
    "updated_at",
    labels=OF_CUSTOMER_LABELS,
)

FOLLOW_UPS = ExportTable(
    "follow_ups",
    _("Follow-ups"),
    follow_ups,
    FollowUpFilterSet,
    _FOLLOW_UP_COLUMNS,
    order=("due_date", "id"),
    names=named(_FOLLOW_UP_COLUMNS, owner="owner_id"),
    preselected=("customer_email", "reason", "due_date", "owner_email", "done_at"),
)

"""What the audit calls each act: every app says it of its own."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from appointments import audit as appointments
from core.changes import audit as changes
from core.exports import audit as exports
from core.identity import audit as identity
from core.imports import audit as imports
from core.jobs import audit as jobs
from core.tenancy import audit as tenancy
from core.webhooks import audit as webhooks
from customers import audit as customers
from interactions import audit as interactions

GROUPS: tuple[tuple[Promise, Mapping[str, Promise]], ...] = (
    (_("Customers"), customers.CUSTOMERS),
    (_("Work"), {**customers.WORK, **appointments.WORK}),
    (_("Conversations"), interactions.CONVERSATIONS),
    (_("Settings"), {**appointments.SETTINGS, **tenancy.SETTINGS}),
    (_("Access"), {**identity.ACCESS, **tenancy.ACCESS, **customers.PORTAL}),
    (_("Webhooks"), webhooks.WEBHOOKS),
    (
        _("Imports & exports"),
        {
            **customers.JOBS,
            **exports.EXPORTS,
            **imports.IMPORTS,
            **changes.CHANGES,
            **jobs.JOBS,
        },
    ),
)
"""As the audit's page groups them."""

ACTS = {act: name for _group, acts in GROUPS for act, name in acts.items()}


def act_name(act: str) -> str:
    """In words; an act that no app declares (any more) by its own name."""
    return str(ACTS.get(act, act))

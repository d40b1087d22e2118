"""Custom fields that are called sensitive, or no longer: what is stored follows."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from core.audit.ledger import record
from core.jobs.models import Job
from core.jobs.services import start
from core.retrying import retry_on_deadlock
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.updating import update
from core.writing import writes
from customers.figures import batches
from customers.models import Customer
from customers.sensitive import reveal, split

KIND = "sensitive_fields"
BATCH = 500
"""Customers locked at a time."""


@writes(Permission.MANAGE_THRESHOLDS)
def start_concealment(*, actor: Actor) -> Job:
    """
    A job that encrypts the values of all custom fields that are sensitive now, and decrypts those
    that aren't any more; the one that waits already, if there is one. Raises Forbidden.
    """
    return start(
        actor=actor,
        kind=KIND,
        task="customers.tasks.conceal_sensitive_fields",
        permission=Permission.MANAGE_THRESHOLDS,
        parameters={},
        single=True,
    )


def follow_sensitive_fields(*, actor: Actor, progress: Callable[[int, int], None]) -> int:
    """
    Has every customer, the deleted too, keep custom fields as the organization's `sensitive_fields`
    have it. Returns how many were rewritten; neither their version nor `updated_at` moves, for what
    they hold is the same.
    """
    names = actor.organization.sensitive_fields
    rows = Customer.objects.for_actor(actor)
    touched = ~Q(sensitive_values="")
    if names:
        touched |= Q(custom_fields__has_any_keys=names)
    ids = list(rows.filter(touched).order_by("pk").values_list("pk", flat=True))
    changed = 0
    progress(0, len(ids))
    for place, keys in enumerate(batches(ids, BATCH)):
        changed += retry_on_deadlock(lambda keys=keys: _rewrite(actor, keys))  # type: ignore[misc]
        progress(min((place + 1) * BATCH, len(ids)), len(ids))
    if changed:
        record(actor, "customers.concealed", changes={"customers": (None, changed)})
    return changed


def _rewrite(actor: Actor, keys: list[UUID]) -> int:
    names = actor.organization.sensitive_fields
    with transaction.atomic():
        rows = Customer.objects.for_actor(actor).select_for_update(no_key=True).order_by("pk")
        others = []
        for row in rows.filter(pk__in=keys).only("custom_fields", "sensitive_values"):
            before = (row.custom_fields, row.sensitive_values)
            row.custom_fields, row.sensitive_values = split(reveal(*before), names)
            if before != (row.custom_fields, row.sensitive_values):
                others.append(row)
        columns = ["custom_fields", "sensitive_values"]
        update(others, columns)
    return len(others)

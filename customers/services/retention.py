"""Retention: who has been away too long is listed, and erased when a person or the policy says."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.audit.ledger import record
from core.cleaning import clean
from core.errors import NotFound
from core.jobs.models import Job
from core.jobs.services import start
from core.rows import Versions, save_changes
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.errors import ReviewChanged
from customers.models import Customer, RetentionPolicy
from customers.selectors.retention import (
    due_for_erasure,
    kept,
    retention_limit,
    retention_policy,
)
from customers.services.erasure import erase_customer, lock_for_erasure

KIND = "retention"


@writes(Permission.MANAGE_PRIVACY)
def set_retention(
    *, actor: Actor, values: Mapping[str, Any], if_version: Versions = None
) -> RetentionPolicy:
    """
    After how many `months` without activity customers are listed for erasure (0: never), and
    whether it then `is_automatic`. Raises Forbidden, Invalid and Stale.
    """
    cleaned = clean(RetentionPolicy, values, actor=actor)
    policies = RetentionPolicy.objects.for_actor(actor)
    policy = policies.select_for_update(no_key=True).first()
    policy = policy or RetentionPolicy.objects.add(actor)
    changes = save_changes(policy, cleaned, if_version=if_version)
    if changes:
        record(actor, "retentionpolicy.updated", subject=policy, changes=changes)
    return policy


@writes(Permission.ERASE)
def start_retention(*, actor: Actor, expected: int | None = None) -> Job:
    """
    A job that erases those who are due now, each with a certificate; `expected` is how many a
    person saw of them. Raises Forbidden and ReviewChanged.
    """
    months = retention_policy(actor=actor).months
    number = due_for_erasure(actor=actor).count()
    if expected is not None and expected != number:
        raise ReviewChanged
    job = start(
        actor=actor,
        kind=KIND,
        task="customers.tasks.erase_inactive",
        permission=Permission.ERASE,
        parameters={
            "months": months,
            "limit": retention_limit(actor=actor, months=months).isoformat(),
        },
        single=True,
    )
    job.total = number
    job.save(update_fields=["total"])
    return job


@writes(Permission.ERASE)
def erase_if_inactive(
    *, actor: Actor, customer_id: UUID, limit: dt.datetime, months: int
) -> UUID | None:
    """
    Erases a customer who still hasn't been active since `limit` and whom nothing keeps. Returns the
    certificate's id, None where the customer stays or is gone. Raises Forbidden.
    """
    try:
        customer = lock_for_erasure(actor, customer_id)[0]
    except NotFound:
        return None
    last = customer.last_activity_at
    if last is None or last >= limit:
        return None
    if Customer.objects.for_actor(actor).filter(kept(), pk=customer_id).exists():
        return None
    return erase_customer(
        actor=actor, customer_id=customer_id, ground=f"no activity for {months} months"
    )


@writes(Permission.ERASE)
def start_automatic_retention(*, actor: Actor) -> Job | None:
    """The same job, where the policy wants it and somebody is due. Raises Forbidden."""
    policy = retention_policy(actor=actor)
    if not policy.is_automatic or not due_for_erasure(actor=actor).exists():
        return None
    return start_retention(actor=actor)

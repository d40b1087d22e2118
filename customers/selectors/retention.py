"""Who has been away for longer than an organization keeps customers."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.timezone import localtime

from core.clock import midnight, months_before, now
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import PrivacyRequestStatus
from customers.models import Customer, PrivacyRequest, RetentionPolicy
from customers.parts import customer_parts


def retention_policy(*, actor: Actor) -> RetentionPolicy:
    """The organization's; where none was ever set, one that keeps everybody. Raises Forbidden."""
    actor.require(Permission.MANAGE_PRIVACY)
    found = RetentionPolicy.objects.for_actor(actor).first()
    return found or RetentionPolicy.objects.new(actor)


def retention_limit(*, actor: Actor, months: int) -> dt.datetime:
    """Who wasn't active since then is due: the first moment of today, so many months ago."""
    zone = actor.organization.time_zone
    today = localtime(now(), ZoneInfo(zone)).date()
    return months_before(midnight(today, zone), months)


def due_for_erasure(*, actor: Actor, months: int | None = None) -> "QuerySet[Customer]":
    """
    Customers, living and deleted, without activity for the policy's months (or `months`, to see
    what these would mean), but for those whom something forbids to erase or who are waiting for an
    answer about their data. Nobody where the policy is off. Raises Forbidden.
    """
    policy = retention_policy(actor=actor)
    wanted = policy.months if months is None else months
    rows = Customer.objects.for_actor(actor)
    if not wanted:
        return rows.none()
    limit = retention_limit(actor=actor, months=wanted)
    return rows.filter(Q(last_activity_at__lt=limit), merged_into=None).exclude(kept())


def kept() -> Q:
    """Customers whom nobody may erase for having been away."""
    asking = PrivacyRequest.objects.unscoped().filter(status=PrivacyRequestStatus.OPEN)
    found = Q(pk__in=asking.values("customer_id"))
    for part in customer_parts():
        rows = part.blocking()
        if rows is not None:
            found |= Q(pk__in=rows.values("customer_id"))
    return found

"""Consents that have ended by themselves, in the words of the database."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.clock import now
from customers.choices import ConsentPurpose
from customers.models import Consent


def expired_consents() -> "QuerySet[Consent]":
    """
    Grants whose end has come and that nothing was said after, of everyone: they count as none, and
    aren't withdrawals.
    """
    said = Consent.objects.unscoped().filter(
        customer=OuterRef("customer"), channel=OuterRef("channel"), purpose=OuterRef("purpose")
    )
    later = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), id__gt=OuterRef("id"))
    ended = Consent.objects.unscoped().filter(granted=True, expires_at__lte=now())
    return ended.filter(~Exists(said.filter(later)))


def may_get_marketing() -> Q:
    """Customers who have agreed to it, in force still, and aren't blocked."""
    ended = expired_consents().filter(purpose=ConsentPurpose.MARKETING)
    agreed = Q(marketing_consent=True, is_blocked=False)
    return agreed & ~Q(pk__in=ended.values("customer_id"))

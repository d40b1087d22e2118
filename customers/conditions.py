"""Which customers: one object for lists, exports and bulk work, so that the same conditions always mean the same rows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from core.text import digits, fold, looks_like_phone
from customers.models import Customer, CustomerTag


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """All that are set must hold; None sets nothing. `tags` means any of them; `deleted` chooses the deleted instead of the living."""

    search: str | None = None
    status: Sequence[str] | None = None
    segment: Sequence[str] | None = None
    engagement: Sequence[str] | None = None
    tags: Sequence[str] | None = None
    assigned_to: UUID | None = None
    min_lifetime_value: Decimal | None = None
    postal_code: str | None = None
    city: str | None = None
    is_referral_partner: bool | None = None
    is_business: bool | None = None
    is_blocked: bool | None = None
    has_password: bool | None = None
    email_verified: bool | None = None
    has_transactions: bool | None = None
    external_id: str | None = None
    created_from: dt.datetime | None = None
    created_before: dt.datetime | None = None
    updated_since: dt.datetime | None = None
    deleted: bool = False

    def apply(self, customers: "QuerySet[Customer]") -> "QuerySet[Customer]":
        """Those of `customers` (an actor's) that meet every condition."""
        equal = {
            "status__in": self.status,
            "segment__in": self.segment,
            "engagement__in": self.engagement,
            "assigned_to_id": self.assigned_to,
            "lifetime_value__gte": self.min_lifetime_value,
            "postal_code": self.postal_code,
            "city": self.city,
            "is_referral_partner": self.is_referral_partner,
            "is_business": self.is_business,
            "is_blocked": self.is_blocked,
            "email_verified": self.email_verified,
            "external_id": self.external_id,
            "created_at__gte": self.created_from,
            "created_at__lt": self.created_before,
            "updated_at__gte": self.updated_since,
        }
        chosen = Q(deleted_at__isnull=not self.deleted)
        chosen &= Q(**{name: value for name, value in equal.items() if value is not None})
        if self.has_password is not None:
            chosen &= ~Q(password="") if self.has_password else Q(password="")
        if self.has_transactions is not None:
            chosen &= Q(transaction_count__gt=0) if self.has_transactions else Q(transaction_count=0)
        if self.tags is not None:
            tagged = CustomerTag.objects.unscoped().filter(tag__name__in=self.tags)
            chosen &= Q(pk__in=tagged.values("customer_id"))
        if self.search is not None:
            chosen &= searched(self.search)
        return customers.filter(chosen)


def searched(text: str) -> Q:
    """
    Customers whose names, company, e-mail or phone digits hold every word of `text`, whatever the case and accents.

    Words of one or two characters match the beginning of a name alone: at a million rows anything else is too slow to count. A text
    that is a phone number as a whole, however it is spaced, is one word; the zeros that countries dial before it aren't stored.
    """
    chosen = Q()
    if looks_like_phone(text) and len(digits(text)) >= 7:
        return Q(search_text__contains=digits(text).lstrip("0") or "0")
    for word in text.split():
        key = digits(word) if looks_like_phone(word) else fold(word)
        if len(key) >= 3:
            chosen &= Q(search_text__contains=key)
        else:
            chosen &= Q(first_key__startswith=key) | Q(last_key__startswith=key) | Q(company_key__startswith=key)
    return chosen

"""What customers read of themselves in the portal."""

from collections.abc import Sequence

from django.db.models import F, QuerySet

from core.errors import NotFound
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from customers.choices import CONSENT_FIELDS, ConsentChannel
from customers.models import Consent, Customer, WordingVersion


def own_customer(*, actor: Actor) -> Customer:
    """The acting customer. Raises Forbidden and NotFound."""
    actor.require(Permission.USE_PORTAL)
    rows = Customer.objects.for_actor(actor).filter(deleted_at=None)
    row = rows.filter(pk=actor.customer_id).first() if actor.customer_id else None
    if row is None:
        raise NotFound("Customer", actor.id)
    return row


def own_consents(*, actor: Actor) -> "QuerySet[Consent]":
    """Every grant and withdrawal of the acting customer, the latest first. Raises Forbidden."""
    actor.require(Permission.USE_PORTAL)
    return Consent.objects.for_actor(actor).filter(customer=actor.id).order_by("-at", "-id")


def wordings_to_show(*, actor: Actor, languages: Sequence[str]) -> dict[str, WordingVersion]:
    """
    Preference field → the company's saved wording that asks for it, as it stands, in the first of
    the `languages` that there is one in: of the channel before one of all. Raises Forbidden.
    """
    actor.require(Permission.USE_PORTAL)
    rows = WordingVersion.objects.for_actor(actor).filter(
        number=F("wording__version"), wording__is_active=True, wording__language__in=languages
    )
    known = list(rows.select_related("wording").order_by("wording__name", "pk"))
    known.sort(key=lambda row: languages.index(row.wording.language))
    found: dict[str, WordingVersion] = {}
    for field, (channel, purpose) in CONSENT_FIELDS.items():
        for asked in (channel, ConsentChannel.ALL):
            for row in known:
                if (row.wording.channel, row.wording.purpose) == (asked, purpose):
                    found.setdefault(field, row)
    return found

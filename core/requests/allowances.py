"""
The documented allowances: what a person or key may do in an hour or a day, whichever door they use,
and what an organization may ask in a minute, so that one leaves room for the others.
"""

from django.conf import settings

from core.errors import RateLimited
from core.requests.limits import Allowance, LimitStanding
from core.tenancy.actor import Actor
from core.tenancy.models import Organization

SETTINGS = {
    "user": "RATE_LIMIT_USER",
    "key": "RATE_LIMIT_KEY",
    "bulk": "RATE_LIMIT_BULK",
    "export": "RATE_LIMIT_EXPORT",
    "organization": "RATE_LIMIT_ORGANIZATION",
}


def allowance(name: str) -> Allowance | None:
    """The named allowance as the settings have it; None when switched off."""
    rate = getattr(settings, SETTINGS[name])
    return None if rate == "off" else Allowance.parse(name, rate)


def allowance_of(organization: Organization) -> Allowance | None:
    """Of all its people, keys and customers together: its own, else as the settings have it."""
    own = organization.requests_per_minute
    return Allowance.parse("organization", f"{own}/min") if own else allowance("organization")


def take(actor: Actor, name: str) -> LimitStanding | None:
    """Counts one use of the named allowance; None when it is switched off."""
    if name == "organization":
        limit, holder = allowance_of(actor.organization), str(actor.organization.pk)
    else:
        limit, holder = allowance(name), f"{actor.kind}:{actor.id}"
    return limit.take(holder) if limit else None


def spend(actor: Actor, name: str) -> None:
    """The same, for doors that do what they are asked or refuse it. Raises RateLimited."""
    standing = take(actor, name)
    if standing is not None and standing.exceeded:
        raise RateLimited(standing.reset)

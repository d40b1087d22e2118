"""
The documented allowances: what a person or key may do in an hour or a day, whichever door they use.
"""

from django.conf import settings

from core.errors import RateLimited
from core.requests.limits import Allowance, Standing
from core.tenancy.actor import Actor

SETTINGS = {
    "user": "RATE_LIMIT_USER",
    "key": "RATE_LIMIT_KEY",
    "bulk": "RATE_LIMIT_BULK",
    "export": "RATE_LIMIT_EXPORT",
}


def allowance(name: str) -> Allowance | None:
    """The named allowance as the settings have it; None when switched off."""
    rate = getattr(settings, SETTINGS[name])
    return None if rate == "off" else Allowance.parse(name, rate)


def take(actor: Actor, name: str) -> Standing | None:
    """Counts one use of the named allowance; None when it is switched off."""
    limit = allowance(name)
    return limit.take(f"{actor.kind}:{actor.id}") if limit else None


def spend(actor: Actor, name: str) -> None:
    """The same, for doors that do what they are asked or refuse it. Raises RateLimited."""
    standing = take(actor, name)
    if standing is not None and standing.exceeded:
        raise RateLimited(standing.reset)

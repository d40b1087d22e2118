"""
The documented rates, and the headers that tell a client where it stands (IETF
draft-ietf-httpapi-ratelimit-headers).
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

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


def take(request: HttpRequest, actor: Actor, *names: str) -> None:
    """
    Counts the request against the allowance of its credential and against those named (`bulk`,
    `export`).

    Raises RateLimited; either way what is left is kept for the answer's headers.
    """
    standings: list[Standing] = []
    request.standings = standings  # type: ignore[attr-defined]
    for name in ("key" if actor.kind == "key" else "user", *names):
        limit = allowance(name)
        if limit is None:
            continue
        standing = limit.take(f"{actor.kind}:{actor.id}")
        standings.append(standing)
        if standing.exceeded:
            raise RateLimited(standing.reset)


def describe(request: HttpRequest, response: HttpResponse) -> None:
    """Sets RateLimit and RateLimit-Policy."""
    standings: list[Standing] = getattr(request, "standings", [])
    if standings:
        response.headers["RateLimit-Policy"] = ", ".join(
            f'"{s.name}";q={s.limit};w={s.window}' for s in standings
        )
        response.headers["RateLimit"] = ", ".join(
            f'"{s.name}";r={s.remaining};t={s.reset}' for s in standings
        )

"""
The documented rates, and the headers that tell a client where it stands (IETF
draft-ietf-httpapi-ratelimit-headers).
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.requests.limits import Allowance, Standing

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


def standings_of(request: HttpRequest) -> list[Standing]:
    """Where the request's credential stands in the allowances that it has been counted against."""
    if not hasattr(request, "standings"):
        request.standings = []  # type: ignore[attr-defined]
    standings: list[Standing] = request.standings  # type: ignore[attr-defined]
    return standings


class AllowanceThrottle(BaseThrottle):
    """Counts the request against the allowance that `get_scope` names."""

    standing: Standing | None = None

    def get_scope(self, request: Request, view: Any) -> str | None:
        """The allowance's name; None counts nothing."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        scope = self.get_scope(request, view) if request.auth is not None else None
        limit = allowance(scope) if scope else None
        if limit is None:
            return True
        self.standing = limit.take(f"{request.auth.kind}:{request.auth.id}")
        standings_of(request._request).append(self.standing)
        return not self.standing.exceeded

    def wait(self) -> float | None:
        return float(self.standing.reset) if self.standing else None


class CredentialThrottle(AllowanceThrottle):
    """What every user and every key may ask."""

    def get_scope(self, request: Request, view: Any) -> str:
        return "key" if request.auth.kind == "key" else "user"


class NamedThrottle(AllowanceThrottle):
    """
    What the view's `throttle_scope` names beside it (`bulk`, `export`); not counted for a request
    that is refused already.
    """

    def get_scope(self, request: Request, view: Any) -> str | None:
        refused = any(standing.exceeded for standing in standings_of(request._request))
        return None if refused else getattr(view, "throttle_scope", None)


def set_headers(request: HttpRequest, response: HttpResponse) -> None:
    """Sets RateLimit and RateLimit-Policy."""
    standings = standings_of(request)
    if standings:
        response.headers["RateLimit-Policy"] = ", ".join(
            f'"{s.name}";q={s.limit};w={s.window}' for s in standings
        )
        response.headers["RateLimit"] = ", ".join(
            f'"{s.name}";r={s.remaining};t={s.reset}' for s in standings
        )

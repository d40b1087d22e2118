"""
The documented rates, and the headers that tell a client where it stands (IETF
draft-ietf-httpapi-ratelimit-headers).
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.requests.allowances import take
from core.requests.limits import LimitStanding


def standings_of(request: HttpRequest) -> list[LimitStanding]:
    """Where the request's credential stands in the allowances that it has been counted against."""
    if not hasattr(request, "standings"):
        request.standings = []  # type: ignore[attr-defined]
    standings: list[LimitStanding] = request.standings  # type: ignore[attr-defined]
    return standings


class AllowanceThrottle(BaseThrottle):
    """Counts the request against the allowance that `get_scope` names."""

    standing: LimitStanding | None = None

    def get_scope(self, request: Request, view: Any) -> str | None:
        """The allowance's name; None counts nothing."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: Any) -> bool:
        scope = self.get_scope(request, view) if request.auth is not None else None
        self.standing = take(request.auth, scope) if scope else None
        if self.standing is None:
            return True
        standings_of(request._request).append(self.standing)
        return not self.standing.exceeded

    def wait(self) -> float | None:
        return float(self.standing.reset) if self.standing else None


class CredentialThrottle(AllowanceThrottle):
    """What every user and every key may ask."""

    def get_scope(self, request: Request, view: Any) -> str:
        return "key" if request.auth.kind == "key" else "user"


class OrganizationThrottle(AllowanceThrottle):
    """
    What all of an organization may ask together; what its credential was refused isn't counted.
    """

    def get_scope(self, request: Request, view: Any) -> str | None:
        return None if is_refused(request) else "organization"


class NamedThrottle(AllowanceThrottle):
    """
    What the view's `throttle_scope` names beside it (`bulk`, `export`); not counted for a request
    that is refused already.
    """

    def get_scope(self, request: Request, view: Any) -> str | None:
        return None if is_refused(request) else getattr(view, "throttle_scope", None)


def is_refused(request: Request) -> bool:
    """Whether an allowance that was asked before is used up."""
    return any(standing.exceeded for standing in standings_of(request._request))


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

"""
The portal's cookies: its own, sent nowhere else. A one-time link's secret waits in one, so that it
stands in no address that is shown, logged or told to others.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from customers.services.portal_sessions import LIFETIME

SESSION = "portal_session"
LINK = "portal_link"
LANGUAGE = "portal_language"

A_WHILE = 30 * 60
A_YEAR = 365 * 24 * 3600


def keep(
    response: HttpResponse, request: HttpRequest, name: str, value: str, *, seconds: int
) -> None:
    """Sets a cookie that scripts can't read."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=settings.PORTAL_PREFIX,
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def keep_session(response: HttpResponse, request: HttpRequest, secret: str) -> None:
    """Signs this browser in; a link that waited is used up."""
    keep(response, request, SESSION, secret, seconds=int(LIFETIME.total_seconds()))
    forget(response, LINK)


def forget(response: HttpResponse, name: str) -> None:
    response.delete_cookie(name, path=settings.PORTAL_PREFIX, samesite="Lax")

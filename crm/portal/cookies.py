"""
The portal's cookies: its own, sent nowhere else, and those that let somebody in only to the portal
of their organization, so that one browser may be signed in to several. A one-time link's secret
waits in one, so that it stands in no address that is shown, logged or told to others.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from customers.services.portal_sessions import LIFETIME

SESSION = "portal_customer"
LINK = "portal_link"
LANGUAGE = "portal_language"

A_WHILE = 30 * 60
A_YEAR = 365 * 24 * 3600


def keep(
    response: HttpResponse,
    request: HttpRequest,
    name: str,
    value: str,
    *,
    seconds: int,
    path: str = settings.PORTAL_PREFIX,
) -> None:
    """Sets a cookie that scripts can't read, and that is sent to addresses below `path` alone."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def keep_session(response: HttpResponse, request: HttpRequest, secret: str, home: str) -> None:
    """Signs this browser in to the portal at `home`; a link that waited is used up."""
    keep(response, request, SESSION, secret, seconds=int(LIFETIME.total_seconds()), path=home)
    forget(response, LINK, home)


def forget(response: HttpResponse, name: str, home: str) -> None:
    response.delete_cookie(name, path=home, samesite="Lax")

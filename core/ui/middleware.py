"""
The reader's language, on pages and in the admin alone (the documented APIs speak English whatever a
client accepts), browsers' sessions, which can be ended from elsewhere, and the clock that the admin
shows.
"""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from core.identity import tokens
from core.identity.models import User
from core.ids import parse_id
from core.ui.place import actor_of_request, origin_of


class PageLanguage(LocaleMiddleware):
    """The language that was chosen (a cookie), else the browser's."""

    def process_request(self, request: HttpRequest) -> None:
        if _is_page(request):
            super().process_request(request)
        else:
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return super().process_response(request, response) if _is_page(request) else response


SESSION = "session"
"""Under this name Django's session holds the id of the row that says whether it is still on."""


class PageSessions(AuthenticationMiddleware):
    """
    Each browser that signs in is a row like a client of the APIs, read with its user: listed, and
    ended by signing out, by an administrator, a new password or the end of one's access, which
    nothing revives.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _user_of(request))  # type: ignore[assignment]

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Somebody may have signed in or out."""
        session = getattr(request, "session", None)
        if session is not None and session.modified:
            came, goes = getattr(request, "page_session", None), _begun(request)
            if came is not None and goes != came:
                tokens.revoke(session_id=came)
        return response


def stay_signed_in(request: HttpRequest, user: User) -> None:
    """Goes on with a session of its own after a new password, which has ended all others."""
    auth.update_session_auth_hash(request, user)
    request.user = user
    del request.session[SESSION]


def _user_of(request: HttpRequest) -> User | AnonymousUser:
    """Whoever's session has ended is signed out; one from before there were rows gets one."""
    key = parse_id(request.session.get(SESSION))
    if key is None:
        user = auth.get_user(request)
        if isinstance(user, User):
            request.page_session = _begin(request, user)  # type: ignore[attr-defined]
        return user
    session = tokens.living_page_session(session_id=key)
    if session is None or str(session.user_id) != request.session.get(auth.SESSION_KEY):
        request.session.flush()
        return AnonymousUser()
    request.page_session = session.pk  # type: ignore[attr-defined]
    return session.user


def _begun(request: HttpRequest) -> UUID | None:
    """The session of who is signed in by now, begun if they have just come."""
    if auth.SESSION_KEY not in request.session:
        return None
    known = parse_id(request.session.get(SESSION))
    return known or (_begin(request, request.user) if isinstance(request.user, User) else None)


def _begin(request: HttpRequest, user: User) -> UUID:
    session = tokens.open_page_session(user=user, origin=origin_of(request))
    request.session[SESSION] = str(session.pk)
    return session.pk


class AdminTimeZone:
    """
    Under `settings.ADMIN_PREFIX` times are those of the organization that one works in. An admin
    class that shows a row of another zone activates that (`ServiceAdmin.zone`); it ends with the
    request. A middleware, because the admin's templates are rendered after its views.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(settings.ADMIN_PREFIX):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(ZoneInfo(actor_of_request(request).organization.time_zone)):
            return self.get_response(request)


def _is_page(request: HttpRequest) -> bool:
    return request.path_info.startswith((*settings.PAGES_PREFIXES, settings.ADMIN_PREFIX))

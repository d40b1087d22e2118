"""
The base of the portal's pages: which organization, who is signed in, in which language.

Nobody of the staff is known here, and no page of the staff's knows a customer: the cookies differ,
and neither side reads the other's.
"""

from dataclasses import replace
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import get_resolver, reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views import View

from core.errors import DomainError, MalformedId, NotFound
from core.identity.tokens import Origin
from core.requests.allowances import spend
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.tenancy.selectors import organization_named
from core.ui.place import origin_of, site_address
from core.ui.views import STATUSES, FormPage, Page
from core.ui.wording import message_for, numbers_of
from crm.portal.cookies import LANGUAGE, SESSION, keep_session
from customers.models import Customer, PortalSession
from customers.services.portal_access import actor_of_customer, is_open
from customers.services.portal_sessions import session_of


class PortalMessages(CookieStorage):
    """What is said after an action; it isn't sent to the staff's pages."""

    cookie_name = "portal_messages"

    def _update_cookie(self, encoded_data: str, response: Any) -> None:
        super()._update_cookie(encoded_data, response)
        if self.cookie_name in response.cookies:
            response.cookies[self.cookie_name]["path"] = settings.PORTAL_PREFIX


class PortalPage(Page):
    """
    A page of one organization's portal, for signed-in customers unless `open_to_all`.

    Answers and refusals are those of `Page`. Nothing here is brought back over a sign-in.
    """

    permission: ClassVar[Permission | None] = None
    open_to_all: ClassVar[bool] = False
    takes_back: ClassVar[bool] = False
    here: ClassVar[str] = ""
    """The entry of the navigation that the page belongs to."""

    organization: Organization
    session: PortalSession | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request._messages = PortalMessages(request)  # type: ignore[attr-defined]
        organization = organization_named(name=str(self.kwargs["organization"]))
        if organization is None or not is_open(organization):
            return self.nowhere(NotFound("Portal"))
        self.organization = organization
        secret = request.COOKIES.get(SESSION, "")
        self.session = session_of(organization=organization, secret=secret)
        language = self.language()
        with (
            translation.override(language),
            timezone.override(ZoneInfo(organization.time_zone)),
            numbers_of(organization.default_region),
        ):
            response = self._answer(request, *args, **kwargs)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Cookie"])
        return response

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.session is not None:
            found = actor_of_customer(self.session.customer, self.organization)
            self.actor = self.origin.of(found)
        elif not self.open_to_all:
            return self.ask_to_sign_in()
        try:
            if self.session is not None:
                spend(self.actor, "user")
                spend(self.actor, "organization")
            return View.dispatch(self, request, *args, **kwargs)
        except (NotFound, MalformedId, Http404) as error:
            return self.nowhere(error)
        except DomainError as error:
            return self.failed(error)

    @property
    def origin(self) -> Origin:
        return replace(origin_of(self.request), via="portal")

    @property
    def customer(self) -> Customer:
        assert self.session is not None
        return self.session.customer

    @property
    def site(self) -> str:
        """Where links in letters begin."""
        return site_address(self.request)

    def language(self) -> str:
        """The one chosen here, else the customer's, else the organization's."""
        own = self.session.customer.language if self.session else ""
        wanted = (self.request.COOKIES.get(LANGUAGE, ""), own, self.organization.language)
        known = dict(settings.LANGUAGES)
        return next((code[:2] for code in wanted if code[:2] in known), settings.LANGUAGE_CODE)

    def address(self, name: str, *args: Any) -> str:
        """Of another page of this portal."""
        return reverse(f"portal:{name}", args=[self.organization.slug, *args])

    def safe_next(self, address: str) -> str:
        """`address` if it lies in this portal, else its first page."""
        inside = address.startswith(self.address("home")) and "/.." not in address
        safe = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
        return address if inside and safe else self.address("home")

    def ask_to_sign_in(self) -> HttpResponse:
        asked = self.request.get_full_path()
        shown = self.request.method in ("GET", "HEAD") and asked != self.address("home")
        query = "?" + urlencode({"next": asked}) if shown else ""
        return redirect(self.address("sign-in") + query)

    def entered(self, secret: str, address: str) -> HttpResponse:
        """Signed in, on to `address`."""
        response = redirect(address)
        rotate_token(self.request)
        keep_session(response, self.request, secret, self.address("home"))
        return response

    def nowhere(self, error: Exception) -> HttpResponseBase:
        handler: Any = get_resolver().resolve_error_handler(404)
        answer: HttpResponseBase = handler(self.request, error)
        return answer

    def failed(self, error: DomainError) -> HttpResponse:
        context = {"message": message_for(error), "view": self}
        return render(
            self.request, "portal/refused.html", context, status=STATUSES.get(type(error), 409)
        )


class PortalForm(PortalPage, FormPage):
    """A page of the portal with a form that ends in one call of a service."""

    takes_back: ClassVar[bool] = False

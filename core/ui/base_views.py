"""The pages that belong to no app: the way in, what one prefers, where one works."""

from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from core.errors import NotFound
from core.ids import parse_id
from core.tenancy.choices import Environment
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.ui.gate import safe_next
from core.ui.place import move
from core.ui.shell import CHOICES, Shell
from core.ui.views import Page

A_YEAR = 365 * 24 * 3600


class Start(Page):
    """To the first entry of the navigation that this person may follow."""

    permission: ClassVar[Permission | None] = None
    template = "pages/welcome.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        entries = Shell(request).entries
        return redirect(entries[0].item.url) if entries else self.show()


class Preferences(View):
    """How one likes to see the pages, kept in this browser; for strangers too."""

    def post(self, request: HttpRequest) -> HttpResponse:
        response = redirect(safe_next(request, request.POST.get("next", "")) or "/")
        languages = tuple(code for code, _name in settings.LANGUAGES)
        for name, choices in {**CHOICES, "language": languages}.items():
            chosen = request.POST.get(name)
            if chosen in choices:
                cookie = settings.LANGUAGE_COOKIE_NAME if name == "language" else name
                response.set_cookie(
                    cookie, chosen, max_age=A_YEAR, samesite="Lax", secure=request.is_secure()
                )
        return response


class Place(Page):
    """Switches the environment, and for super admins the organization."""

    permission = Permission.SWITCH_ENVIRONMENT

    def post(self, request: HttpRequest) -> HttpResponse:
        environment = request.POST.get("environment", self.actor.environment)
        organization = self._organization(parse_id(request.POST.get("organization")))
        move(request, environment=environment, organization=organization)
        said = (
            _("You work in TEST now.")
            if environment == Environment.TEST
            else _("You work in live now.")
        )
        if organization is not None:
            said = _("You work in %(name)s now.") % {"name": organization.name}
        return self.go(reverse("pages:start"), said)

    def _organization(self, key: UUID | None) -> Organization | None:
        if key is None:
            return None
        self.actor.require(Permission.CROSS_ORGANIZATIONS)
        found = Organization.objects.filter(pk=key, is_active=True).first()
        if found is None:
            raise NotFound("Organization", key)
        return found

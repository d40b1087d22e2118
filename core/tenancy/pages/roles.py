"""What each role may."""

from django.http import HttpRequest, HttpResponse

from core.tenancy.choices import Role
from core.tenancy.policy import OF_NO_ROLE, ROLE_PERMISSIONS, Permission
from core.ui.views import Page

ROLES = tuple(reversed(Role))
"""From the one that may least."""


class Roles(Page):
    """The published matrix, drawn from the policy itself."""

    template = "settings/roles.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = [
            (permission, [permission in ROLE_PERMISSIONS[role] for role in ROLES])
            for permission in Permission
            if permission not in OF_NO_ROLE
        ]
        return self.show({"roles": ROLES, "rows": rows, "mine": self.actor.role})

"""Django's sign-in (pages and admin) through the same service as the tokens."""

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from core.errors import RateLimited, Unauthenticated
from core.identity.models import User
from core.identity.services import authenticate
from core.identity.tokens import Origin


class StaffBackend(BaseBackend):
    """
    Signs staff in by e-mail and password; who has a second factor gives its code as `code`.
    """

    def authenticate(  # type: ignore[override]
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        code: str = "",
        **_: Any,
    ) -> User | None:
        if not username or password is None:
            return None
        try:
            origin = Origin(address=getattr(request, "client_address", ""))
            return authenticate(email=username, password=password, origin=origin, code=code)
        except Unauthenticated:
            return None
        except RateLimited as error:
            raise PermissionDenied from error

    def get_user(self, user_id: UUID) -> User | None:
        user = User.objects.unscoped().select_related("organization").filter(pk=user_id).first()
        return user if user and user.is_active and user.organization.is_active else None

"""
Who is asking: bearer tokens of people, keys of machines, and the organization that a super admin
names.
"""

from typing import Any

from django.http import HttpRequest

from core.errors import Unauthenticated
from core.identity.services import actor_of
from core.identity.tokens import session_of
from core.tenancy.actor import Actor
from core.tenancy.selectors import actor_of_key
from crm.api.kernel.authentication import working_in


def bearer(request: HttpRequest) -> Actor | None:
    """
    The person whose access token the Authorization header carries; None without one. Raises
    Unauthenticated.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return actor_of_token(token.strip())


def actor_of_token(token: str) -> Actor:
    """Raises Unauthenticated for any token that isn't a living session's."""
    try:
        session = session_of(access=token)
    except Unauthenticated as error:
        raise Unauthenticated from error
    return actor_of(session.user)


def api_key(request: HttpRequest) -> Actor | None:
    """
    The machine whose key the `x-api-key` header carries; None without one. Raises Unauthenticated.
    """
    key = request.headers.get("X-Api-Key")
    return actor_of_key(key=key) if key is not None else None


def in_named_organization(actor: Actor, request: HttpRequest) -> Actor:
    """
    The actor, working in the organization that the header `X-Organization` (id or slug) names.
    Raises as `working_in`.
    """
    return working_in(actor, request.headers.get("X-Organization", "").strip())


def challenge(_: Any) -> str:
    """For WWW-Authenticate (RFC 9110), so that a missing credential is a 401."""
    return 'Bearer realm="crm"'

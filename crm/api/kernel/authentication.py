"""
Who asks: people by the access token of a living session, machines by their key. `request.auth` is
the Actor, working in the organization that `X-Organization` names.
"""

from dataclasses import replace
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from core.errors import Forbidden, NotFound, SecondFactorMissing, Unauthenticated
from core.identity.models import User
from core.identity.services import actor_of
from core.identity.tokens import session_of
from core.tenancy.actor import Actor
from core.tenancy.choices import Environment
from core.tenancy.keys import is_key
from core.tenancy.policy import Permission
from core.tenancy.selectors import actor_of_key, organization_named


def bearer_token(header: str) -> str | None:
    """The token of an Authorization header; the scheme's case says nothing (RFC 9110, 11.1)."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


class BearerAuthentication(JWTAuthentication):
    """
    `Authorization: Bearer <access token>`: a person. The token is signed by simplejwt and stands
    for a session, which is read anew with every request, so that it ends at once.
    """

    www_authenticate_realm = "crm"

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:  # type: ignore[override]
        token = self.get_raw_token(self.get_header(request) or b"")
        if token is None:
            return None
        try:
            session = session_of(access=token.decode("latin-1"))
        except Unauthenticated as error:
            raise AuthenticationFailed from error
        if session.user.owes_second_factor:
            raise SecondFactorMissing
        return session.user, located(actor_of(session.user), request)

    def get_raw_token(self, header: bytes) -> bytes | None:
        """The access token; an API key that comes as a bearer token is `ApiKeyAuthentication`'s."""
        token = bearer_token(header.decode("latin-1"))
        return None if token is None or is_key(token) else token.encode("latin-1")


class ApiKeyAuthentication(BaseAuthentication):
    """`x-api-key: <key>` or `Authorization: Bearer <key>`: a machine. There is no user."""

    def get_key(self, request: Request) -> str | None:
        key: str | None = request.headers.get("X-Api-Key")
        if key is None:
            key = bearer_token(request.headers.get("Authorization", ""))
            return key if key and is_key(key) else None
        return key

    def authenticate(self, request: Request) -> tuple[None, Actor] | None:
        key = self.get_key(request)
        if key is None:
            return None
        try:
            return None, located(actor_of_key(key=key), request)
        except Unauthenticated as error:
            raise AuthenticationFailed from error

    def authenticate_header(self, request: Request) -> str:
        return 'ApiKey realm="crm"'


def located(actor: Actor, request: Request) -> Actor:
    """
    The actor in the organization that the header `X-Organization` names, with where the request
    came from. Raises as `working_in`.
    """
    outer: Any = request._request
    dialect = getattr(request.parser_context["view"], "dialect", None)
    via = dialect.name if dialect else ""
    actor = actor.at(address=outer.client_address, request_id=outer.request_id, via=via)
    try:
        return working_in(actor, request.headers.get("X-Organization", "").strip())
    except Forbidden:
        request._auth = actor  # who was refused, for the audit
        raise


def working_in(actor: Actor, name: str) -> Actor:
    """
    The actor, working in the organization `name` (id or slug; their own when empty).

    Raises Forbidden when it is another than the actor's own and the actor isn't a super admin,
    NotFound when there is none.
    """
    own = actor.organization
    if not name or name.lower() in (str(own.pk), own.pk.hex, own.slug):
        return actor
    if not actor.may(Permission.CROSS_ORGANIZATIONS) or actor.kind != "user" or actor.id is None:
        raise Forbidden("You may not work in another organization")
    organization = organization_named(name=name)
    if organization is None:
        raise NotFound("Organization", name)
    return replace(actor, organization=organization, environment=Environment.LIVE)

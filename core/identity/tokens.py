"""
JSON web tokens (RFC 7519) over sessions.

Claims: `sub`, `email`, `role`, `tenant_id`, `jti`, `type`, `iat`, `exp`, as the salon chain's API
documents them. A token proves only which session it belongs to; whether it still may act is read
from the database at every request, so that signing out, a new password, a new role or a
deactivation holds at once.
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import F
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from core.clock import now
from core.errors import Unauthenticated
from core.identity.models import Session, User
from core.ids import parse_id


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str


def open_session(*, user: User) -> TokenPair:
    """A new session and its first tokens."""
    session = Session(
        user=user,
        password_mark=user.get_session_auth_hash(),
        expires_at=now() + settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"],
    )
    session.save(force_insert=True)
    return _pair(user, session.id, 0)


def rotate(*, refresh: str) -> TokenPair:
    """
    The next pair of a session. Of two uses of one refresh token one succeeds; the other revokes the
    whole family, for one of the two holders has stolen it.

    Raises Unauthenticated for any token that can't be used.
    """
    session, generation = _session(RefreshToken, refresh)
    moved = Session.objects.filter(pk=session.pk, generation=generation, revoked_at=None).update(
        generation=F("generation") + 1,
        expires_at=now() + settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"],
    )
    if not moved:
        revoke(session_id=session.pk)
        raise Unauthenticated("Token is invalid or expired")
    return _pair(session.user, session.pk, generation + 1)


def session_of(*, access: str) -> Session:
    """
    The living session of an access token, with its user and organization. Raises Unauthenticated.
    """
    return _session(AccessToken, access)[0]


def session_of_refresh(*, refresh: str) -> Session:
    """The living session of a refresh token. Raises Unauthenticated."""
    return _session(RefreshToken, refresh)[0]


def revoke(*, session_id: UUID) -> None:
    Session.objects.filter(pk=session_id, revoked_at=None).update(revoked_at=now())


def revoke_all(*, user_id: UUID) -> None:
    Session.objects.filter(user_id=user_id, revoked_at=None).update(revoked_at=now())


def _session(kind: type[Token], text: str) -> tuple[Session, int]:
    try:
        token = kind(text)  # type: ignore[arg-type]
    except (TokenError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unauthenticated("Token is invalid or expired") from error
    family = Session.parse_jti(token.get("jti"))
    session = (
        family and Session.objects.select_related("user__organization").filter(pk=family[0]).first()
    )
    if (
        not family
        or not session
        or session.revoked_at
        or parse_id(token.get("sub")) != session.user_id
    ):
        raise Unauthenticated("Token is invalid or expired")
    user = session.user
    if not (
        user.is_active
        and user.organization.is_active
        and session.password_mark == user.get_session_auth_hash()
    ):
        raise Unauthenticated("User is inactive or the session has ended")
    return session, family[1]


def _pair(user: User, session_id: UUID, generation: int) -> TokenPair:
    return TokenPair(
        *(
            _sign(kind(), user, f"{session_id.hex}.{generation}")
            for kind in (AccessToken, RefreshToken)
        )
    )


def _sign(token: Token, user: User, jti: str) -> str:
    token["jti"] = jti
    token["sub"] = str(user.pk)
    token["email"] = user.email
    token["role"] = user.role
    token["tenant_id"] = str(user.organization_id)
    return str(token)

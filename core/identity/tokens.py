"""
JSON web tokens (RFC 7519) over sessions.

Claims: `sub`, `email`, `role`, `tenant_id`, `jti`, `type`, `iat`, `exp`, as the salon chain's API
documents them. A token proves only which session it belongs to; whether it still may act is read
from the database at every request, so that signing out, a new password, a new role or a
deactivation holds at once.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from core.audit.refusals import note_refusal
from core.clock import now
from core.errors import Unauthenticated
from core.identity.models import Session, SessionKind, User
from core.ids import parse_id
from core.reading import blank, read_related
from core.tenancy.actor import Actor


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """
    Where a request comes from: address, id, door, what the client calls itself, what a browser is
    known by (`device`), and what links in letters about it begin with (`site`).
    """

    address: str = ""
    request_id: str = ""
    via: str = ""
    client: str = ""
    device: str = ""
    site: str = ""

    def of(self, actor: Actor) -> Actor:
        """The actor, coming from here."""
        return actor.at(address=self.address, request_id=self.request_id, via=self.via)


def open_session(*, user: User, origin: Origin | None = None) -> TokenPair:
    """A new session and its first tokens."""
    lifetime = settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"]
    return _pair(user, start_session(SessionKind.TOKENS, user, lifetime, origin).pk, 0)


def open_page_session(*, user: User, origin: Origin) -> Session:
    """A new session of a browser."""
    lifetime = dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return start_session(SessionKind.PAGES, user, lifetime, origin)


def start_session(kind: str, user: User, lifetime: dt.timedelta, origin: Origin | None) -> Session:
    came = origin or Origin()
    session = Session(
        kind=kind,
        user=user,
        address=came.address[:45],
        client=came.client[:200],
        password_mark=user.get_session_auth_hash(),
        expires_at=now() + lifetime,
    )
    session.save(force_insert=True)
    return session


def living_page_session(*, session_id: UUID) -> Session | None:
    """A browser's session that is still on, with its user and organization."""
    session = _session_with(session_id)
    return (
        session
        if session
        and session.kind == SessionKind.PAGES
        and session.expires_at > now()
        and _may_go_on(session)
        else None
    )


def living_sessions(*, user_id: UUID) -> "QuerySet[Session]":
    """The user's sessions that are on, the newest first."""
    rows = Session.objects.filter(user_id=user_id, revoked_at=None, expires_at__gt=now())
    return rows.order_by("-pk")


def rotate(*, refresh: str, origin: Origin | None = None) -> TokenPair:
    """
    The next pair of a session. Of two uses of one refresh token one succeeds; the other revokes the
    whole family, for one of the two holders has stolen it, and is kept in the audit.

    Raises Unauthenticated for any token that can't be used.
    """
    session, generation = _session(RefreshToken, refresh)
    moved = Session.objects.filter(pk=session.pk, generation=generation, revoked_at=None).update(
        generation=F("generation") + 1,
        expires_at=now() + settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"],
    )
    if not moved:
        revoke(session_id=session.pk)
        stranger = Actor.stranger(organization=session.user.organization)
        came = origin or Origin()
        note_refusal(came.of(stranger), "session.token_reused", subject=session.user)
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


def revoke_all(*, user_id: UUID, but: UUID | None = None) -> None:
    """Ends every session of the user, those of browsers too; `but` one, where it is named."""
    living = Session.objects.filter(user_id=user_id, revoked_at=None)
    (living.exclude(pk=but) if but else living).update(revoked_at=now())


def _session(kind: type[Token], text: str) -> tuple[Session, int]:
    try:
        token = kind(text)  # type: ignore[arg-type]
    except (TokenError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise Unauthenticated("Token is invalid or expired") from error
    family = Session.parse_jti(token.get("jti"))
    session = family and _session_with(family[0])
    if not family or not session or parse_id(token.get("sub")) != session.user_id:
        raise Unauthenticated("Token is invalid or expired")
    if not _may_go_on(session):
        raise Unauthenticated("User is inactive or the session has ended")
    return session, family[1]


def _session_with(key: UUID) -> Session | None:
    """The session with its user and organization, unless it was ended."""
    return next(iter(read_related(_unended, "user__organization", {"key": key})), None)


def _unended() -> "QuerySet[Session]":
    return Session.objects.filter(pk=blank("key"), revoked_at=None)


def _may_go_on(session: Session) -> bool:
    """Whether the account is still as it was signed in to."""
    user = session.user
    return (
        user.is_active
        and user.organization.is_active
        and session.password_mark == user.get_session_auth_hash()
    )


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

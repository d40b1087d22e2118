"""Signing in and out."""

import logging
from dataclasses import replace

from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.db import transaction

from core.audit.ledger import record
from core.audit.refusals import note_refusal
from core.errors import (
    CodeRefused,
    CodeRequired,
    Invalid,
    SecondFactorMissing,
    Unauthenticated,
)
from core.identity import guessing, tokens
from core.identity.codes import use_code
from core.identity.devices import note_device
from core.identity.models import Session, User
from core.identity.tokens import Origin, TokenPair
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.text import email_key

log = logging.getLogger(__name__)

_NO_ONE = make_password(
    "the hash that an unknown e-mail is checked against, so that it takes as long as a known one"
)


TICKET = "second step of a sign-in"
TICKET_LIFETIME = 600
"""Seconds for finding the phone."""


def authenticate(*, email: str, password: str, origin: Origin, code: str = "") -> User:
    """
    The active user of these credentials; `code` is of their second factor, if they have one. A
    failure is counted against guessing, and kept in the audit of the account's organization; of an
    account that nobody has the log says that, alone.

    Raises Unauthenticated, CodeRequired, CodeRefused and RateLimited.
    """
    user = _by_password(email, password, origin)
    if user.second_factor_since is not None:
        if not code:
            ticket = signing.dumps([str(user.pk), user.get_session_auth_hash()], salt=TICKET)
            raise CodeRequired(ticket)
        _confirm_code(user, code, origin)
    return user


def authenticate_by_code(*, ticket: str, code: str, origin: Origin) -> User:
    """
    The second step, with what CodeRequired brought. Raises Unauthenticated (the ticket is too old,
    or the account has changed since), CodeRefused and RateLimited.
    """
    try:
        key, mark = signing.loads(ticket, salt=TICKET, max_age=TICKET_LIFETIME)
    except signing.BadSignature as error:
        raise Unauthenticated from error
    user_id = parse_id(key)
    users = User.objects.unscoped().select_related("organization")
    user = users.filter(pk=user_id).first() if user_id else None
    if user is None or not _may_sign_in(user) or mark != user.get_session_auth_hash():
        raise Unauthenticated
    if user.second_factor_since is not None:
        _confirm_code(user, code, origin)
    return user


def _confirm_code(user: User, code: str, origin: Origin) -> None:
    """Raises CodeRefused and RateLimited."""
    guess = guessing.one_guess_at_a_code(
        account=str(user.pk),
        address=origin.address,
        is_at_home=lambda: _has_come_from(user, guessing.network_of(origin.address)),
    )
    try:
        with guess:
            if not use_code(user=user, code=code):
                raise CodeRefused
    except CodeRefused:
        stranger = Actor.stranger(organization=user.organization)
        note_refusal(origin.of(stranger), "user.code_refused", subject=user)
        raise


def _by_password(email: str, password: str, origin: Origin) -> User:
    key = email_key(email)
    user = User.objects.unscoped().select_related("organization").filter(email=key).first()
    try:
        return _checked(key, user, password, origin)
    except Unauthenticated:
        if user is None:
            log.warning("a sign-in with an account that nobody has")
        else:
            stranger = Actor.stranger(organization=user.organization)
            note_refusal(origin.of(stranger), "user.sign_in_failed", subject=user)
        raise


def confirm_password(*, actor: Actor, user: User, password: str) -> None:
    """
    For what takes the acting person's present password. Raises Invalid, and RateLimited, for
    guessing at it counts as it does everywhere.
    """
    try:
        _checked(user.email, user, password, Origin(address=actor.address))
    except Unauthenticated as error:
        note_refusal(actor, "user.password_refused", subject=user)
        raise Invalid.one(
            "current_password", "wrong_password", "This isn't your current password."
        ) from error


def _checked(key: str, user: User | None, password: str, origin: Origin) -> User:
    """The user, if the password is theirs. Raises Unauthenticated and RateLimited."""

    def is_at_home() -> bool:
        return user is not None and _has_come_from(user, guessing.network_of(origin.address))

    with guessing.one_guess(account=key, address=origin.address, is_at_home=is_at_home):
        matches = check_password(password, user.password if user else _NO_ONE)
        if not (user and matches and _may_sign_in(user)):
            raise Unauthenticated("No active account found with the given credentials")
    return user


def _may_sign_in(user: User) -> bool:
    return user.is_active and user.organization.is_active


def _has_come_from(user: User, network: str) -> bool:
    """Whether a session that is still kept began in this network."""
    addresses = Session.objects.filter(user=user).values_list("address", flat=True).distinct()
    return any(guessing.network_of(address) == network for address in addresses)


def actor_of(user: User) -> Actor:
    """The user, acting; who owes a second factor may nothing before it is set up."""
    actor = Actor.of_user(
        user_id=user.pk, email=user.email, role=user.role, organization=user.organization
    )
    return replace(actor, permissions=frozenset()) if user.owes_second_factor else actor


def sign_in(*, email: str, password: str, origin: Origin, code: str = "") -> TokenPair:
    """
    The first tokens of a new session. Raises as `authenticate` does, and SecondFactorMissing: one
    is set up on a page. No transaction is held while the hash is computed.
    """
    user = authenticate(email=email, password=password, origin=origin, code=code)
    if user.owes_second_factor:
        raise SecondFactorMissing
    with transaction.atomic():
        note_sign_in(user=user, origin=origin)
        return tokens.open_session(user=user, origin=origin)


@transaction.atomic
def note_sign_in(*, user: User, origin: Origin) -> None:
    """Keeps in the audit that the user has come, and tells them if from where they never did."""
    actor = origin.of(actor_of(user))
    record(actor, "user.signed_in", subject=user)
    note_device(actor=actor, user=user, origin=origin)


@transaction.atomic
def sign_out(*, session: Session, origin: Origin) -> None:
    tokens.revoke(session_id=session.pk)
    record(origin.of(actor_of(session.user)), "user.signed_out", subject=session.user)


@transaction.atomic
def change_password(*, actor: Actor, user: User, password: str) -> None:
    """Sets the password and ends every session of the user."""
    user.set_password(password)
    user.save(update_fields=["password"])
    tokens.revoke_all(user_id=user.pk)
    record(actor, "user.password_changed", subject=user)

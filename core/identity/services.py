"""Signing in and out."""

import logging

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from core.audit.ledger import record
from core.audit.refusals import note_refusal
from core.errors import Invalid, Unauthenticated
from core.identity import guessing, tokens
from core.identity.models import Session, User
from core.identity.tokens import Origin, TokenPair
from core.tenancy.actor import Actor
from core.text import email_key

log = logging.getLogger(__name__)

_NO_ONE = make_password(
    "the hash that an unknown e-mail is checked against, so that it takes as long as a known one"
)


def authenticate(*, email: str, password: str, origin: Origin) -> User:
    """
    The active user of these credentials. A failure is counted against guessing, and kept in the
    audit of the account's organization; of an account that nobody has the log says that, alone.

    Raises Unauthenticated and RateLimited.
    """
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
        if not (user and matches and user.is_active and user.organization.is_active):
            raise Unauthenticated("No active account found with the given credentials")
    return user


def _has_come_from(user: User, network: str) -> bool:
    """Whether a session that is still kept began in this network."""
    addresses = Session.objects.filter(user=user).values_list("address", flat=True).distinct()
    return any(guessing.network_of(address) == network for address in addresses)


def actor_of(user: User) -> Actor:
    return Actor.of_user(
        user_id=user.pk, email=user.email, role=user.role, organization=user.organization
    )


def sign_in(*, email: str, password: str, origin: Origin) -> TokenPair:
    """
    The first tokens of a new session. Raises Unauthenticated and RateLimited. No transaction is
    held while the hash is computed.
    """
    user = authenticate(email=email, password=password, origin=origin)
    with transaction.atomic():
        record(origin.of(actor_of(user)), "user.signed_in", subject=user)
        return tokens.open_session(user=user, origin=origin)


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

"""Signing in and out."""

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from core.audit.ledger import record
from core.errors import Unauthenticated
from core.identity import guessing, tokens
from core.identity.models import Session, User
from core.identity.tokens import TokenPair
from core.tenancy.actor import Actor
from core.text import email_key

_NO_ONE = make_password(
    "the hash that an unknown e-mail is checked against, so that it takes as long as a known one"
)


def authenticate(*, email: str, password: str, address: str) -> User:
    """
    The active user of these credentials. Failures count against guessing before a hash is computed.

    Raises Unauthenticated and RateLimited.
    """
    key = email_key(email)
    guessing.refuse_guesser(account=key, address=address)
    user = User.objects.unscoped().select_related("organization").filter(email=key).first()
    matches = check_password(password, user.password if user else _NO_ONE)
    if not (user and matches and user.is_active and user.organization.is_active):
        guessing.count_failure(account=key, address=address)
        raise Unauthenticated("No active account found with the given credentials")
    return user


def actor_of(user: User) -> Actor:
    return Actor.of_user(
        user_id=user.pk, email=user.email, role=user.role, organization=user.organization
    )


def sign_in(*, email: str, password: str, address: str, request_id: str = "") -> TokenPair:
    """
    The first tokens of a new session. Raises Unauthenticated and RateLimited. No transaction is
    held while the hash is computed.
    """
    user = authenticate(email=email, password=password, address=address)
    with transaction.atomic():
        record(
            actor_of(user).at(address=address, request_id=request_id),
            "user.signed_in",
            subject=user,
        )
        return tokens.open_session(user=user)


@transaction.atomic
def sign_out(*, session: Session, address: str = "", request_id: str = "") -> None:
    tokens.revoke(session_id=session.pk)
    record(
        actor_of(session.user).at(address=address, request_id=request_id),
        "user.signed_out",
        subject=session.user,
    )


@transaction.atomic
def change_password(*, actor: Actor, user: User, password: str) -> None:
    """Sets the password and ends every session of the user."""
    user.set_password(password)
    user.save(update_fields=["password"])
    tokens.revoke_all(user_id=user.pk)
    record(actor, "user.password_changed", subject=user)

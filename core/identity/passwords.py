"""Changing one's own password, and choosing a new one by a link in an e-mail."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction

from core.errors import Fault, Forbidden, Invalid, RateLimited, Unauthenticated
from core.identity.models import User
from core.identity.services import actor_of, authenticate, change_password
from core.requests.limits import Allowance
from core.tenancy.actor import Actor
from core.text import email_key

LETTERS_TO_ONE = Allowance.parse("reset-account", "3/hour")
LETTERS_FROM_ADDRESS = Allowance.parse("reset-address", "20/hour")

_tokens = PasswordResetTokenGenerator()
"""
A token is made of the password's hash and the last sign-in: it ends by its use, by signing in and
after PASSWORD_RESET_TIMEOUT.
"""


def check_password_rules(password: str, user: User) -> None:
    """Raises Invalid with what is wrong with it as a password of this user."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            {
                "password": [
                    Fault(item.code or "invalid", " ".join(item.messages))
                    for item in error.error_list
                ]
            }
        ) from error


def change_own_password(*, actor: Actor, current: str, password: str) -> User:
    """
    Sets the acting person's password, which ends all their sessions.

    Raises Forbidden (keys have none), RateLimited (guessing at the current one counts as guessing
    does everywhere) and Invalid.
    """
    user = User.objects.unscoped().filter(pk=actor.user_id).first() if actor.user_id else None
    if user is None:
        raise Forbidden
    try:
        user = authenticate(email=user.email, password=current, address=actor.address)
    except Unauthenticated as error:
        raise Invalid.one(
            "current_password", "wrong_password", "This isn't your current password."
        ) from error
    check_password_rules(password, user)
    change_password(actor=actor, user=user, password=password)
    return user


def ask_for_reset(*, email: str, address: str, deliver: Callable[[User, str], None]) -> None:
    """
    Has `deliver` send the user of this e-mail a token; says nothing of whether there is one.

    At most three letters an hour for an e-mail. Raises RateLimited when the address asks for very
    many.
    """
    standing = LETTERS_FROM_ADDRESS.take(address)
    if standing.exceeded:
        raise RateLimited(standing.reset)
    key = email_key(email)
    user = User.objects.unscoped().select_related("organization").filter(email=key).first()
    if (
        LETTERS_TO_ONE.take(key).exceeded
        or user is None
        or not (user.is_active and user.organization.is_active)
    ):
        return
    deliver(user, new_token(user))


def new_token(user: User) -> str:
    """What a link for choosing a password holds. Who may have one made is the caller's to ask."""
    return _tokens.make_token(user)


def user_of_reset(*, user_id: UUID | None, token: str) -> User | None:
    """
    The user whom this token lets choose a new password; None when it is used up, too old or
    nobody's.
    """
    user = (
        User.objects.unscoped().select_related("organization").filter(pk=user_id).first()
        if user_id
        else None
    )
    living = user is not None and user.is_active and user.organization.is_active
    return user if living and _tokens.check_token(user, token) else None


@transaction.atomic
def reset_password(
    *, user_id: UUID | None, token: str, password: str, address: str, request_id: str
) -> User:
    """
    Sets the password of the token's user and ends all their sessions. Raises Unauthenticated (no
    such token) and Invalid.
    """
    locked = (
        User.objects.unscoped().select_for_update(no_key=True).filter(pk=user_id).first()
        if user_id
        else None
    )
    user = user_of_reset(user_id=user_id, token=token) if locked else None
    if user is None:
        raise Unauthenticated
    check_password_rules(password, user)
    change_password(
        actor=actor_of(user).at(address=address, request_id=request_id, via="pages"),
        user=user,
        password=password,
    )
    return user

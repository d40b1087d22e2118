"""Changing one's own password, and choosing a new one by a link in an e-mail."""

import logging
from dataclasses import asdict
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from core.audit.ledger import record
from core.errors import Fault, Forbidden, Invalid, RateLimited, Unauthenticated
from core.identity.guessing import network_of
from core.identity.letters import language_of
from core.identity.models import User
from core.identity.services import actor_of, change_password, confirm_password
from core.identity.tokens import Origin
from core.letters import TRIED_AGAIN_FOR, send_letter
from core.requests.limits import Allowance
from core.tenancy.actor import Actor
from core.text import email_key

log = logging.getLogger(__name__)

LETTERS_TO_ONE = Allowance.parse("reset-account", "3/hour")
LETTERS_FROM_NETWORK = Allowance.parse("reset-network", "20/hour")

LETTER = "core.identity.tasks.send_reset_letter"
INVITATION = "core.identity.tasks.send_invitation"


class LinkTokens(PasswordResetTokenGenerator):
    """
    A token is made of the password's hash and the last sign-in: it ends by its use, by signing in
    and after PASSWORD_RESET_TIMEOUT; an invitation's, of a moment to come, INVITATION_TIMEOUT after
    it was made.
    """

    def make_invitation(self, user: User) -> str:
        later = settings.INVITATION_TIMEOUT - settings.PASSWORD_RESET_TIMEOUT
        moment = self._num_seconds(self._now()) + later  # type: ignore[attr-defined]
        token: str = self._make_token_with_timestamp(user, moment, self.secret)  # type: ignore[attr-defined]
        return token


_tokens = LinkTokens()


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


def own_account(actor: Actor) -> User:
    """The acting person. Raises Forbidden: keys have no account."""
    users = User.objects.unscoped().select_related("organization")
    user = users.filter(pk=actor.user_id).first() if actor.user_id else None
    if user is None:
        raise Forbidden
    return user


def change_own_password(*, actor: Actor, current: str, password: str) -> User:
    """
    Sets the acting person's password, which ends all their sessions.

    Raises Forbidden (keys have none), RateLimited (guessing at the current one counts as guessing
    does everywhere) and Invalid.
    """
    user = own_account(actor)
    confirm_password(actor=actor, user=user, password=current)
    check_password_rules(password, user)
    change_password(actor=actor, user=user, password=password)
    return user


def ask_for_reset(*, email: str, origin: Origin, site: str, language: str) -> None:
    """
    Has a letter with a link (below `site`) written in the background, for an account that there is
    as for one that there isn't, so that neither the answer nor its time tells which.

    At most three letters an hour for an e-mail. Raises RateLimited when the network asks for very
    many.
    """
    standing = LETTERS_FROM_NETWORK.take(network_of(origin.address))
    if standing.exceeded:
        raise RateLimited(standing.reset)
    key = email_key(email)
    if LETTERS_TO_ONE.take(key).exceeded:
        return
    try:
        current_app.send_task(
            LETTER, [key, site, language, asdict(origin)], expires=TRIED_AGAIN_FOR
        )
    except OperationalError:  # the broker is away: they ask again
        log.exception("a letter couldn't be handed to the background")


def write_reset_letter(
    *, email: str, site: str, language: str, origin: Origin, again: bool = False
) -> bool:
    """
    Writes to the user of this e-mail, if there is one; that it was asked for is kept in the audit.
    Returns whether it went out. Raises LetterNotSent; another attempt (`again`) is no other wish.
    """
    user = User.objects.unscoped().select_related("organization").filter(email=email).first()
    if user is None or not (user.is_active and user.organization.is_active):
        return False
    if not again:
        stranger = Actor.stranger(organization=user.organization)
        record(origin.of(stranger), "user.reset_asked", subject=user)
    with translation.override(language):
        link = site + reverse("identity:reset", args=[user.pk.hex, _tokens.make_token(user)])
        text = render_to_string("identity/reset_mail.txt", {"user": user, "link": link})
        return send_letter(_("A new password"), text, user.email)


def post_invitation(user: User, *, site: str, by: str) -> None:
    """Has `write_invitation` called once the transaction has committed; a broker may be away."""
    arguments = [str(user.pk), site, by]
    transaction.on_commit(
        lambda: current_app.send_task(INVITATION, arguments, expires=TRIED_AGAIN_FOR), robust=True
    )


def write_invitation(*, user_id: UUID, site: str, by: str) -> bool:
    """
    Writes to a person of the staff how to choose a password. Returns whether it went out, which it
    doesn't to those who may not come any more. Raises LetterNotSent.
    """
    user = User.objects.unscoped().select_related("organization").filter(pk=user_id).first()
    if user is None or not (user.is_active and user.organization.is_active):
        return False
    with translation.override(language_of(user)):
        link = site + reverse("identity:reset", args=[user.pk.hex, new_token(user)])
        subject = _("Your access to %(organization)s") % {"organization": user.organization.name}
        context = {"user": user, "link": link, "by": {"name": by}, "days": days_of_link(user)}
        text = render_to_string("settings/invitation.txt", context)
        return send_letter(subject, text, user.email)


def new_token(user: User) -> str:
    """
    What a link for choosing a password holds: somebody's first, or another one. Who may have one
    made is the caller's to ask.
    """
    return _tokens.make_invitation(user) if days_of_link(user) else _tokens.make_token(user)


def days_of_link(user: User) -> int:
    """How many days a link of `new_token` is good for; 0: an hour, for there is a password."""
    return 0 if user.has_usable_password() else settings.INVITATION_TIMEOUT // (24 * 3600)


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
def reset_password(*, user_id: UUID | None, token: str, password: str, origin: Origin) -> User:
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
    change_password(actor=origin.of(actor_of(user)), user=user, password=password)
    return user

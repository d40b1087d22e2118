"""The people of an organization: adding them, changing what they may, ending their access."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from core.audit.ledger import record
from core.cleaning import clean
from core.errors import Fault, Forbidden, Invalid, NotFound
from core.filters import BooleanFilter, CharFilter, ChoiceFilter, Conditions, ConditionsFilterSet
from core.identity import tokens
from core.identity.models import Session, User
from core.identity.passwords import (
    check_password_rules,
    new_token,
    own_account,
    post_invitation,
)
from core.identity.second_factor import remove_second_factor
from core.identity.services import change_password, confirm_password
from core.rows import Versions, get_row, initial_changes, refuse_stale, save_changes
from core.tenancy.actor import Actor
from core.tenancy.choices import Role
from core.tenancy.policy import Permission
from core.text import email_key
from core.writing import writes


@dataclass(frozen=True, slots=True, kw_only=True)
class UserConditions(Conditions):
    """Which people of the staff."""

    email: str | None = None
    role: str | None = None
    is_active: bool | None = None

    def apply(self, rows: "QuerySet[Any]") -> "QuerySet[Any]":
        email = None if self.email is None else email_key(self.email)
        return Conditions.apply(replace(self, email=email), rows)


class UserFilterSet(ConditionsFilterSet[UserConditions]):
    email = CharFilter()
    role = ChoiceFilter(choices=Role)
    is_active = BooleanFilter()

    class Meta:
        model = User
        conditions = UserConditions


def people(*, actor: Actor, conditions: UserConditions | None = None) -> "QuerySet[User]":
    """
    Those of the organization who meet the conditions, those whose access has ended too. Raises
    Forbidden.
    """
    actor.require(Permission.MANAGE_USERS)
    return (conditions or UserConditions()).apply(User.objects.for_actor(actor))


def person(*, actor: Actor, user_id: UUID) -> User:
    """Raises Forbidden and NotFound."""
    user = people(actor=actor).select_related("organization").filter(pk=user_id).first()
    if user is None:
        raise NotFound("User", user_id)
    return user


def names_by_email(*, actor: Actor, emails: Iterable[str]) -> dict[str, str]:
    """What those of the organization's people are called who have one of these e-mails."""
    rows = User.objects.for_actor(actor).filter(email__in={*emails})
    return {row.email: row.name for row in rows.only("email", "first_name", "last_name")}


def sessions_of(*, actor: Actor, user_id: UUID) -> "QuerySet[Session]":
    """
    Where somebody is signed in: their sessions that are on. One's own are anybody's to see. Raises
    Forbidden and NotFound.
    """
    if actor.user_id != user_id:
        person(actor=actor, user_id=user_id)
    return tokens.living_sessions(user_id=user_id)


def may_grant(actor: Actor, role: str) -> bool:
    """
    Whether the actor may make people of this role, and change those who have it: super admins are
    made by their like alone.
    """
    return actor.may(Permission.MANAGE_USERS) and (
        role != Role.SUPER_ADMIN or actor.may(Permission.CROSS_ORGANIZATIONS)
    )


@writes(Permission.MANAGE_USERS)
def invite_user(*, actor: Actor, values: Mapping[str, Any]) -> tuple[User, str]:
    """
    A person without a password yet, and the token of the link by which they choose one.

    Raises Forbidden (only super admins make super admins), Invalid and Conflict.
    """
    user = _create(actor, values, password=None)
    return user, new_token(user)


@writes(Permission.MANAGE_USERS)
def invite_user_by_letter(*, actor: Actor, values: Mapping[str, Any], site: str) -> User:
    """
    The same, and a letter with the link (below `site`), written in the background. Raises as it
    does.
    """
    user = _create(actor, values, password=None)
    post_invitation(user, site=site, by=actor.label)
    return user


@writes(Permission.MANAGE_USERS)
def send_invitation(*, actor: Actor, user_id: UUID, site: str) -> User:
    """
    Writes that letter again, with another link. Raises as `new_password_link` does.
    """
    user, _token = new_password_link(actor=actor, user_id=user_id)
    post_invitation(user, site=site, by=actor.label)
    return user


@writes(Permission.MANAGE_USERS)
def new_password_link(*, actor: Actor, user_id: UUID) -> tuple[User, str]:
    """
    The person and the token of a link by which they choose a new password; the present one stays
    good until they do.

    Raises Forbidden (a super admin's account, without being one), NotFound and Invalid (their
    access has ended).
    """
    user = get_row(User, actor=actor, key=user_id, lock=True)
    _refuse_raising(actor, user.role)
    if not user.is_active:
        raise Invalid.one("is_active", "inactive", "This person's access has ended.")
    record(actor, "user.link_made", subject=user)
    return user, new_token(user)


@writes(Permission.MANAGE_USERS)
def create_user(*, actor: Actor, values: Mapping[str, Any]) -> User:
    """
    A person of the actor's organization. Raises Forbidden (only super admins make super admins),
    Invalid and Conflict.
    """
    return _create(
        actor,
        {name: value for name, value in values.items() if name not in SECRETS},
        password=str(values.get("password") or ""),
    )


@writes(Permission.MANAGE_USERS)
def update_user(
    *, actor: Actor, user_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> User:
    """
    Changes a person; a new role or deactivation holds from the next request on, a new password ends
    every session. One's own e-mail or password takes one's `current_password`, for a borrowed
    session mustn't become a stolen account.

    Raises Forbidden (a super admin's account, without being one), NotFound, Invalid (nobody changes
    their own role or ends their own access), RateLimited (guessing at the present password), Stale
    and Conflict.
    """
    user = get_row(User, actor=actor, key=user_id, lock=True)
    _refuse_raising(actor, user.role)
    password = str(values.get("password") or "")
    cleaned = clean(
        User, {name: value for name, value in values.items() if name not in SECRETS}, actor=actor
    )
    if "email" in cleaned:
        cleaned["email"] = email_key(cleaned["email"])
    _refuse_raising(actor, cleaned.get("role"))
    _refuse_own(actor, user, cleaned)
    refuse_stale(user, if_version)
    if actor.user_id == user.pk and (password or cleaned.get("email", user.email) != user.email):
        _confirm(actor, user, values.get("current_password"))
    changes = save_changes(user, cleaned)
    if changes:
        record(actor, "user.updated", subject=user, changes=changes)
    if changes.get("is_active") == (True, False):
        tokens.revoke_all(user_id=user.pk)
    if password:
        check_password_rules(password, user)
        change_password(actor=actor, user=user, password=password)
    return user


SECRETS = ("password", "current_password")


def _confirm(actor: Actor, user: User, current: Any) -> None:
    """Raises Invalid and RateLimited."""
    if not isinstance(current, str) or not current:
        raise Invalid.one(
            "current_password",
            "password_wanted",
            "Your own e-mail and password take your current password.",
        )
    confirm_password(actor=actor, user=user, password=current)


@writes(Permission.MANAGE_USERS)
def reset_second_factor(*, actor: Actor, user_id: UUID, site: str) -> User:
    """
    Takes a person's second factor away, who has lost it; they are signed out everywhere and told
    by a letter.

    Raises Forbidden (a super admin's account, without being one), NotFound (they have none, too)
    and Invalid (one's own is turned off on the account page, which asks for the password).
    """
    user = get_row(User, actor=actor, key=user_id, lock=True)
    _refuse_raising(actor, user.role)
    if actor.user_id == user.pk:
        raise Invalid.one("", "own_account", "You can't do this to your own account.")
    remove_second_factor(actor=actor, user=user, site=site)
    tokens.revoke_all(user_id=user.pk)
    return user


@writes(Permission.MANAGE_USERS)
def revoke_session(*, actor: Actor, session_id: UUID, user_id: UUID | None = None) -> None:
    """Signs one client out (of `user_id`). Raises Forbidden and NotFound."""
    session = (
        Session.objects.select_related("user")
        .filter(pk=session_id, user__in=User.objects.for_actor(actor))
        .first()
    )
    if session is None or user_id not in (None, session.user_id):
        raise NotFound("Session", session_id)
    _refuse_raising(actor, session.user.role)
    tokens.revoke(session_id=session_id)
    record(actor, "session.revoked", subject=session.user)


@transaction.atomic
def rename_own_account(
    *, actor: Actor, values: Mapping[str, Any], if_version: Versions = None
) -> User:
    """
    Changes the acting person's own `first_name` and `last_name`, which takes no permission; what
    isn't given stays. Raises Forbidden (keys have no account), Invalid and Stale.
    """
    own = own_account(actor)
    user = User.objects.unscoped().select_for_update().get(pk=own.pk)
    names = {name: values[name] for name in ("first_name", "last_name") if name in values}
    cleaned = clean(User, names, actor=actor)
    refuse_stale(user, if_version)
    changes = save_changes(user, cleaned)
    if changes:
        record(actor, "user.updated", subject=user, changes=changes)
    return user


@transaction.atomic
def end_own_session(*, actor: Actor, session_id: UUID) -> None:
    """Signs out one of the acting person's own clients. Raises NotFound."""
    user = own_account(actor)
    if not tokens.living_sessions(user_id=user.pk).filter(pk=session_id).exists():
        raise NotFound("Session", session_id)
    tokens.revoke(session_id=session_id)
    record(actor, "session.revoked", subject=user)


def _create(actor: Actor, values: Mapping[str, Any], *, password: str | None) -> User:
    cleaned = clean(User, values, actor=actor, required=["email"])
    cleaned["email"] = email_key(cleaned["email"])
    _refuse_raising(actor, cleaned.get("role"))
    user = User.objects.new(actor, **cleaned)
    if password is not None:
        check_password_rules(password, user)
    user.set_password(password)
    user.save(force_insert=True)
    record(actor, "user.created", subject=user, changes=initial_changes(cleaned))
    return user


def _refuse_raising(actor: Actor, role: str | None) -> None:
    if role is not None and not may_grant(actor, role):
        raise Forbidden("Only a super admin may do this to a super admin.")


def _refuse_own(actor: Actor, user: User, cleaned: Mapping[str, Any]) -> None:
    if actor.user_id != user.pk:
        return
    faults = {}
    if cleaned.get("is_active") is False:
        faults["is_active"] = [Fault("own_account", "You can't deactivate yourself.")]
    if cleaned.get("role", user.role) != user.role:
        faults["role"] = [Fault("own_account", "You can't change your own role.")]
    if faults:
        raise Invalid(faults)

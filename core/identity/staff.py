"""The people of an organization: adding them, changing what they may, ending their access."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.audit.ledger import record
from core.cleaning import clean
from core.errors import Fault, Forbidden, Invalid, NotFound
from core.identity import tokens
from core.identity.models import Session, User
from core.identity.passwords import check_password_rules, new_token
from core.identity.services import change_password
from core.rows import get_row, initial_changes, save_changes
from core.tenancy.actor import Actor
from core.tenancy.choices import Role
from core.tenancy.policy import Permission
from core.text import email_key
from core.writing import writes


def people(*, actor: Actor) -> "QuerySet[User]":
    """Everyone of the organization, those whose access has ended too. Raises Forbidden."""
    actor.require(Permission.MANAGE_USERS)
    return User.objects.for_actor(actor)


def person(*, actor: Actor, user_id: UUID) -> User:
    """Raises Forbidden and NotFound."""
    user = people(actor=actor).select_related("organization").filter(pk=user_id).first()
    if user is None:
        raise NotFound("User", user_id)
    return user


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
        {name: value for name, value in values.items() if name != "password"},
        password=str(values.get("password") or ""),
    )


@writes(Permission.MANAGE_USERS)
def update_user(*, actor: Actor, user_id: UUID, values: Mapping[str, Any]) -> User:
    """
    Changes a person; a new role or deactivation holds from the next request on, a new password ends
    every session.

    Raises Forbidden (a super admin's account, without being one), NotFound, Invalid (nobody changes
    their own role or ends their own access) and Conflict.
    """
    user = get_row(User, actor=actor, key=user_id, lock=True)
    _refuse_raising(actor, user.role)
    password = str(values.get("password") or "")
    cleaned = clean(
        User, {name: value for name, value in values.items() if name != "password"}, actor=actor
    )
    if "email" in cleaned:
        cleaned["email"] = email_key(cleaned["email"])
    _refuse_raising(actor, cleaned.get("role"))
    _refuse_own(actor, user, cleaned)
    changes = save_changes(user, cleaned)
    if changes:
        record(actor, "user.updated", subject=user, changes=changes)
    if changes.get("is_active") == (True, False):
        tokens.revoke_all(user_id=user.pk)
    if password:
        check_password_rules(password, user)
        change_password(actor=actor, user=user, password=password)
    return user


@writes(Permission.MANAGE_USERS)
def revoke_session(*, actor: Actor, session_id: UUID) -> None:
    """Signs one client out. Raises Forbidden and NotFound."""
    session = (
        Session.objects.select_related("user")
        .filter(pk=session_id, user__in=User.objects.for_actor(actor))
        .first()
    )
    if session is None:
        raise NotFound("Session", session_id)
    _refuse_raising(actor, session.user.role)
    tokens.revoke(session_id=session_id)
    record(actor, "session.revoked", subject=session.user)


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

"""A person's second factor: setting it up, the codes on paper, taking it away."""

from uuid import UUID

from django.db import transaction

from core.audit.ledger import record
from core.clock import now
from core.errors import Invalid, NotFound
from core.identity import tokens
from core.identity.codes import hashes_of, new_paper_codes, step_of
from core.identity.letters import post_letter
from core.identity.models import SecondFactor, User
from core.identity.passwords import own_account
from core.identity.services import confirm_password
from core.rows import save_changes
from core.tenancy.actor import Actor


def paper_codes_left(*, user_id: UUID) -> int:
    """How many of somebody's codes on paper are good."""
    factor = SecondFactor.objects.filter(user_id=user_id).only("recovery_codes").first()
    return len(factor.recovery_codes) if factor else 0


def set_up_second_factor(
    *, actor: Actor, secret: str, code: str, current: str, here: UUID | None = None
) -> list[str]:
    """
    From now on the acting person signs in with a code of the app that has been told `secret`, too;
    `code` shows that it has. Ends their sessions but the one `here`, which began without one.

    Returns the codes on paper, which nobody can be told again. Raises Forbidden (keys have no
    account), RateLimited and Invalid (the code, the present password, or there is one already).
    """
    user = own_account(actor)
    step = step_of(secret=secret, code=code)
    if step is None:
        raise Invalid.one("code", "wrong_code", "This isn't the code that your app shows.")
    confirm_password(actor=actor, user=user, password=current)
    codes = new_paper_codes()
    hashes = hashes_of(codes)
    with transaction.atomic():
        user = _locked(user.pk)
        if user.second_factor_since is not None:
            raise Invalid.one("code", "already_on", "You have a second factor already.")
        SecondFactor.objects.create(user=user, secret=secret, last_step=step, recovery_codes=hashes)
        changes = save_changes(user, {"second_factor_since": now()})
        tokens.revoke_all(user_id=user.pk, but=here)
        record(actor, "user.second_factor_set_up", subject=user, changes=changes)
    return codes


def renew_paper_codes(*, actor: Actor, current: str) -> list[str]:
    """
    Other codes on paper; those before are good no more. Raises as setting up does, and NotFound.
    """
    user = own_account(actor)
    confirm_password(actor=actor, user=user, password=current)
    codes = new_paper_codes()
    hashes = hashes_of(codes)
    with transaction.atomic():
        if not SecondFactor.objects.filter(user=user).update(recovery_codes=hashes):
            raise NotFound("Second factor", user.pk)
        record(actor, "user.paper_codes_renewed", subject=user)
    return codes


def turn_off_second_factor(*, actor: Actor, current: str, site: str) -> None:
    """
    The acting person signs in by the password alone again (where their organization asks for a
    second factor: as far as setting up another). Raises as setting up does, and NotFound.
    """
    user = own_account(actor)
    confirm_password(actor=actor, user=user, password=current)
    with transaction.atomic():
        remove_second_factor(actor=actor, user=_locked(user.pk), site=site)


def remove_second_factor(*, actor: Actor, user: User, site: str) -> None:
    """
    Deletes the factor of the locked `user` and writes to them; who may is the caller's to ask.
    Raises NotFound when they have none.
    """
    if user.second_factor_since is None:
        raise NotFound("Second factor", user.pk)
    SecondFactor.objects.filter(user=user).delete()
    changes = save_changes(user, {"second_factor_since": None})
    record(actor, "user.second_factor_removed", subject=user, changes=changes)
    post_letter(user, "second_factor_removed", site=site, by=actor.label, at=now().isoformat())


def _locked(user_id: UUID) -> User:
    rows = User.objects.unscoped().select_for_update(no_key=True, of=("self",))
    return rows.select_related("organization").get(pk=user_id)

"""Signing in to the portal and out of it."""

import datetime as dt
import secrets
from contextlib import AbstractContextManager
from hashlib import sha256

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from core.audit.ledger import record
from core.audit.refusals import note_refusal
from core.clock import now
from core.errors import Invalid, NotFound, Unauthenticated
from core.identity import guessing
from core.identity.tokens import Origin
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.text import email_key
from core.writing import writes
from customers.models import Customer, PortalSession
from customers.selectors.customers import locked_customer
from customers.selectors.portal import own_customer
from customers.services.passwords import hash_password, keep_password
from customers.services.portal_access import (
    actor_of_customer,
    customer_of_email,
    is_open,
    may_enter,
    portal_actor,
)

LIFETIME = dt.timedelta(days=14)

_NO_ONE = make_password("what an unknown e-mail is checked against, to take as long as a known one")


def digest(secret: str) -> str:
    """What is kept of a secret of 256 random bits: a slow hash would add nothing."""
    return sha256(secret.encode()).hexdigest()


def sign_in(*, organization: Organization, email: str, password: str, origin: Origin) -> str:
    """
    The secret of a new session. Failures count against guessing, and are asked for before a hash
    is computed. Raises Unauthenticated (whatever the reason) and RateLimited.
    """
    customer = customer_of_email(organization=organization, key=email_key(email))
    try:
        hashed = _checked(organization, email, customer, password, origin)
        with transaction.atomic():
            locked = _locked(organization, customer)
            if locked is None or locked.password != hashed:
                raise Unauthenticated
            return open_session(organization=organization, customer=locked, origin=origin)
    except Unauthenticated:
        if customer is not None:
            note_failure(organization, customer, origin, "customer.sign_in_failed")
        raise


def note_failure(
    organization: Organization, customer: Customer, origin: Origin, action: str
) -> None:
    """What was tried with a customer's e-mail by whoever it was, for the audit."""
    stranger = Actor.stranger(organization=organization)
    note_refusal(origin.of(stranger), action, subject=customer)


def _checked(
    organization: Organization,
    email: str,
    customer: Customer | None,
    password: str,
    origin: Origin,
) -> str:
    """The customer's hash, if the password is theirs. Raises Unauthenticated and RateLimited."""
    hashed = customer.password if customer else ""
    with one_guess(organization, email, customer, origin):
        matches = check_password(password, hashed or _NO_ONE)
        if not (hashed and matches and is_open(organization)):
            raise Unauthenticated
    return hashed


def one_guess(
    organization: Organization, email: str, customer: Customer | None, origin: Origin
) -> AbstractContextManager[None]:
    """Counts a try at a password or code beside the staff's. Raises RateLimited."""

    def is_at_home() -> bool:
        rows = PortalSession.objects.for_actor(portal_actor(organization)).filter(customer=customer)
        known = rows.values_list("address", flat=True).distinct() if customer else []
        network = guessing.network_of(origin.address)
        return any(guessing.network_of(address) == network for address in known)

    account = f"portal:{organization.pk}:{email_key(email)}"
    return guessing.one_guess(account=account, address=origin.address, is_at_home=is_at_home)


def open_session(*, organization: Organization, customer: Customer, origin: Origin) -> str:
    """The secret of a new session of the locked customer, inside the caller's transaction."""
    actor = origin.of(actor_of_customer(customer, organization))
    secret = _keep_session(actor, customer)
    record(actor, "customer.signed_in", subject=customer, customer_id=customer.pk)
    return secret


def session_of(*, organization: Organization, secret: str) -> PortalSession | None:
    """The living session of this secret, with its customer; None when there is none (any more)."""
    if not secret or not is_open(organization):
        return None
    rows = PortalSession.objects.for_actor(portal_actor(organization)).select_related("customer")
    session = rows.filter(digest=digest(secret), expires_at__gt=now()).first()
    if session is None or not (may_enter(session.customer) and session.customer.password):
        return None
    return session


@writes(Permission.USE_PORTAL)
def sign_out(*, actor: Actor, session: PortalSession) -> None:
    """Raises Forbidden."""
    PortalSession.objects.for_actor(actor).filter(pk=session.pk, customer=actor.id).delete()
    record(actor, "customer.signed_out", subject=session.customer, customer_id=actor.id)


def change_own_password(*, actor: Actor, current: str, password: str) -> str:
    """
    Sets the acting customer's password, which ends all their sessions. Returns the secret of a new
    one.

    Raises Forbidden, RateLimited (guessing at the current one counts as guessing does everywhere)
    and Invalid.
    """
    customer = check_own_password(actor=actor, password=current)
    return _replace_password(actor=actor, known=customer.password, hashed=hash_password(password))


def check_own_password(*, actor: Actor, password: str) -> Customer:
    """
    The acting customer, if this is their password. Raises Forbidden, NotFound, RateLimited and
    Invalid. No transaction is held while the hash is computed.
    """
    customer = own_customer(actor=actor)
    origin = Origin(address=actor.address)
    try:
        _checked(actor.organization, customer.email, customer, password, origin)
    except Unauthenticated as error:
        note_refusal(actor, "customer.password_refused", subject=customer)
        raise _wrong_password() from error
    return customer


def _wrong_password() -> Invalid:
    return Invalid.one("current_password", "wrong_password", "This isn't your current password.")


@writes(Permission.USE_PORTAL)
def _replace_password(*, actor: Actor, known: str, hashed: str) -> str:
    assert actor.id is not None
    customer = locked_customer(actor=actor, customer_id=actor.id)
    if customer.password != known:
        raise _wrong_password()
    keep_password(actor=actor, customer=customer, hashed=hashed)
    return _keep_session(actor, customer)


def _keep_session(actor: Actor, customer: Customer) -> str:
    secret = secrets.token_urlsafe(32)
    PortalSession.objects.add(
        actor,
        customer=customer,
        digest=digest(secret),
        address=actor.address,
        expires_at=now() + LIFETIME,
    )
    return secret


def _locked(organization: Organization, customer: Customer | None) -> Customer | None:
    """The customer, locked, if they may enter still."""
    if customer is None:
        return None
    try:
        row = locked_customer(actor=portal_actor(organization), customer_id=customer.pk)
    except NotFound:
        return None
    return row if may_enter(row) else None

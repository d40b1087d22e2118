"""
One-time links and codes: asked for by whoever knows an e-mail, made and sent in the background.

The request does the same for known and unknown addresses; only the task looks whether there is
such a customer. The secret is made there too, and stands nowhere but in the letter.
"""

import datetime as dt
import hmac
import secrets
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F

from core.audit.ledger import record
from core.clock import now
from core.errors import Gone, NotFound, RateLimited, Unauthenticated
from core.identity.guessing import network_of
from core.identity.tokens import Origin
from core.letters import TRIED_AGAIN_FOR
from core.requests.limits import Allowance
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.text import email_key
from core.writing import writes
from customers.choices import PortalLinkPurpose
from customers.errors import PortalClosed, PortalNotForCustomer
from customers.models import Customer, PortalLink
from customers.selectors.customers import locked_customer
from customers.services.passwords import hash_password, keep_password, keep_verified
from customers.services.portal_access import (
    actor_of_customer,
    customer_of_email,
    is_open,
    may_enter,
    portal_actor,
)
from customers.services.portal_sessions import digest, note_failure, one_guess, open_session

LETTERS_TO_ONE = Allowance.parse("portal-account", "4/hour")
LETTERS_FROM_NETWORK = Allowance.parse("portal-network", "20/hour")

MAIL = "customers.tasks.mail_portal_link"

LIFETIMES = {
    PortalLinkPurpose.SIGN_IN: dt.timedelta(minutes=30),
    PortalLinkPurpose.PASSWORD: dt.timedelta(minutes=30),
    PortalLinkPurpose.INVITATION: dt.timedelta(days=3),
    PortalLinkPurpose.VERIFY_EMAIL: dt.timedelta(days=1),
}
"""A letter that the customer waits for is short-lived; one that comes unasked lies a while."""

ENTERING = (PortalLinkPurpose.SIGN_IN, PortalLinkPurpose.PASSWORD, PortalLinkPurpose.INVITATION)
WITH_CODE = (PortalLinkPurpose.SIGN_IN, PortalLinkPurpose.PASSWORD)

MOST_FAILURES = 5
"""Wrong codes until a link is gone, whoever types them: there are a million codes."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What the customer is sent."""

    customer: Customer
    purpose: PortalLinkPurpose
    secret: str
    code: str
    good_for: dt.timedelta


# Asking


def ask_for_link(
    *, organization: Organization, email: str, purpose: PortalLinkPurpose, site: str, address: str
) -> None:
    """
    Has a link for getting in sent to the customer of this e-mail, if there is one who may; says
    nothing of that. At most four letters an hour for an e-mail. `site` is where links begin.

    Raises RateLimited when the network asks for very many.
    """
    standing = LETTERS_FROM_NETWORK.take(network_of(address))
    if standing.exceeded:
        raise RateLimited(standing.reset)
    if not LETTERS_TO_ONE.take(f"{organization.pk}:{email_key(email)}").exceeded:
        _hand_over(organization, purpose, site, email=email_key(email))


@writes(Permission.USE_PORTAL)
def ask_for_verification(*, actor: Actor, site: str) -> None:
    """
    Has a link sent by which the acting customer shows that the e-mail is theirs. Raises Forbidden
    and RateLimited.
    """
    standing = LETTERS_TO_ONE.take(str(actor.id))
    if standing.exceeded:
        raise RateLimited(standing.reset)
    purpose = PortalLinkPurpose.VERIFY_EMAIL
    _hand_over(actor.organization, purpose, site, customer_id=actor.id)


@writes(Permission.UPDATE_CUSTOMERS)
def send_invitation(*, actor: Actor, customer_id: UUID, site: str) -> Customer:
    """
    Has a link to the portal sent to a customer. Raises Forbidden, NotFound, PortalClosed,
    PortalNotForCustomer (blocked, without an e-mail, or of the test environment) and RateLimited.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    if not is_open(actor.organization):
        raise PortalClosed
    if not may_enter(customer) or actor.environment != portal_actor(actor.organization).environment:
        raise PortalNotForCustomer
    standing = LETTERS_TO_ONE.take(str(customer.pk))
    if standing.exceeded:
        raise RateLimited(standing.reset)
    record(actor, "customer.invited", subject=customer, customer_id=customer.pk)
    purpose = PortalLinkPurpose.INVITATION
    _hand_over(actor.organization, purpose, site, customer_id=customer.pk)
    return customer


def _hand_over(
    organization: Organization,
    purpose: PortalLinkPurpose,
    site: str,
    *,
    email: str = "",
    customer_id: UUID | None = None,
) -> None:
    """To the background, when the transaction is through; without a broker one asks again."""
    key = str(customer_id or "")
    args = [str(organization.pk), purpose.value, site, email, key]
    send = partial(current_app.send_task, MAIL, args, expires=TRIED_AGAIN_FOR)
    transaction.on_commit(send, robust=True)


# Making


@transaction.atomic
def make_link(
    *, organization: Organization, purpose: PortalLinkPurpose, email: str, customer_id: UUID | None
) -> Letter | None:
    """
    A new link for the customer of this e-mail or id, in the place of the last of its purpose; None
    where there is nobody who may have one.
    """
    if not is_open(organization):
        return None
    actor = portal_actor(organization)
    if customer_id is None:
        known = customer_of_email(organization=organization, key=email)
        customer_id = known.pk if known else None
    try:
        customer = locked_customer(actor=actor, customer_id=customer_id) if customer_id else None
    except NotFound:
        return None
    if customer is None or not may_enter(customer):
        return None
    PortalLink.objects.for_actor(actor).filter(customer=customer, purpose=purpose).delete()
    secret, link = secrets.token_urlsafe(32), PortalLink.objects.new(actor, customer=customer)
    code = f"{secrets.randbelow(10**6):06}" if purpose in WITH_CODE else ""
    link.purpose, link.digest = purpose, digest(secret)
    link.code_digest = _code_digest(link, code) if code else ""
    link.expires_at = now() + LIFETIMES[purpose]
    link.save(force_insert=True)
    record(actor, "customer.link_made", subject=customer, customer_id=customer.pk)
    return Letter(customer, purpose, secret, code, LIFETIMES[purpose])


def _code_digest(link: PortalLink, code: str) -> str:
    """Keyed, for a million codes are soon tried."""
    key = sha256(f"portal-code:{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, f"{link.pk}:{code}".encode(), sha256).hexdigest()


# Using


def link_of(*, organization: Organization, secret: str) -> PortalLink | None:
    """The link for getting in that this is the secret of, with its customer, while it is good."""
    return _find(organization, secret, ENTERING)


def needs_password(link: PortalLink) -> bool:
    """
    Whether the link leads to choosing a password first: when it is for that, and always for a
    walk-in.
    """
    return link.purpose == PortalLinkPurpose.PASSWORD or not link.customer.password


@transaction.atomic
def enter_by_link(
    *, organization: Organization, secret: str, password: str | None, origin: Origin
) -> str:
    """
    Uses a link up, sets the password where one is to be chosen, and opens a session. Returns its
    secret.

    Raises Gone (used, too old, or the customer may not enter any more) and Invalid (a bad password,
    or none where it is needed; the link stays good).
    """
    link, customer = _take(organization, _find(organization, secret, ENTERING))
    link.customer = customer
    actor = origin.of(actor_of_customer(customer, organization))
    if needs_password(link):
        hashed = hash_password(password)
        keep_password(actor=actor, customer=customer, hashed=hashed, by_email=True)
    elif not customer.email_verified:
        keep_verified(actor=actor, customer=customer)
    return open_session(organization=organization, customer=customer, origin=origin)


def exchange_code(*, organization: Organization, email: str, code: str, origin: Origin) -> str:
    """
    The secret of a link that takes the place of the one that was sent with this code. Wrong codes
    count as guesses, and against the link. Raises Unauthenticated and RateLimited.
    """
    customer = customer_of_email(organization=organization, key=email_key(email))
    try:
        with one_guess(organization, email, customer, origin):
            link = _link_with_code(organization, customer, code)
    except Unauthenticated:
        if customer is not None:
            note_failure(organization, customer, origin, "customer.sign_in_failed")
        raise
    secret = secrets.token_urlsafe(32)
    same = PortalLink.objects.unscoped().filter(pk=link.pk, code_digest=link.code_digest)
    if not same.update(digest=digest(secret), code_digest=""):
        raise Unauthenticated
    return secret


@transaction.atomic
def verify_by_link(*, organization: Organization, secret: str, origin: Origin) -> Customer:
    """
    Uses a link up that shows whose the e-mail is. It opens no session. Raises Gone.
    """
    link = _find(organization, secret, (PortalLinkPurpose.VERIFY_EMAIL,))
    _, customer = _take(organization, link)
    actor = origin.of(actor_of_customer(customer, organization))
    keep_verified(actor=actor, customer=customer)
    return customer


def verification_of(*, organization: Organization, secret: str) -> PortalLink | None:
    """The link for verifying an e-mail that this is the secret of, while it is good."""
    return _find(organization, secret, (PortalLinkPurpose.VERIFY_EMAIL,))


def _find(
    organization: Organization, secret: str, purposes: tuple[PortalLinkPurpose, ...]
) -> PortalLink | None:
    if not secret or not is_open(organization):
        return None
    rows = PortalLink.objects.for_actor(portal_actor(organization)).select_related("customer")
    link = rows.filter(digest=digest(secret), purpose__in=purposes, expires_at__gt=now()).first()
    return link if link is not None and may_enter(link.customer) else None


def _take(organization: Organization, link: PortalLink | None) -> tuple[PortalLink, Customer]:
    """Deletes the link and locks its customer: of two uses at once one finds it. Raises Gone."""
    if link is None:
        raise Gone
    actor = portal_actor(organization)
    try:
        customer = locked_customer(actor=actor, customer_id=link.customer_id)
    except NotFound as error:
        raise Gone from error
    if not may_enter(customer):
        raise Gone
    if not PortalLink.objects.unscoped().filter(pk=link.pk, digest=link.digest).delete()[0]:
        raise Gone
    return link, customer


def _link_with_code(organization: Organization, customer: Customer | None, code: str) -> PortalLink:
    """
    The customer's link that was sent with this code; each try is counted before it is compared.
    Raises Unauthenticated.
    """
    rows = PortalLink.objects.for_actor(portal_actor(organization)).filter(customer=customer)
    sent = rows.filter(purpose__in=WITH_CODE, expires_at__gt=now()).exclude(code_digest="")
    found = None
    for link in sent if customer is not None and is_open(organization) else []:
        tries = PortalLink.objects.unscoped().filter(pk=link.pk, failures__lt=MOST_FAILURES)
        counted = tries.update(failures=F("failures") + 1)
        if hmac.compare_digest(_code_digest(link, code), link.code_digest) and counted:
            found = link
    if found is None:
        raise Unauthenticated
    return found

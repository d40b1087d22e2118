"""What customers change about themselves in the portal."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.errors import Conflict, Forbidden, Invalid, RateLimited
from core.requests.limits import Allowance
from core.rows import Versions
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import CONSENT_FIELDS
from customers.models import Customer
from customers.services.changes import change_customer
from customers.services.consents import PORTAL, clean_proof
from customers.services.portal_sessions import check_own_password

PROFILE = (
    "first_name",
    "last_name",
    "company_name",
    "phone",
    "whatsapp_number",
    "date_of_birth",
    "gender",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
)
"""Columns that are the customer's own to change."""

CONTACT_CHANGES = Allowance.parse("portal-contact", "10/hour")
"""Whoever tries many addresses would learn which are somebody's."""


@writes(Permission.USE_PORTAL)
def update_own_profile(
    *, actor: Actor, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    Changes the given columns of the acting customer (of `PROFILE`).

    Raises Forbidden, NotFound, Invalid (also for a phone that is somebody else's), Stale and
    RateLimited (a phone changed very often). Emits `customer.updated`.
    """
    refuse_others(values, PROFILE)
    if "phone" in values:
        _count_contact_change(actor)
    return _change(actor, values, if_version=if_version)


def change_own_email(*, actor: Actor, email: str, current: str) -> Customer:
    """
    Changes the acting customer's e-mail, by which they sign in, so it takes their password; it is
    not verified then. Raises and emits as `update_own_profile`, and Invalid for a wrong password.
    """
    customer = check_own_password(actor=actor, password=current)
    _count_contact_change(actor)
    return _keep_email(actor=actor, email=email, if_version=customer.version)


@writes(Permission.USE_PORTAL)
def change_own_consents(
    *,
    actor: Actor,
    values: Mapping[str, Any],
    wording: str,
    shown: Mapping[str, UUID] | None = None,
    if_version: Versions = None,
) -> None:
    """
    Grants or withdraws channels and marketing. What the customer was shown is the saved wording
    that `shown` names for a field, else `wording`.

    Raises Forbidden, NotFound, Stale and Invalid. Emits `customer.updated` for each; each change is
    a row of the ledger.
    """
    refuse_others(values, CONSENT_FIELDS)
    for name, value in values.items():
        key = (shown or {}).get(name)
        words = {"shown": str(key)} if key else {"wording": wording}
        proof = clean_proof({"method": PORTAL, **words}, actor=actor, pairs=[CONSENT_FIELDS[name]])
        _change(actor, {name: value}, if_version=if_version, proof=proof)
        if_version = None


@writes(Permission.USE_PORTAL)
def _keep_email(*, actor: Actor, email: str, if_version: Versions) -> Customer:
    return _change(actor, {"email": email}, if_version=if_version, required=["email"])


def refuse_others(values: Mapping[str, Any], names: Any) -> None:
    """Raises Forbidden for columns that aren't the customer's own to change."""
    if set(values) - set(names):
        raise Forbidden


def _change(actor: Actor, values: Mapping[str, Any], **options: Any) -> Customer:
    """Who has an address already is nobody else's business."""
    if actor.customer_id is None:
        raise Forbidden
    try:
        return change_customer(actor=actor, customer_id=actor.customer_id, values=values, **options)
    except Conflict as conflict:
        message = "This can't be used. Ask the company."
        raise Invalid.one(conflict.field, "unusable", message) from conflict


def _count_contact_change(actor: Actor) -> None:
    standing = CONTACT_CHANGES.take(str(actor.id))
    if standing.exceeded:
        raise RateLimited(standing.reset)

"""
Single decisions about a customer that have a permission of their own: tags, blocking, consents,
deactivating, registering.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from core.cleaning import clean
from core.errors import Invalid
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import not_one_of
from core.writing import writes
from customers.choices import CONSENT_FIELDS, Status
from customers.models import Consent, Customer
from customers.selectors.customers import locked_customer, tags_of
from customers.services.changes import (
    CustomerChange,
    apply_changes,
    change_customer,
    change_locked,
)
from customers.services.consents import Proof
from customers.services.creation import add_customer
from customers.services.values import clean_tags

WALK_IN_TAG = "staff-created"


@writes(Permission.CREATE_CUSTOMERS)
def create_walk_in(*, actor: Actor, values: Mapping[str, Any]) -> Customer:
    """
    A customer whom the staff enter and who can't sign in to the portal, tagged `staff-created`.
    Raises and emits as `create_customer`.
    """
    tags = values.get("tags") or []
    if isinstance(tags, list):
        tags = [*tags, WALK_IN_TAG]
    return add_customer(actor=actor, values={**values, "tags": tags})


@writes(Permission.CREATE_CUSTOMERS)
def register_customer(*, actor: Actor, values: Mapping[str, Any], password: Any) -> Customer:
    """
    A customer who signs in to the portal by e-mail and password.

    Raises Forbidden, Invalid (also a password too weak, or without an e-mail) and Conflict.
    """
    if not isinstance(password, str) or len(password) > 128:
        raise Invalid.one(
            "password", "invalid_type", "Must be a string of at most 128 characters.", type="string"
        )
    if not values.get("email"):
        raise Invalid.one("email", "required", "A customer who signs in needs an e-mail.")
    try:
        validate_password(password)
    except ValidationError as error:
        raise Invalid.one("password", "weak_password", " ".join(error.messages)) from error
    return add_customer(actor=actor, values=values, password=make_password(password))


@writes(Permission.MANAGE_TAGS)
def change_tags(
    *, actor: Actor, customer_id: UUID, tags: Any, action: str = "set", if_version: Versions = None
) -> Customer:
    """
    `set` replaces all tags, `add` and `remove` leave the others. Raises Forbidden, NotFound, Stale
    and Invalid.
    """
    given = clean_tags(tags, actor=actor)
    row = locked_customer(actor=actor, customer_id=customer_id)
    present: Sequence[str] = tags_of([customer_id])[customer_id]
    if action == "add":
        wanted = [*present, *(name for name in given if name not in present)]
    elif action == "remove":
        wanted = [name for name in present if name not in given]
    elif action == "set":
        wanted = given
    else:
        raise Invalid.one("action", "invalid_choice", not_one_of(action, ("set", "add", "remove")))
    return change_locked(actor=actor, customer=row, values={"tags": wanted}, if_version=if_version)


@writes(Permission.BLOCK)
def block_customer(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    Blocks or unblocks (`is_blocked`, and a `block_reason` that unblocking clears).

    Raises Forbidden, NotFound, Stale and Invalid.
    """
    if values.get("is_blocked") is None:
        raise Invalid.one("is_blocked", "required", "This field is required.")
    given = {name: values[name] for name in ("is_blocked", "block_reason") if name in values}
    if not clean(Customer, {"is_blocked": given["is_blocked"]}, actor=actor)["is_blocked"]:
        given["block_reason"] = None
    return change_customer(
        actor=actor, customer_id=customer_id, values=given, if_version=if_version
    )


@writes(Permission.EDIT_PREFERENCES)
def change_consents(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    Grants or withdraws channels and marketing, with the `method` and `wording` by which the
    customer did.

    Raises Forbidden, NotFound, Stale and Invalid (also without a method). Emits `customer.updated`;
    each change is a row of the ledger.
    """
    given = {name: value for name, value in values.items() if name in CONSENT_FIELDS}
    proof = {name: values.get(name) or "" for name in ("method", "wording")}
    proof = clean(Consent, proof, actor=actor, required=["method"])
    return change_customer(
        actor=actor,
        customer_id=customer_id,
        values=given,
        if_version=if_version,
        proof=Proof(**proof),
    )


@writes(Permission.DELETE_CUSTOMERS)
def deactivate_customer(
    *, actor: Actor, customer_id: UUID, if_version: Versions = None
) -> Customer:
    """
    Pins the status at inactive until the customer writes or books again; they stay readable. Raises
    Forbidden, NotFound and Stale.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refuse_stale(customer, if_version)
    columns = {"status": Status.INACTIVE.value, "status_pinned": True, "is_deactivated": True}
    apply_changes(actor=actor, changes=[CustomerChange(customer, columns)])
    return customer


def welcome_back(*, actor: Actor, customer: Customer) -> None:
    """
    A deactivation ends, and the status follows the rules again: the (locked) customer has written
    or booked. For the services that hear of it.
    """
    if customer.is_deactivated:
        change_locked(actor=actor, customer=customer, values={"status": None})

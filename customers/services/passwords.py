"""Passwords of the portal, and e-mails that are known to be the customer's own."""

from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from core.errors import Fault, Invalid
from core.rows import Versions, refuse_stale
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer
from customers.selectors.customers import locked_customer
from customers.services.changes import CustomerChange, apply_changes

LONGEST = 128
PASSWORD_SET = "customer.password_set"  # noqa: S105 -- an act's name
EMAIL_VERIFIED = "customer.email_verified"


def hash_password(password: Any) -> str:
    """The hash of a good password. Raises Invalid for any other."""
    check_password(password)
    return make_password(password)


def check_password(password: Any) -> None:
    """Raises Invalid unless it is a good one."""
    if not isinstance(password, str) or len(password) > LONGEST:
        message = f"Must be a string of at most {LONGEST} characters."
        raise Invalid.one("password", "invalid_type", message, type="string")
    try:
        validate_password(password)
    except ValidationError as error:
        faults = [
            Fault(item.code or "weak_password", " ".join(item.messages))
            for item in error.error_list
        ]
        raise Invalid({"password": faults}) from error


@writes(Permission.UPDATE_CUSTOMERS)
def set_password(
    *, actor: Actor, customer_id: UUID, password: Any, if_version: Versions = None
) -> Customer:
    """
    Gives a customer a password for the portal, which ends all sessions there; with None the
    customer is a walk-in again.

    Raises Forbidden, NotFound, Stale and Invalid (also for a customer without an e-mail). Emits
    `customer.updated`.
    """
    hashed = "" if password is None else hash_password(password)
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refuse_stale(customer, if_version)
    if hashed:
        refuse_without_email(customer)
    keep_password(actor=actor, customer=customer, hashed=hashed)
    return customer


@writes(Permission.UPDATE_CUSTOMERS)
def verify_email(*, actor: Actor, customer_id: UUID, if_version: Versions = None) -> Customer:
    """
    Says that the e-mail is the customer's own: the staff have seen to it. Raises Forbidden,
    NotFound, Stale and Invalid (there is no e-mail). Emits `customer.updated`.
    """
    customer = locked_customer(actor=actor, customer_id=customer_id)
    refuse_stale(customer, if_version)
    refuse_without_email(customer)
    keep_verified(actor=actor, customer=customer)
    return customer


def refuse_without_email(customer: Customer) -> None:
    """Raises Invalid."""
    if not customer.email:
        raise Invalid.one("email", "required", "A customer who signs in needs an e-mail.")


def keep_password(*, actor: Actor, customer: Customer, hashed: str, by_email: bool = False) -> None:
    """
    Sets the hash on the locked customer. Who came `by_email` has shown that the address is theirs.
    """
    columns: dict[str, Any] = {"password": hashed}
    if by_email:
        columns["email_verified"] = True
    change = CustomerChange(customer, columns)
    apply_changes(actor=actor, changes=[change], action=PASSWORD_SET, conceal=["password"])


def keep_verified(*, actor: Actor, customer: Customer) -> None:
    """Notes on the locked customer that the e-mail is their own."""
    change = CustomerChange(customer, {"email_verified": True})
    apply_changes(actor=actor, changes=[change], action=EMAIL_VERIFIED)

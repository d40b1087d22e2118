"""Finding the one customer that an address belongs to, however it is spelled."""

from django.db.models import QuerySet

from core.errors import NotFound
from core.phones import parse_phone
from core.tenancy.actor import Actor
from core.text import email_key
from customers.models import Customer
from customers.selectors.customers import customers


def customer_with_email(*, actor: Actor, email: str) -> Customer:
    """The living customer with this e-mail, whatever its case. Raises Forbidden and NotFound."""
    key = email_key(email)
    rows = (
        customers(actor=actor).filter(email_key=key)
        if key and "\x00" not in key
        else customers(actor=actor).none()
    )
    return _only(rows)


def customer_with_phone(*, actor: Actor, phone: str) -> Customer:
    """
    The living customer with this phone, in any spelling of the organization's region. Raises
    Forbidden and NotFound.
    """
    try:
        number = parse_phone(phone, actor.organization.default_region)
    except ValueError:
        return _only(customers(actor=actor).none())
    return _only(customers(actor=actor).filter(phone=number))


def _only(rows: "QuerySet[Customer]") -> Customer:
    """
    The one row (living customers share no address), asked for without an order, so that the unique
    index answers. Raises NotFound.
    """
    row = next(iter(rows), None)
    if row is None:
        raise NotFound("Customer")
    return row

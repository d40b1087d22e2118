"""Finding customers by what others call them: addresses, however spelled, and foreign ids."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from core.errors import NotFound
from core.phones import parse_phone
from core.tenancy.actor import Actor
from core.text import email_key
from customers.models import Customer
from customers.selectors.customers import customers


def ids_by_external_id(
    *, actor: Actor, texts: Iterable[str], deleted: bool = False
) -> dict[str, UUID]:
    """
    Another system's id → the customer who came from there, for those of `texts` that are somebody's
    among the living (or the deleted, of whom the one deleted last counts), whether or not the actor
    may see them: what is done with the id says who may.
    """
    wanted = {text: text.strip() for text in texts if "\x00" not in text}
    sought = {key for key in wanted.values() if 0 < len(key) <= LONGEST}
    if not sought:
        return {}
    rows = Customer.objects.for_actor(actor).filter(
        external_id__in=sought, deleted_at__isnull=not deleted
    )
    found = dict(rows.order_by("deleted_at").values_list("external_id", "pk"))
    return {text: found[key] for text, key in wanted.items() if key in found}


LONGEST = Customer._meta.get_field("external_id").max_length or 0


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

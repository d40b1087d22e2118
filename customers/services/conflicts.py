"""Values that another customer has already: the constraint refuses, the refusal names who."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from django.db import IntegrityError

from core.errors import Conflict
from core.tenancy.actor import Actor
from core.writing import refusal
from customers.choices import IdentityKind
from customers.models import Customer, Identity
from customers.selectors.lookup import KEYS, customer_with_key


@contextmanager
def naming_holders(
    actor: Actor, rows: Sequence[Customer], *, whatsapp_ids: Sequence[str] = ()
) -> Iterator[None]:
    """
    Raises the refusal of a unique constraint, when `rows` (with `whatsapp_ids`) are written inside,
    as a Conflict whose `customer_id` is the living customer who has the value.
    """
    try:
        yield
    except IntegrityError as error:
        conflict = refusal(error)
        if not isinstance(conflict, Conflict):
            raise
        find = partial(_holder, actor, conflict.field, rows, whatsapp_ids)
        raise Conflict("Customer", conflict.field, find) from error


def _holder(
    actor: Actor, field: str, rows: Sequence[Customer], whatsapp_ids: Sequence[str]
) -> UUID | None:
    keys = [row.pk for row in rows]
    if field in KEYS:
        values = [str(getattr(row, KEYS[field])) for row in rows]
    else:
        held = Identity.objects.for_actor(actor).filter(customer__in=keys)
        ids = held.filter(kind=IdentityKind.WHATSAPP_ID).values_list("value", flat=True)
        values = [*whatsapp_ids, *ids]
    return customer_with_key(actor=actor, field=field, values=values, besides=keys)

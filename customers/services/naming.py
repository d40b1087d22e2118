"""
One name for a person or a business (the payments platform's `name`), kept in the columns that all
APIs share.

A business is called by its company's name, a person by first and last name. The name that was
written reads back the same, also when a person turns out to be a business or the reverse: it moves
to the other columns, unless those hold a name already.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.cleaning import clean
from core.errors import Fault, Invalid
from core.rows import Versions
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import split_name
from core.writing import writes
from customers.models import Customer
from customers.services.changes import change_locked, lock_for_change
from customers.services.creation import add_customer
from customers.services.values import clean_customer

Names = dict[str, str]


def single_name(*, first_name: str, last_name: str, company_name: str, is_business: bool) -> str:
    """What a customer with these columns is called; empty when it has no name."""
    person = f"{first_name} {last_name}".strip()
    return (company_name or person) if is_business else (person or company_name)


@writes(Permission.CREATE_CUSTOMERS)
def create_customer_with_full_name(*, actor: Actor, values: Mapping[str, Any]) -> Customer:
    """
    `create_customer` from values with a `name`, which is required. Raises Forbidden, Invalid and
    Conflict.
    """
    name = _given(values, actor)
    if not name:
        raise _unnamed(values, actor)
    names = _called(name, is_business=bool(_kind(values, actor)))
    return add_customer(actor=actor, values={**_rest(values), **names})


@writes(Permission.UPDATE_CUSTOMERS)
def update_customer_with_full_name(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    `update_customer` with values that may hold a `name`. The name that the customer has already
    changes nothing, so that sending back what was read keeps first and last name apart as they
    were.

    Raises Forbidden, NotFound, Stale, Invalid and Conflict.
    """
    row = lock_for_change(actor=actor, customer_id=customer_id, values=values)
    name = _given(values, actor)
    if not name and "name" in values and _name(row):
        raise _unnamed(values, actor)
    names = _renamed(row, name, _kind(values, actor))
    return change_locked(
        actor=actor, customer=row, values={**_rest(values), **names}, if_version=if_version
    )


def _rest(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != "name"}


def _kind(values: Mapping[str, Any], actor: Actor) -> bool | None:
    """
    The given `is_business`; None when there is none, or one that the service will refuse with all
    other faults.
    """
    try:
        return (
            bool(
                clean(Customer, {"is_business": values["is_business"]}, actor=actor)["is_business"]
            )
            if "is_business" in values
            else None
        )
    except Invalid:
        return None


def _given(values: Mapping[str, Any], actor: Actor) -> str:
    """The given name; empty when there is none. Raises Invalid."""
    name = values.get("name")
    if name is not None and not isinstance(name, str):
        raise _refused(
            Fault("invalid_type", "Must be a string.", {"type": "string"}), values, actor
        )
    return (name or "").strip()


def _unnamed(values: Mapping[str, Any], actor: Actor) -> Invalid:
    return _refused(Fault("required", "This field is required."), values, actor)


def _refused(fault: Fault, values: Mapping[str, Any], actor: Actor) -> Invalid:
    """What is wrong with the name, and all that is wrong with the other values."""
    try:
        clean_customer(_rest(values), actor=actor)
    except Invalid as invalid:
        return Invalid({"name": [fault], **invalid.faults})
    return Invalid({"name": [fault]})


def _name(row: Customer) -> str:
    return single_name(
        first_name=row.first_name,
        last_name=row.last_name,
        company_name=row.company_name,
        is_business=row.is_business,
    )


def _called(name: str, *, is_business: bool) -> Names:
    if is_business:
        return {"company_name": name}
    first, last = split_name(name)
    return {"first_name": first, "last_name": last}


def _renamed(row: Customer, name: str, is_business: bool | None) -> Names:
    """
    The name columns to set: first the present name moves with the kind, then the new one takes its
    place.
    """
    present = {
        "first_name": row.first_name,
        "last_name": row.last_name,
        "company_name": row.company_name,
    }
    business = row.is_business if is_business is None else is_business
    if business != row.is_business:
        present |= _moved(present, business)
    shown = single_name(**present, is_business=business)
    wanted = present if name in ("", shown) else present | _called(name, is_business=business)
    return {column: value for column, value in wanted.items() if value != getattr(row, column)}


def _moved(present: Names, business: bool) -> Names:
    person = f"{present['first_name']} {present['last_name']}".strip()
    if business and person and not present["company_name"]:
        return {"first_name": "", "last_name": "", "company_name": person}
    if not business and present["company_name"] and not person:
        return {**_called(present["company_name"], is_business=False), "company_name": ""}
    return {}

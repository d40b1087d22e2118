"""What a customer prefers: channels, language, outlet, services, staff."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from appointments.models import PreferredService, PreferredStaff, Service
from core.errors import Fault, Forbidden, Invalid, collecting, every_fault
from core.identity.models import User
from core.ids import parse_id
from core.rows import Versions
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.choices import PREFERENCE_FIELDS
from customers.models import Customer
from customers.selectors.customers import customer
from customers.services.changes import change_locked, lock_for_change
from customers.services.management import create_walk_in, register_customer
from customers.services.passwords import check_password
from customers.services.values import clean_customer

LISTS: dict[str, tuple[Any, Any, str]] = {
    "preferred_services": (PreferredService, Service, "service_id"),
    "preferred_staff": (PreferredStaff, User, "staff_id"),
}
MOST = 100


def preferences(*, actor: Actor, customer_id: UUID) -> dict[str, Any]:
    """
    The customer's preference columns, and the ids of preferred services and staff. Raises Forbidden
    and NotFound.
    """
    return preference_row(customer(actor=actor, customer_id=customer_id))


def preference_row(row: Customer) -> dict[str, Any]:
    """The same for a customer at hand."""
    found = {name: row.serializable_value(name) for name in PREFERENCE_FIELDS}
    (whole,) = with_preferred([{"id": row.pk}])
    return found | {name: whole[name] for name in LISTS}


def with_preferred(rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """
    The same rows (dicts with `id`, of customers that the caller may see), each with the ids of
    preferred services and staff.
    """
    for name in LISTS:
        preferred = _preferred(name, [row["id"] for row in rows])
        for row in rows:
            row[name] = preferred[row["id"]]
    return rows


@writes(Permission.EDIT_PREFERENCES)
def update_preferences(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    Sets the given preferences and no others; lists are replaced whole.

    Raises Forbidden, NotFound, Stale and Invalid. Emits `customer.updated`; changed channels add to
    the consent ledger.
    """
    return apply_preferences(
        actor=actor, customer_id=customer_id, values=values, if_version=if_version
    )


OWN = (
    "language",
    "contact_hours_start",
    "contact_hours_end",
    "accessibility_needs",
    "preferred_outlet",
    "preference_note",
    "preferred_services",
    "preferred_staff",
)
"""Preferences that customers set in the portal; consents have a service of their own."""


@writes(Permission.USE_PORTAL)
def update_own_preferences(
    *, actor: Actor, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    `update_preferences` by the customer whose they are, for those of `OWN`. Raises Forbidden,
    NotFound, Stale and Invalid.
    """
    if actor.customer_id is None or set(values) - set(OWN):
        raise Forbidden
    return apply_preferences(
        actor=actor, customer_id=actor.customer_id, values=values, if_version=if_version
    )


@writes(Permission.UPDATE_CUSTOMERS)
def update_customer_with_preferences(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    A customer's columns, tags and preferences in one change. Raises and emits as
    `update_preferences`, and raises Conflict.
    """
    return apply_preferences(
        actor=actor, customer_id=customer_id, values=values, if_version=if_version
    )


@writes(Permission.CREATE_CUSTOMERS)
def register_customer_with_preferences(
    *, actor: Actor, values: Mapping[str, Any], password: Any = None
) -> Customer:
    """
    With a password `register_customer`, without one `create_walk_in`, with preferences of every
    kind. Raises and emits as they do, and raises Invalid for a bad list.
    """
    lists = {name: values[name] for name in LISTS if name in values}
    columns = {name: value for name, value in values.items() if name not in lists}
    with every_fault(
        lambda: _clean_lists(lists, actor),
        lambda: clean_customer(columns, actor=actor),
        lambda: None if password in (None, "") else check_password(password),
    ):
        _clean_lists(lists, actor)
        row = (
            create_walk_in(actor=actor, values=columns)
            if password in (None, "")
            else register_customer(actor=actor, values=columns, password=password)
        )
    return (
        apply_preferences(actor=actor, customer_id=row.pk, values=lists)
        if any(lists.values())
        else row
    )


def apply_preferences(
    *, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Customer:
    """
    `update_preferences` for services with a permission of their own; one version, audit entry and
    event for all that changes.
    """
    row = lock_for_change(actor=actor, customer_id=customer_id, values=values)
    columns = {name: value for name, value in values.items() if name not in LISTS}
    given = {name: values[name] for name in LISTS if name in values}
    with every_fault(lambda: clean_customer(columns, actor=actor, present=row)):
        lists = _clean_lists(given, actor)
    linked = {
        name: change for name, keys in lists.items() if (change := _replace(name, row, keys, actor))
    }
    return change_locked(
        actor=actor,
        customer=row,
        values=columns,
        if_version=if_version,
        pin_unchanged=False,
        linked=linked,
    )


def _preferred(name: str, customers: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Customer → the ids in the list `name`, in the order in which they were given."""
    link, _, column = LISTS[name]
    found: dict[UUID, list[UUID]] = {key: [] for key in customers}
    links = link.objects.unscoped().filter(customer_id__in=list(found)).order_by("pk")
    for customer_id, key in links.values_list("customer_id", column):
        found[customer_id].append(key)
    return found


def _clean_lists(lists: Mapping[str, Any], actor: Actor) -> dict[str, list[UUID]]:
    """The ids of each list. Raises Invalid with every fault."""
    cleaned: dict[str, list[UUID]] = {}
    faults: dict[str, list[Fault]] = {}
    for name, raw in lists.items():
        with collecting(faults):
            cleaned[name] = _rows(name, raw, actor)
    if faults:
        raise Invalid(faults)
    return cleaned


def _rows(name: str, raw: Any, actor: Actor) -> list[UUID]:
    """The ids in `raw`, each of a row of the actor's organization. Raises Invalid."""
    if raw is None:
        return []
    if not isinstance(raw, list) or len(raw) > MOST:
        raise Invalid.one(name, "invalid_list", f"Must be a list of at most {MOST} IDs.")
    keys = [parse_id(item) for item in raw]
    found = set(
        LISTS[name][1]
        .objects.for_actor(actor)
        .filter(pk__in=[key for key in keys if key])
        .values_list("pk", flat=True)
    )
    if not all(key in found for key in keys):
        raise Invalid.one(name, "not_found", "Holds an ID that isn't there.")
    return list(dict.fromkeys(key for key in keys if key))


@dataclass(frozen=True, slots=True)
class PreferredList:
    """One of `LISTS`, for what gives customers back what they were, or makes one of two."""

    name: str

    def keys_of(self, customer: Customer) -> list[UUID]:
        return _preferred(self.name, [customer.pk])[customer.pk]

    def set_keys(
        self, *, actor: Actor, customer: Customer, keys: Iterable[Any]
    ) -> tuple[Any, Any] | None:
        wanted = [key for item in keys if (key := parse_id(item))]
        there = LISTS[self.name][1].objects.for_actor(actor).filter(pk__in=wanted)
        found = set(there.values_list("pk", flat=True))
        return _replace(self.name, customer, [key for key in wanted if key in found], actor)


PREFERRED_SERVICES = PreferredList("preferred_services")
PREFERRED_STAFF = PreferredList("preferred_staff")


def _replace(
    name: str, row: Customer, keys: Sequence[UUID], actor: Actor
) -> tuple[Any, Any] | None:
    """Makes the list `keys`. Returns (before, after), None when it was that already."""
    link, _, column = LISTS[name]
    before = _preferred(name, [row.pk])[row.pk]
    if before == list(keys):
        return None
    link.objects.unscoped().filter(customer=row).delete()
    link.objects.unscoped().bulk_create(
        [link.objects.new(actor, customer=row, **{column: key}) for key in keys]
    )
    return [str(key) for key in before], [str(key) for key in keys]

"""What a customer prefers: channels, language, outlet, services, staff."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from appointments.models import PreferredService, PreferredStaff, Service
from core.audit.ledger import record
from core.errors import Invalid
from core.identity.models import User
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes
from customers.models import Customer
from customers.selectors.customers import customer, locked_customer
from customers.services.customers import apply_update, refuse_stale, save_changes

COLUMNS = (
    "notify_email",
    "notify_sms",
    "notify_push",
    "notify_whatsapp",
    "marketing_consent",
    "language",
    "contact_hours_start",
    "contact_hours_end",
    "accessibility_needs",
    "preferred_agent",
    "preferred_outlet",
    "preferred_categories",
    "preference_note",
)
LISTS: dict[str, tuple[Any, Any, str]] = {
    "preferred_services": (PreferredService, Service, "service_id"),
    "preferred_staff": (PreferredStaff, User, "staff_id"),
}
MOST = 100


def preferences(*, actor: Actor, customer_id: UUID) -> dict[str, Any]:
    """The customer's preference columns, and the ids of preferred services and staff. Raises Forbidden and NotFound."""
    return preference_row(customer(actor=actor, customer_id=customer_id))


def preference_row(row: Customer) -> dict[str, Any]:
    """The same for a customer at hand."""
    found = {name: getattr(row, Customer._meta.get_field(name).attname) for name in COLUMNS}  # type: ignore[union-attr]
    for name, (link, _, column) in LISTS.items():
        found[name] = list(link.objects.unscoped().filter(customer=row).order_by("pk").values_list(column, flat=True))
    return found


@writes(Permission.EDIT_PREFERENCES)
def update_preferences(*, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: int | None = None) -> Customer:
    """
    Sets the given preferences and no others; lists are replaced whole.

    Raises Forbidden, NotFound, Stale and Invalid. Emits `customer.updated`; changed channels add to the consent ledger.
    """
    return apply_preferences(actor=actor, customer_id=customer_id, values=values, if_version=if_version)


def apply_preferences(*, actor: Actor, customer_id: UUID, values: Mapping[str, Any], if_version: int | None = None) -> Customer:
    """`update_preferences` for services with a permission of their own."""
    row = locked_customer(actor=actor, customer_id=customer_id)
    refuse_stale(row, if_version)
    lists = {name: _rows(name, values[name], actor) for name in LISTS if name in values}
    columns = {name: value for name, value in values.items() if name not in LISTS}
    if columns:
        row = apply_update(actor=actor, customer_id=customer_id, values=columns)
    changes = {name: change for name, keys in lists.items() if (change := _replace(name, row, keys, actor))}
    if changes:
        save_changes(row, changes, columns=())
        record(actor, "customer.updated", subject=row, customer_id=row.pk, changes=changes, events=["customer.updated"])
    return row


def _rows(name: str, raw: Any, actor: Actor) -> list[UUID]:
    """The ids in `raw`, each of a row of the actor's organization. Raises Invalid."""
    if raw is None:
        return []
    if not isinstance(raw, list) or len(raw) > MOST:
        raise Invalid.one(name, "invalid_list", f"Must be a list of at most {MOST} IDs.")
    keys = [parse_id(item) for item in raw]
    found = set(LISTS[name][1].objects.for_actor(actor).filter(pk__in=[key for key in keys if key]).values_list("pk", flat=True))
    if not all(key in found for key in keys):
        raise Invalid.one(name, "not_found", "Holds an ID that isn't there.")
    return list(dict.fromkeys(key for key in keys if key))


def _replace(name: str, row: Customer, keys: Sequence[UUID], actor: Actor) -> tuple[Any, Any] | None:
    link, _, column = LISTS[name]
    before = list(link.objects.unscoped().filter(customer=row).order_by("pk").values_list(column, flat=True))
    if before == list(keys):
        return None
    link.objects.unscoped().filter(customer=row).delete()
    link.objects.unscoped().bulk_create([link.objects.new(actor, customer=row, **{column: key}) for key in keys])
    return [str(key) for key in before], [str(key) for key in keys]

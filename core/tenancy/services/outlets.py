"""The branches of an organization."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.audit.ledger import record
from core.cleaning import clean
from core.rows import (
    Versions,
    final_changes,
    get_row,
    initial_changes,
    refuse_stale,
    save_changes,
)
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet
from core.tenancy.policy import Permission
from core.writing import writes


@writes(Permission.MANAGE_OUTLETS)
def create_outlet(*, actor: Actor, values: Mapping[str, Any]) -> Outlet:
    """In the organization's time zone unless given one. Raises Forbidden, Invalid and Conflict."""
    cleaned = clean(Outlet, values, actor=actor, required=["name"])
    cleaned["time_zone"] = cleaned.get("time_zone") or actor.organization.time_zone
    outlet = Outlet.objects.add(actor, **cleaned)
    record(actor, "outlet.created", subject=outlet, changes=initial_changes(cleaned))
    return outlet


@writes(Permission.MANAGE_OUTLETS)
def update_outlet(
    *, actor: Actor, outlet_id: UUID, values: Mapping[str, Any], if_version: Versions = None
) -> Outlet:
    """Raises Forbidden, NotFound, Invalid, Stale and Conflict."""
    outlet = get_row(Outlet, actor=actor, key=outlet_id, lock=True)
    cleaned = clean(Outlet, values, actor=actor)
    changes = save_changes(outlet, cleaned, if_version=if_version)
    if changes:
        record(actor, "outlet.updated", subject=outlet, changes=changes)
    return outlet


@writes(Permission.MANAGE_OUTLETS)
def delete_outlet(*, actor: Actor, outlet_id: UUID, if_version: Versions = None) -> None:
    """
    Raises Forbidden, NotFound, Stale and InUse (appointments refer to it; set `is_active` to false
    instead).
    """
    outlet = get_row(Outlet, actor=actor, key=outlet_id, lock=True)
    refuse_stale(outlet, if_version)
    record(actor, "outlet.deleted", subject=outlet, changes=final_changes(outlet))
    outlet.delete()

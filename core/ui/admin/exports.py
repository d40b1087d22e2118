"""
What a list of the admin shows, taken out as a table: permitted, audited, as one snapshot in
constant memory.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Count, QuerySet

from core.audit.ledger import record
from core.exports.streaming import Selection
from core.exports.tables import ExportColumn
from core.tenancy.actor import Actor
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.writing import writes


@writes(Permission.EXPORT)
def export_shown(
    *, actor: Actor, rows: "QuerySet[Any]", noun: str, columns: Mapping[str, ExportColumn]
) -> Selection:
    """
    The `columns` (header → column) of `rows`, in their order.

    A super admin's list spans organizations: the audit of each, and of each environment, keeps who
    took how many of its rows. Raises Forbidden.
    """
    for place in (
        rows.order_by().values("organization_id", "environment").annotate(count=Count("pk"))
    ):
        changes = {"columns": (None, sorted(columns)), "rows": (None, place["count"])}
        record(_there(actor, place), f"{noun}.exported", changes=changes)
    return Selection(rows, columns, actor=actor)


def _there(actor: Actor, place: Mapping[str, Any]) -> Actor:
    if place["organization_id"] == actor.organization.pk:
        return replace(actor, environment=place["environment"])
    return replace(
        actor,
        organization=Organization.objects.get(pk=place["organization_id"]),
        environment=place["environment"],
    )

"""
The columns of the customers' list: which there are, which are shown, and what the list can be
sorted by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.ui.lists import Column
from customers.models import Customer


@dataclass(frozen=True, slots=True)
class ListColumn:
    """
    A column by the name that the address carries; `usual`: shown unless others are chosen; `field`:
    the customer's field that is edited in its cells.
    """

    name: str
    head: Column
    usual: bool = True
    field: str = ""


def _column(field: str, sort: str = "", kind: str = "") -> Column:
    return Column(Customer._meta.get_field(field).verbose_name, sort, kind)  # type: ignore[union-attr]


COLUMNS: Sequence[ListColumn] = (
    ListColumn("name", Column(_("Name"), "name")),
    ListColumn("phone", _column("phone"), field="phone"),
    ListColumn("tags", Column(_("Tags"))),
    ListColumn("status", _column("status", "status"), field="status"),
    ListColumn("segment", _column("segment", "segment"), usual=False, field="segment"),
    ListColumn("health", Column(_("Health"), "health")),
    ListColumn("value", Column(_("Booked value"), "value", "num")),
    ListColumn("contact", _column("last_interaction_at", "contact")),
    ListColumn("email", _column("email"), field="email"),
    ListColumn("visit", _column("last_visit_at")),
    ListColumn("owner", _column("assigned_to"), field="assigned_to"),
    ListColumn("city", _column("city", "city"), usual=False, field="city"),
    ListColumn("created", _column("created_at", "created"), usual=False),
)


OF_DELETED = {"name", "phone", "email"}


@dataclass(frozen=True, slots=True)
class Order:
    """
    A column that an index follows. Of a text, rows without it come last; of a moment, the unknown
    ones are the oldest.
    """

    column: str
    text: bool = False
    nullable: bool = False


ORDERS: Mapping[str, Order] = {
    "name": Order("first_key", text=True),
    "city": Order("city", text=True),
    "status": Order("status"),
    "segment": Order("segment"),
    "health": Order("health_score"),
    "contact": Order("last_interaction_at", nullable=True),
    "value": Order("lifetime_value"),
    "created": Order("created_at"),
}
SORTS = ("-created", *(name for name in ORDERS if name != "created"))
"""For `ListState`: newest first unless said otherwise."""


def order_by(sort: str) -> tuple[list[Any], str]:
    """
    The order of a sort (`name`, or `-name` descending), and the text column whose unknown ones come
    last.
    """
    order = ORDERS[sort.removeprefix("-")]
    if sort.startswith("-"):
        return [
            F(order.column).desc(nulls_last=True) if order.nullable else F(order.column).desc(),
            "-pk",
        ], ""
    first = F(order.column).asc(nulls_first=True) if order.nullable else F(order.column).asc()
    return [first, "pk"], order.column if order.text else ""


def chosen(query: QueryDict, *, deleted: bool = False) -> list[ListColumn]:
    """
    The columns that the address names, else the usual ones (few of the deleted, so that restoring
    stands near); the name always.
    """
    named = set(query.getlist("columns"))
    known = named & {column.name for column in COLUMNS}
    usual = OF_DELETED if deleted else {column.name for column in COLUMNS if column.usual}
    return [column for column in COLUMNS if column.name in {"name", *(known or usual)}]

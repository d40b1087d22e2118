"""
The columns of the customers' list: which there are, which are shown, and what the list can be
sorted by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import F
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.identity.layouts import ListLayout
from core.ui.lists import Column
from customers.models import Customer


@dataclass(frozen=True, slots=True)
class ListColumn:
    """
    A column by the name that the address carries; `usual`: shown unless others are chosen; `field`:
    the customer's field that is edited in its cells; `on_phones`: shown on their cards, too.
    """

    name: str
    head: Column
    usual: bool = True
    field: str = ""
    on_phones: bool = False


def _column(field: str, sort: str = "", kind: str = "") -> Column:
    return Column(Customer._meta.get_field(field).verbose_name, sort, kind)  # type: ignore[union-attr]


COLUMNS: Sequence[ListColumn] = (
    ListColumn("name", Column(_("Name"), "name")),
    ListColumn("phone", _column("phone", kind="tabular"), field="phone"),
    ListColumn("tags", Column(_("Tags"))),
    ListColumn("status", _column("status", "status"), field="status", on_phones=True),
    ListColumn("segment", _column("segment", "segment"), usual=False, field="segment"),
    ListColumn("health", Column(_("Health"), "health")),
    ListColumn("value", Column(_("Booked value"), "value", "num"), on_phones=True),
    ListColumn("contact", _column("last_interaction_at", "contact"), on_phones=True),
    ListColumn("email", _column("email"), field="email"),
    ListColumn("visit", _column("last_visit_at")),
    ListColumn("owner", _column("assigned_to"), field="assigned_to"),
    ListColumn("city", _column("city", "city"), usual=False, field="city"),
    ListColumn("created", _column("created_at", "created"), usual=False),
)


OF_DELETED = ["name", "phone", "email"]


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
    "city": Order("city_key", text=True),
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


LIST = "customers"
"""What a person's layout of this list is kept under."""


@dataclass(frozen=True)
class PlacedColumn:
    """A column as somebody sees it; `width` in rem, none where the contents decide."""

    of: ListColumn
    width: int | None = None

    @property
    def name(self) -> str:
        return self.of.name

    @cached_property
    def label(self) -> str:
        return str(self.of.head.label)

    @cached_property
    def css(self) -> str:
        """The classes that hold a cell to the width, but on phones, where rows are cards."""
        if self.width is None:
            return ""
        size = 4 * self.width
        return f"md:min-w-{size} md:max-w-{size} md:truncate"

    @cached_property
    def opening(self) -> SafeString:
        """The beginning of a cell; the name's is its row's head."""
        if self.name == "name":
            return format_html('<th scope="row" class="{}">', self.css)
        kind = f"{self.css} {self.of.head.kind}".strip()
        if self.of.on_phones:
            return format_html('<td class="{}" data-label="{}">', kind, self.label)
        return format_html('<td class="{}">', f"{kind} on-desks".strip())

    @cached_property
    def closing(self) -> SafeString:
        return format_html("</{}>", "th" if self.name == "name" else "td")

    @property
    def head(self) -> Column:
        kind = f"{self.of.head.kind} {self.css}".strip()
        return replace(self.of.head, kind=kind, name=self.name, edits=self.of.field)


def columns_to_show(
    query: QueryDict, layout: ListLayout, *, deleted: bool = False
) -> list[PlacedColumn]:
    """
    The columns that the address names, else those of the person's layout, else the usual ones (few
    of the deleted, so that restoring stands near), in that order; the name always first.
    """
    known = {column.name: column for column in COLUMNS}
    usual = [name for name, column in known.items() if column.usual]
    wanted = (
        _known(query.getlist("columns"))
        or (OF_DELETED if deleted else _known(layout.columns))
        or usual
    )
    names = dict.fromkeys(["name", *wanted])
    return [PlacedColumn(known[name], layout.widths.get(name)) for name in names]


def read_layout(query: QueryDict) -> ListLayout:
    """What a person has chosen in the menu of columns; widths that are none don't count."""
    columns = _known(query.getlist("columns"))
    widths = {name: query.get(f"width_{name}", "") for name in columns}
    return ListLayout(
        columns,
        {name: int(text) for name, text in widths.items() if text.isascii() and text.isdigit()},
    )


def _known(names: Sequence[str]) -> list[str]:
    known = {column.name for column in COLUMNS}
    return [name for name in dict.fromkeys(names) if name in known]

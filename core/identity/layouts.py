"""How a person has arranged the columns of a list: which, in what order, and how wide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.identity.models import User
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.writing import writes

NARROWEST, WIDEST = 4, 40
"""Of a column, in rem."""


@dataclass(frozen=True, slots=True)
class ListLayout:
    """The columns that are shown, in order, and the widths in rem of those that were given one."""

    columns: Sequence[str] = ()
    widths: Mapping[str, int] = field(default_factory=dict)


def layout_of(user: Any, name: str) -> ListLayout:
    """How the person has arranged the list; empty while they haven't."""
    kept = (getattr(user, "list_layouts", None) or {}).get(name, {})
    return ListLayout(kept.get("columns", ()), kept.get("widths", {}))


@writes(Permission.VIEW)
def arrange_list(*, actor: Actor, name: str, layout: ListLayout) -> None:
    """Keeps the layout for the acting person; an empty one is the usual again. Raises Forbidden."""
    if actor.user_id is None:
        return
    person = User.objects.unscoped().select_for_update().get(pk=actor.user_id)
    kept = dict(person.list_layouts or {})
    kept.pop(name, None)
    if layout.columns:
        widths = {
            column: min(max(width, NARROWEST), WIDEST) for column, width in layout.widths.items()
        }
        kept[name] = {"columns": list(layout.columns), "widths": widths}
    User.objects.unscoped().filter(pk=person.pk).update(list_layouts=kept or None)

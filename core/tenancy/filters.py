"""Which outlets."""

from dataclasses import dataclass

from core.filters import Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletConditions(Conditions):
    is_active: bool | None = None

"""Which outlets."""

from dataclasses import dataclass

from core.filters import BooleanFilter, Conditions, ConditionsFilterSet
from core.tenancy.models import Outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletConditions(Conditions):
    is_active: bool | None = None


class OutletFilterSet(ConditionsFilterSet[OutletConditions]):
    is_active = BooleanFilter()

    class Meta:
        model = Outlet
        conditions = OutletConditions

"""
What the dashboard's address asks for; what isn't understood counts as not said, for people edit
addresses.
"""

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from analytics.dashboard import FigureScope
from analytics.periods import MOST_DAYS, Days, Span, between, days_until, months_until
from core.clock import now, tellable
from core.ids import parse_id
from core.tenancy.actor import Actor
from core.tenancy.models import Outlet

PERIODS: Mapping[str, Any] = {"30d": _("30 days"), "90d": _("90 days"), "12m": _("12 months")}
CUSTOM = "custom"


class Address:
    """
    `period` (30d, 90d, 12m, or custom with `from` and `to`) and `outlet` of an address, on the
    organization's clock.
    """

    def __init__(self, query: QueryDict, actor: Actor) -> None:
        self.query = query
        self.zone = actor.organization.time_zone
        self.today = now().astimezone(ZoneInfo(self.zone)).date()
        self.outlets = {str(outlet.pk): outlet for outlet in Outlet.objects.for_actor(actor)}
        self.outlet = self.outlets.get(str(parse_id(query.get("outlet"))))
        self.first, self.last = _day(query.get("from")), _day(query.get("to"))
        custom = query.get("period") == CUSTOM
        self.fault = self._fault() if custom else ""
        named = query.get("period") if query.get("period") in PERIODS else next(iter(PERIODS))
        self.period = CUSTOM if custom and not self.fault else str(named)

    @cached_property
    def span(self) -> Span:
        if self.period == CUSTOM and self.first and self.last:
            return between(self.first, self.last, self.zone)
        if self.period == "12m":
            return months_until(self.today, 12, self.zone)
        return days_until(self.today, 90 if self.period == "90d" else 30, self.zone)

    @property
    def scope(self) -> FigureScope:
        return FigureScope(self.span, self.outlet.pk if self.outlet else None)

    def dashboard(self, **changes: Any) -> str:
        """The dashboard's address with these changed."""
        return link("analytics:dashboard", **{**self._parameters, **changes})

    @property
    def retention(self) -> str:
        """The address of how customers came again."""
        return link("analytics:retention", **self._parameters)

    def behind(self, figure: str, **detail: Any) -> str:
        """The address of the rows behind a figure; a `first` and `last` day narrow the period."""
        return link("analytics:behind", figure, **{**self._parameters, **detail})

    def new_customers(self, days: Days, **detail: Any) -> str:
        """The list of the customers who are new on these days."""
        return link("customers:list", since_from=days.first, since_to=days.last, **detail)

    def visitors(self, **came: Any) -> str:
        """The list of the customers who `came` so, at the outlet if there is one."""
        return link("customers:list", visited_outlet=self.outlet and self.outlet.pk, **came)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The periods as links."""
        rest = {"from": None, "to": None}
        return [
            {
                "label": label,
                "url": self.dashboard(period=key, **rest),
                "current": key == self.period,
            }
            for key, label in PERIODS.items()
        ]

    @property
    def _parameters(self) -> dict[str, Any]:
        days = {"from": self.first, "to": self.last} if self.period == CUSTOM else {}
        return {"period": self.period, **days, "outlet": self.outlet.pk if self.outlet else None}

    def _fault(self) -> str:
        if not self.first or not self.last:
            return str(_("Enter both days."))
        if self.last < self.first:
            return str(_("The end must come after the beginning."))
        if (self.last - self.first).days > MOST_DAYS:
            return str(_("Choose at most ten years."))
        return ""


def link(name: str, *place: Any, **parameters: Any) -> str:
    """The address of a page with these parameters (lists repeat, what is empty is left out)."""
    given = {key: value for key, value in parameters.items() if value not in (None, "")}
    return reverse(name, args=place, query=given or None)


def _day(text: str | None) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if tellable(day) and day.year > 1900 else None

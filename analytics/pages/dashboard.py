"""The dashboard: a period's figures, each a way to the rows behind it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analytics.dashboard import HEALTH_BANDS, Dashboard, Moved, dashboard
from analytics.pages import words
from analytics.pages.address import Address, link
from core.choices import TonedChoices
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.charts import (
    BarChart,
    Chart,
    DonutChart,
    LineChart,
    Point,
    RowChart,
    SparkLine,
)
from core.ui.formatting import CURRENCY_SIGNS, count, money, short_money
from core.ui.views import Page
from core.ui.wording import in_percent
from customers.choices import ProjectType, Segment, Status

LONGEST = 8
"""Rows of a chart of kinds."""


def tile(label: str, value: str, href: str, more: Mapping[str, str]) -> dict[str, Any]:
    """A figure that leads to its rows; `more` says how it went, or what it is a part of."""
    return {
        "label": label,
        "value": value,
        "href": href,
        "delta": "",
        "tone": "",
        "note": "",
        **more,
    }


class DashboardPage(Page):
    permission = Permission.VIEW_ANALYTICS
    template = "analytics/dashboard.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        address = Address(request.GET, self.actor)
        told = DashboardFigures(
            dashboard(actor=self.actor, scope=address.scope), address, self.actor
        )
        compared = words.days(address.span.before.days)
        return self.show(
            {
                "address": address,
                "told": told,
                "shown": words.days(address.span.days),
                "compared": compared,
            }
        )


class DashboardFigures:
    """The figures in words and charts."""

    def __init__(self, found: Dashboard, address: Address, actor: Actor) -> None:
        self.found, self.address = found, address
        self.currency = actor.organization.currency
        self.money = partial(money, currency=actor.organization.currency)
        self.short_money = partial(short_money, currency=actor.organization.currency)

    @property
    def empty(self) -> bool:
        """Nobody is there, and never was in this period."""
        return not (
            self.found.total or self.found.revenue.now or self.found.won.now or self.found.paid.now
        )

    @property
    def tiles(self) -> list[dict[str, Any]]:
        return [*self.leading, *self.others, *self.present]

    @cached_property
    def leading(self) -> list[dict[str, Any]]:
        """The period's three figures that are looked at first, with how they went."""
        found, behind, change = self.found, self.address.behind, words.change
        return [
            tile(
                _("New customers"),
                count(found.new.now),
                self.address.new_customers(self.address.span.days),
                change(found.new),
            )
            | {"spark": self._spark(_("New customers"), found.new_by_step)},
            self._sum(_("Appointment revenue"), found.revenue, behind("completed"))
            | {
                "spark": self._spark(
                    _("Appointment revenue"), [moved.now for moved in found.revenue_by_step]
                )
            },
            tile(
                _("No-show rate"),
                self._no_shows,
                behind("missed"),
                change(found.no_show_rate, more_is_good=False, points=True),
            )
            | {"spark": self._spark(_("No-show rate"), found.no_show_rate_by_step)},
        ]

    @cached_property
    def others(self) -> list[dict[str, Any]]:
        """The period's other figures."""
        found, behind, change = self.found, self.address.behind, words.change
        return [
            self._sum(
                _("Projects added"),
                found.won,
                behind("won"),
                counts=_(
                    "What was agreed: projects of every status but cancelled, planned ones too."
                ),
            ),
            self._sum(
                _("Collected"),
                found.paid,
                behind("payments"),
                counts=_("What was paid: completed payments, without those refunded."),
            ),
            tile(
                _("Average response time"),
                words.duration(found.response_seconds.now),
                behind("answers"),
                change(found.response_seconds, more_is_good=False),
            ),
        ]

    @cached_property
    def present(self) -> list[dict[str, Any]]:
        """What is so at this moment, whatever the period."""
        found = self.found
        people = link(
            "customers:list", status=[Status.ACTIVE.value, Status.VIP.value], is_blocked="false"
        )
        return [
            tile(_("Active customers"), count(found.active), people, self._share(found.active)),
            tile(
                _("At risk"),
                count(found.at_risk),
                link("customers:list", is_at_risk="true"),
                self._share(found.at_risk),
            ),
            tile(
                _("Open conversations"),
                count(found.open_conversations),
                link("interactions:conversations", view="all", status="open"),
                {"note": pgettext("as of this moment", "now")},
            ),
        ]

    def _spark(self, title: str, values: Sequence[Any]) -> SparkLine | None:
        """How a figure went from step to step; nothing where there is but one."""
        if len(values) < 2:
            return None
        return SparkLine(title, [Point("", float(value)) for value in values])

    @property
    def _no_shows(self) -> str:
        rate = self.found.no_show_rate.now
        return "–" if rate is None else in_percent(rate, 1)

    def _share(self, part: int) -> dict[str, str]:
        return {
            "note": _("%(share)s of all, now") % {"share": words.percent(part, self.found.total)}
        }

    def _sum(self, label: str, sums: Moved, href: str, *, counts: str = "") -> dict[str, Any]:
        """A tile of an amount: short where it is long, and exact when one asks what counts."""
        exact, short = self.money(sums.now), self.short_money(sums.now)
        told = [exact if exact != short else "", counts]
        return tile(label, short, href, words.change(sums)) | {
            "help": " · ".join(filter(None, told))
        }

    # Charts over time

    @property
    def new(self) -> Chart:
        steps = zip(self.address.span.steps, self.found.new_by_step, strict=True)
        points = [
            Point(
                self._step(days.first),
                number,
                count(number),
                self.address.new_customers(days) if number else "",
                running=days.last >= timezone.localdate(),
            )
            for days, number in steps
        ]
        return BarChart(
            _("New customers"), points, description=self._over_time, unit=_("Customers")
        )

    @property
    def revenue(self) -> Chart:
        steps = list(zip(self.address.span.steps, self.found.revenue_by_step, strict=True))
        points = [
            Point(
                self._step(days.first),
                float(moved.now),
                self.money(moved.now),
                self._narrow("completed", days) if moved.now else "",
            )
            for days, moved in steps
        ]
        before = [
            Point("", float(moved.before), self.money(moved.before)) for _days, moved in steps
        ]
        return LineChart(
            _("Appointment revenue"),
            points,
            description=self._over_time,
            name=_("This period"),
            sign=CURRENCY_SIGNS.get(self.currency, ""),
            more=[(_("Period before"), before)],
        )

    @property
    def _over_time(self) -> str:
        return _("By month") if self.address.span.monthly else _("By week")

    def _step(self, day: dt.date) -> str:
        """How a step is called: its month, or the day it begins."""
        if not self.address.span.monthly:
            return date_format(day, "MONTH_DAY_FORMAT")
        return date_format(day, "M Y" if day.day == 1 else "DATE_FORMAT")

    def _narrow(self, figure: str, days: Any) -> str:
        return self.address.behind(figure, period="custom", **{"from": days.first, "to": days.last})

    # Charts of kinds

    @property
    def statuses(self) -> Chart:
        return self._donut(_("Status"), self.found.by_status, Status, "status")

    @property
    def segments(self) -> Chart:
        return self._donut(_("Segment"), self.found.by_segment, Segment, "segment")

    def _donut(
        self, title: str, counts: Mapping[str, int], kinds: type[TonedChoices], parameter: str
    ) -> Chart:
        points = [
            Point(
                str(name),
                counts[key],
                count(counts[key]),
                link("customers:list", **{parameter: key}),
            )
            for key, name in kinds.choices
            if key in counts
        ]
        return DonutChart(title, points, total=count(self.found.total), unit=_("Customers"))

    @property
    def health(self) -> Chart:
        points = [
            Point(
                words.health(place),
                number,
                count(number),
                link("customers:list", min_health=low, max_health=high) if number else "",
            )
            for place, ((low, high), number) in enumerate(
                zip(HEALTH_BANDS, self.found.by_health, strict=True)
            )
        ]
        return BarChart(_("Health"), points, unit=_("Customers"))

    @property
    def sources(self) -> Chart:
        def url(name: str) -> str:
            known = {"source": name} if name else {"has_source": "false"}
            return self.address.new_customers(self.address.span.days, **known)

        largest = list(self.found.new_by_source.items())[:LONGEST]
        points = [
            Point(words.source(name), number, count(number), url(name)) for name, number in largest
        ]
        return RowChart(_("Where new customers came from"), points, unit=_("Customers"))

    @property
    def cities(self) -> Chart:
        points = [
            Point(name, number, count(number), link("customers:list", city=name))
            for name, number in self.found.by_city.items()
        ]
        return RowChart(_("Largest cities"), points, unit=_("Customers"))

    @property
    def project_types(self) -> Chart:
        points = [
            Point(
                str(ProjectType(name).label),
                float(cell.spent),
                self.money(cell.spent),
                self.address.behind("won", type=name),
            )
            for name, cell in sorted(
                self.found.won_by_type.items(), key=lambda pair: -pair[1].spent
            )
        ]
        return RowChart(_("Projects added by type"), points, unit=_("Value"))

"""How customers come again: what the dashboard shows once everything else is there."""

import datetime as dt
from functools import partial
from typing import Any

from dateutil.relativedelta import relativedelta
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from analytics.dashboard import FREQUENCIES, RECENCY_DAYS, Returning, recency_days, returning
from analytics.pages import words
from analytics.pages.address import Address
from analytics.pages.dashboard import tile
from analytics.periods import month_from
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.charts import Chart, HeatGrid, Point
from core.ui.formatting import count, money
from core.ui.views import Page


class ReturningPage(Page):
    """A part that the dashboard fetches for itself, and a page for who has no scripts."""

    permission = Permission.VIEW_ANALYTICS
    template = "analytics/returning.html"
    fragment = "analytics/returning_part.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        address = Address(request.GET, self.actor)
        found = returning(actor=self.actor, scope=address.scope)
        return self.show(
            {
                "address": address,
                "told": ReturningFigures(found, address, self.actor),
                "shown": words.days(address.span.days),
                "compared": words.days(address.span.before.days),
            }
        )


class ReturningFigures:
    """The figures in words and charts."""

    def __init__(self, found: Returning, address: Address, actor: Actor) -> None:
        self.found, self.address = found, address
        self.money = partial(money, currency=actor.organization.currency)

    @property
    def tile(self) -> dict[str, Any]:
        """How many returned, and how that went."""
        return tile(
            _("Returning customers"),
            count(self.found.customers.now),
            self._returned,
            words.change(self.found.customers),
        )

    @property
    def retention(self) -> Chart:
        first = pgettext("customers who came first in a month", "New")
        columns = [first, *(f"+{later}" for later in range(1, len(self.found.retention)))]
        cells: dict[tuple[str, str], Point] = {}
        names = []
        for cohort in self.found.retention:
            name = date_format(cohort.month, "M Y")
            names.append(name)
            size = cohort.came[0]
            for later, came in enumerate(cohort.came):
                url = self._came(cohort.month, later) if came else ""
                share = 100 * came / size if size else 0
                text = count(size) if later == 0 else words.percent(came, size) if size else "–"
                cells[name, columns[later]] = Point("", share if later else 0, text, url)
        came_at_all = any(cohort.came[0] for cohort in self.found.retention)
        told = _(
            "Of the customers who first came in a month, the share that came again so many months "
            "later."
        )
        return HeatGrid(
            _("Retention"),
            [],
            description=told,
            row_names=names,
            column_names=columns,
            cells=cells if came_at_all else {},
        )

    @property
    def _returned(self) -> str:
        """The list of those who came in the span and before it."""
        days = self.address.span.days
        before = days.first - dt.timedelta(days=1)
        return self.address.visitors(
            visited_from=days.first, visited_to=days.last, first_visit_to=before
        )

    def _came(self, month: dt.date, later: int) -> str:
        """The list of those who came first in `month`, and again so many months later."""
        span = self.address.span
        first = month_from(month, span.zone)
        came = {"first_visit_from": first.first, "first_visit_to": min(first.last, span.days.last)}
        if later:
            then = month_from(month + relativedelta(months=later), span.zone)
            came |= {"visited_from": then.first, "visited_to": min(then.last, span.days.last)}
        return self.address.visitors(**came)

    def _came_so(self, recency: int, frequency: int) -> str:
        """The list of those who came last and so often as a cell of the grid says."""
        first, last = recency_days(self.address.span, recency)
        least, most = FREQUENCIES[frequency]
        return self.address.visitors(
            visited_to=self.address.span.days.last,
            latest_visit_from=first,
            latest_visit_to=last,
            min_visits=least,
            max_visits=most,
        )

    @property
    def rfm(self) -> Chart:
        rows = [words.recency(place) for place in range(len(RECENCY_DAYS))]
        reached = max((frequency for _recency, frequency in self.found.rfm), default=0)
        columns = [
            words.frequency(place) for place in range(min(len(FREQUENCIES), max(2, reached + 1)))
        ]
        cells = {
            (rows[recency], columns[frequency]): Point(
                "",
                float(cell.spent / cell.count),
                f"{count(cell.count)} · {self.money(round(cell.spent / cell.count))}",
                self._came_so(recency, frequency),
            )
            for (recency, frequency), cell in self.found.rfm.items()
        }
        told = _(
            "Customers by how long ago they last came and how often, with what one of them spent "
            "on average."
        )
        return HeatGrid(
            _("Recency, frequency, value"),
            [],
            description=told,
            row_names=rows,
            column_names=columns,
            cells=cells,
            line=56,
        )

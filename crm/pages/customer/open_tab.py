"""The tab that is open on the customer's page: a list, or the timeline."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.ui.gate import is_fragment
from core.ui.lists import ListState
from crm.pages.customer.actions import actions_of
from crm.pages.customer.base import TIMELINE, OfCustomer
from crm.pages.customer.tabs import TABS, Tab, tab_counts
from crm.pages.customer.timeline import TimelineEntry, TimelinePlace, kinds_for, timeline


class OpenTab(OfCustomer):
    """What the open tab shows."""

    def part(self) -> dict[str, Any]:
        """The open tab, and how many there are in each."""
        counts = tab_counts(self.actor, self.customer.pk)
        context: dict[str, Any] = {
            "customer": self.customer,
            "tabs": self._tabs(counts),
            "tab": self.tab,
        }
        return context | (
            self._timeline()
            if self.tab == TIMELINE
            else self._list(next(tab for tab in TABS if tab.name == self.tab), counts)
        )

    def _tabs(self, counts: Mapping[str, int]) -> list[dict[str, Any]]:
        """Those with rows first, for a narrow page shows some and folds the others."""
        found = [
            {
                "label": _("Timeline"),
                "url": self.address(),
                "current": self.tab == TIMELINE,
                "count": None,
            }
        ]
        permitted = [tab for tab in TABS if tab.name in counts]
        for tab in sorted(permitted, key=lambda tab: not counts[tab.name]):
            found.append(
                {
                    "label": tab.label,
                    "url": self.address(tab.name),
                    "current": self.tab == tab.name,
                    "count": counts[tab.name],
                }
            )
        return found

    def _list(self, tab: Tab, counts: Mapping[str, int]) -> dict[str, Any]:
        self.actor.require(tab.permission)
        state = ListState(self.request, size=25)
        state.path = reverse(f"customer:{tab.name}", args=[self.customer.pk])
        rows = tab.rows(self.actor, self.customer.pk)
        page = state.page_of(
            rows.with_count(lambda: counts[tab.name]), order=tab.order, columns=tab.columns
        )
        return {
            "state": state,
            "list_tab": tab,
            "page": page,
            "cells": [tab.cells(row, self.actor) for row in page.rows],
            "new": next(
                (
                    action
                    for action in actions_of(self.actor, self.customer, self.came_from)
                    if action["page"] == tab.new
                ),
                None,
            ),
        }

    def _timeline(self) -> dict[str, Any]:
        query = self.request.GET
        kinds = kinds_for(self.actor)
        chosen = [kind for kind in kinds if kind in query.getlist("kind")]
        after, start = (
            TimelinePlace.parse(query.get("after", "")),
            TimelinePlace.parse(query.get("from", "")),
        )
        shown = timeline(
            actor=self.actor, customer=self.customer, kinds=chosen, after=after, start=start
        )
        return {
            "entries": self._dated(shown.entries, after),
            "older": self.address(TIMELINE, kind=chosen, after=str(shown.older))
            if shown.older
            else "",
            "newest": self.address(TIMELINE, kind=chosen) if after or start else "",
            "kinds": [
                (name, kind in chosen, self._toggled(kind, chosen)) for kind, name in kinds.items()
            ],
            "all_kinds": self.address() if chosen else "",
        }

    def _dated(
        self, entries: Sequence[TimelineEntry], after: TimelinePlace | None
    ) -> list[tuple[TimelineEntry, str, Any]]:
        """Each card with a link to it, and its day when that isn't the day of the one above."""
        days = [
            timezone.localtime(after.at).date() if after and is_fragment(self.request) else None,
            *(entry.day for entry in entries),
        ]
        return [
            (
                entry,
                f"{self.address(TIMELINE, **{'from': str(entry.place)})}#{entry.id}",
                entry.day if entry.day != above else None,
            )
            for entry, above in zip(entries, days, strict=False)
        ]

    def _toggled(self, kind: str, chosen: Sequence[str]) -> str:
        return self.address(
            TIMELINE,
            kind=[name for name in chosen if name != kind] if kind in chosen else [*chosen, kind],
        )

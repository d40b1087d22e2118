"""
Finding and doing from anywhere: the palette (Ctrl or ⌘ and K), the list of keys, and for whom a new
follow-up or project is. Each is a dialog over any page, and a page of its own without JavaScript.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound
from core.ids import parse_id
from core.phones import looks_like_phone, readable_phone
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import fold
from core.ui.views import Page
from crm.pages.menu import CARDS, MENU
from customers.filters import CustomerConditions
from customers.models import Customer
from customers.pages.links import of_customer
from customers.selectors.customers import customers

FOUND = 7
RECENT = 5
LONGEST = 200
"""Characters of a search that count."""


@dataclass(frozen=True, slots=True)
class QuickCreate:
    """Something that can be added from anywhere; `drawer` opens over the page one is on."""

    label: Any
    icon: str
    url: str
    permission: Permission
    args: Sequence[str] = ()
    drawer: bool = True
    shortcut: str = ""

    @property
    def href(self) -> str:
        return reverse(self.url, args=self.args)


QUICK_CREATES: Sequence[QuickCreate] = (
    QuickCreate(
        gettext_lazy("New customer"),
        "user",
        "customers:quick",
        Permission.CREATE_CUSTOMERS,
        shortcut="c",
    ),
    QuickCreate(
        gettext_lazy("New follow-up"), "bell", "pick", Permission.LOG, ["follow-up"], shortcut="f"
    ),
    QuickCreate(
        gettext_lazy("New appointment"),
        "calendar",
        "appointments:book",
        Permission.BOOK,
        drawer=False,
        shortcut="b",
    ),
    QuickCreate(
        gettext_lazy("New project"), "briefcase", "pick", Permission.MANAGE_PROJECTS, ["project"]
    ),
)


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    url: str
    icon: str = ""
    note: str = ""
    drawer: bool = False
    person: bool = False
    keys: str = ""


def quick_creates(actor: Actor) -> list[QuickCreate]:
    """What the actor may add."""
    return [each for each in QUICK_CREATES if actor.may(each.permission)]


def _actions(actor: Actor, words: Sequence[str]) -> list[Option]:
    """What the actor may do and where they may go, of what every word is found in."""
    options = [
        Option(str(each.label), each.href, each.icon, drawer=each.drawer, keys=each.shortcut)
        for each in quick_creates(actor)
    ]
    options += [
        Option(str(item.label), item.url, item.icon, keys=f"g {item.key}" if item.key else "")
        for item in MENU
        if item.permission is None or actor.may(item.permission)
    ]
    found = [each for each in options if all(word in fold(each.label) for word in words)]
    if words:
        found += [
            Option(str(card.title), card.url, card.icon, note=_("Settings"))
            for card in CARDS
            if actor.may(card.permission) and card.is_found(words)
        ]
    return found


def _people(actor: Actor, rows: Sequence[Customer], *, text: str = "") -> list[Option]:
    """With their phone where that is what was searched, else with their e-mail."""
    region = actor.organization.default_region
    by_phone = looks_like_phone(text)
    return [
        Option(
            row.display_name,
            of_customer(row.pk),
            note=readable_phone(row.phone, region) if by_phone and row.phone else row.email,
            person=True,
        )
        for row in rows
    ]


def _search(actor: Actor, text: str) -> Sequence[Customer]:
    rows = customers(actor=actor, conditions=CustomerConditions(search=text))
    return rows.order_by(F("last_interaction_at").desc(nulls_last=True), "-id")[:FOUND]


class Palette(Page):
    """
    Before anything is typed what can be done and who was looked at lately (`recent`: ids that the
    browser remembers); then what is found.
    """

    template = "pages/palette.html"
    fragment = "pages/palette_results.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "").strip()[:LONGEST]
        words = fold(text).split()
        groups = [(_("Actions"), _actions(self.actor, words))]
        if text:
            groups.insert(
                0, (_("Customers"), _people(self.actor, _search(self.actor, text), text=text))
            )
        else:
            groups.append(
                (_("Recent"), _people(self.actor, self._recent(request.GET.get("recent", ""))))
            )
        shown = [(title, options) for title, options in groups if options]
        return self.show({"groups": shown, "text": text})

    def _recent(self, told: str) -> list[Customer]:
        """In the order of the ids; who is gone, or another organization's, is left out."""
        keys = [key for part in told.split(",")[:RECENT] if (key := parse_id(part))]
        if not keys:
            return []
        rows = customers(actor=self.actor, conditions=CustomerConditions(ids=keys))
        found = {row.pk: row for row in rows}
        return [found[key] for key in keys if key in found]


class KeyboardHelp(Page):
    """Which keys do what."""

    permission = None
    template = "pages/keys.html"
    fragment = "pages/keys_dialog.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        places = [item for item in MENU if item.key]
        may = self.actor.may
        return self.show(
            {
                "places": [item for item in places if not item.permission or may(item.permission)],
                "creates": [each for each in quick_creates(self.actor) if each.shortcut],
            }
        )


@dataclass(frozen=True, slots=True)
class Picking:
    """What is to be added, and the page that adds it to a customer."""

    title: Any
    page: str
    permission: Permission


PICKINGS: Mapping[str, Picking] = {
    "follow-up": Picking(
        gettext_lazy("New follow-up"), "interactions:follow-up-new", Permission.LOG
    ),
    "project": Picking(
        gettext_lazy("New project"), "customers:project-new", Permission.MANAGE_PROJECTS
    ),
}


class Pick(Page):
    """For whom the new thing is; htmx gets the dialog, and while one types who is found."""

    template = "pages/pick.html"

    def get(self, request: HttpRequest, what: str) -> HttpResponse:
        picking = PICKINGS.get(what)
        if picking is None:
            raise NotFound("Page", what)
        self.actor.require(picking.permission)
        text = request.GET.get("q", "").strip()[:LONGEST]
        found = _search(self.actor, text) if text else []
        self.fragment = "pages/pick_found.html" if "q" in request.GET else "pages/pick_drawer.html"  # type: ignore[misc]
        return self.show(
            {
                "title": picking.title,
                "text": text,
                "found": [(row, reverse(picking.page, args=[row.pk])) for row in found],
            }
        )

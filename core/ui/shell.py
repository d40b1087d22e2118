"""What surrounds every page: where one works, where one can go, and how one likes to see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.module_loading import import_string

from core.tenancy.actor import Actor
from core.tenancy.choices import Environment, Role
from core.tenancy.models import Organization
from core.tenancy.policy import Permission
from core.ui.menu import MenuItem
from core.ui.place import actor_of_request

CHOICES: dict[str, tuple[str, ...]] = {
    "theme": ("system", "light", "dark"),
    "density": ("comfortable", "compact"),
    "sidebar": ("open", "collapsed"),
}
"""What one may choose, kept in cookies of these names; the first of each is the default."""

IN_BOTTOM_BAR = 4
ORGANIZATIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Notice:
    """A line behind the bell: so many of what `text` says, found at `url`."""

    icon: str
    text: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A line of the sidebar for this person."""

    item: MenuItem
    current: bool
    count: str = ""


def navigation(actor: Actor, path: str) -> list[MenuEntry]:
    """
    Where the actor may go, of `settings.PAGES_MENU`; the entry that `path` lies under is current.
    """
    items: Iterable[MenuItem] = import_string(settings.PAGES_MENU)
    shown = [item for item in items if item.permission is None or actor.may(item.permission)]
    nearest = max((item.reach(path) for item in shown), default=0)
    return [
        MenuEntry(
            item,
            bool(nearest) and item.reach(path) == nearest,
            item.count(actor) if item.count else "",
        )
        for item in shown
    ]


class Shell:
    """Read by the base template; asks the database for nothing until it is."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def signed_in(self) -> bool:
        user = getattr(self.request, "user", None)
        return bool(user and user.is_authenticated)

    @cached_property
    def actor(self) -> Actor:
        return actor_of_request(self.request, via="pages")

    @cached_property
    def entries(self) -> list[MenuEntry]:
        return navigation(self.actor, self.request.path)

    @property
    def bottom(self) -> list[MenuEntry]:
        return self.entries[:IN_BOTTOM_BAR]

    @property
    def more(self) -> list[MenuEntry]:
        return self.entries[IN_BOTTOM_BAR:]

    @cached_property
    def notices(self) -> list[Notice]:
        """What `settings.PAGES_NOTICES` tells the actor of."""
        found: list[Notice] = import_string(settings.PAGES_NOTICES)(self.actor)
        return found

    @cached_property
    def creates(self) -> list[Any]:
        """What `settings.PAGES_CREATES` offers the actor to add, from anywhere."""
        found: list[Any] = import_string(settings.PAGES_CREATES)(self.actor)
        return found

    @property
    def notice_count(self) -> int:
        return sum(notice.count for notice in self.notices)

    @property
    def search_url(self) -> str:
        try:
            return reverse(settings.PAGES_SEARCH)
        except NoReverseMatch:
            return ""

    @property
    def in_test(self) -> bool:
        return self.actor.environment == Environment.TEST

    @property
    def may_switch(self) -> bool:
        return self.actor.may(Permission.SWITCH_ENVIRONMENT)

    @property
    def organizations(self) -> list[Organization]:
        """Where a super admin can go; nobody else sees any."""
        if not self.actor.may(Permission.CROSS_ORGANIZATIONS):
            return []
        return list(
            Organization.objects.filter(is_active=True).order_by("name")[:ORGANIZATIONS_SHOWN]
        )

    @property
    def role(self) -> str:
        return str(Role(self.actor.role).label)

    def choice(self, name: str) -> str:
        chosen = self.request.COOKIES.get(name, "")
        return chosen if chosen in CHOICES[name] else CHOICES[name][0]

    @property
    def theme(self) -> str:
        return self.choice("theme")

    @property
    def density(self) -> str:
        return self.choice("density")

    @property
    def sidebar(self) -> str:
        return self.choice("sidebar")

    @property
    def languages(self) -> list[tuple[str, str]]:
        return list(settings.LANGUAGES)


def context(request: HttpRequest) -> dict[str, Any]:
    """Gives every template its `shell`."""
    return {"shell": Shell(request)}

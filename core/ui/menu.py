"""What an app declares in its `menu.py`: its places in the sidebar and among the settings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.text import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItem:
    """
    A line of the sidebar, for those with the permission (None: everyone who is signed in); `count`
    says in few letters how much waits there, in one quick query.
    """

    label: str | Promise
    url_name: str
    icon: str
    permission: Permission | None = Permission.VIEW
    key: str = ""
    """Pressed after `g` it leads there."""
    count: Callable[[Actor], str] | None = None
    also: tuple[str, ...] = ()
    """Names of other pages that lie there, with what lies under them."""

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def reach(self, path: str) -> int:
        """How many letters of the path lead here; 0: it lies elsewhere."""
        urls = [self.url, *map(reverse, self.also)]
        return max((len(url) for url in urls if path.startswith(url)), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsCard:
    """
    A card on the page of settings; `state` says in a few words how it stands, `words` what else
    one may look for there.
    """

    title: str | Promise
    text: str | Promise
    icon: str
    url_name: str
    permission: Permission
    state: Callable[[Actor], str]
    words: str | Promise

    @property
    def url(self) -> str:
        return reverse(self.url_name)

    def is_found(self, words: Sequence[str]) -> bool:
        """Whether every one of the words, folded, stands in what the card says."""
        text = fold(f"{self.title} {self.text} {self.words}")
        return all(word in text for word in words)

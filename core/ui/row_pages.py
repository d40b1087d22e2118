"""What the pages of settings do with one click."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import InUse, Invalid
from core.ui.toasts import toast
from core.ui.views import Page
from core.ui.wording import worded


class Switch(Page):
    """Ends the use of something, or takes it up again (`active`): done at once, with Undo."""

    noun: ClassVar[str]
    """The beginning of the names of its addresses: `<noun>-activate` and `<noun>-deactivate`."""

    list: ClassVar[str]
    """The name of the page that one comes back to."""

    active = False

    def switch(self, key: UUID) -> str:
        """Makes the call; returns the name of what was switched."""
        raise NotImplementedError

    def said(self, name: str) -> str:
        return (
            _("“%(name)s” is active again.") % {"name": name}
            if self.active
            else _("“%(name)s” is no longer offered.") % {"name": name}
        )

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        back = reverse(f"settings:{self.list}")
        try:
            name = self.switch(key)
        except Invalid as error:
            toast(
                request,
                " ".join(worded(fault) for faults in error.faults.values() for fault in faults),
                level="error",
            )
            return self.go(back)
        opposite = "deactivate" if self.active else "activate"
        return self.go(
            back, self.said(name), undo=reverse(f"settings:{self.noun}-{opposite}", args=[key])
        )


class Confirm(Page):
    """
    Asks before something that can't be undone; the page behind the dialog, for those without
    JavaScript.
    """

    template = "settings/confirm.html"

    def words(self, key: UUID) -> dict[str, str]:
        """`title`, `text`, `action` (the button's) and `back` (an address)."""
        raise NotImplementedError

    def carry_out(self, key: UUID) -> str:
        """Makes the call; returns what the toast says."""
        raise NotImplementedError

    def after(self) -> str:
        """Where one goes on to."""
        raise NotImplementedError

    def in_use(self) -> str:
        """What is said when others refer to it."""
        return worded(InUse())

    def get(self, request: HttpRequest, key: UUID) -> HttpResponse:
        return self.show(self.words(key))

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        try:
            return self.go(self.after(), self.carry_out(key))
        except InUse:
            return self.refused(self.in_use(), key)

    def refused(self, sentence: str, key: UUID) -> HttpResponse:
        toast(self.request, sentence, level="error")
        return self.go(self.words(key)["back"])


def shown_once(page: Page, secret: str, **context: Any) -> HttpResponse:
    """The one page that ever shows `secret`: neither the session nor a cache keeps it."""
    response = render(page.request, "settings/once.html", {"secret": secret, **context})
    response["Cache-Control"] = "no-store"
    return response

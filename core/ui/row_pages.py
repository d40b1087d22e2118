"""
Pages of a noun in settings: its rows as a list, a form for one of them, ending its use with one
click, deleting it after a question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.errors import InUse, Invalid
from core.rows import get_row
from core.ui.forms import ServiceForm
from core.ui.lists import Column, ListState
from core.ui.toasts import toast
from core.ui.views import FormPage, Page
from core.ui.wording import message_for


@dataclass(frozen=True, slots=True, kw_only=True)
class RowWords:
    """How the pages of a noun speak of it."""

    plural: Promise
    new: Promise
    add: Promise
    added: Promise
    delete: Promise
    deleted: Promise
    delete_warning: Promise
    in_use: Promise
    none: Promise
    none_help: Promise
    icon: str
    save_warning: Promise | str = ""
    """What saving an edit can't take back."""


class RowPage(Page):
    """
    What the pages of one noun have in common: a class of it gives the attributes and the calls of
    the services, and is the first base of each of its pages.
    """

    noun: ClassVar[str]
    """Begins the names of its addresses: `<noun>`, `<noun>-new`, `<noun>-activate`…"""

    list_name: ClassVar[str]
    """The name of the page that lists its rows, which one comes back to."""

    model: ClassVar[type[Model]]
    words: ClassVar[RowWords]

    def rows(self) -> "QuerySet[Any]":
        raise NotImplementedError

    def create(self, values: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def update(self, key: UUID, values: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def delete(self, key: UUID) -> None:
        raise NotImplementedError

    def address(self, act: str, *args: Any) -> str:
        return reverse(f"settings:{self.noun}-{act}", args=args)

    @property
    def list_url(self) -> str:
        return reverse(f"settings:{self.list_name}")

    @property
    def new_url(self) -> str:
        return self.address("new")


class RowList(RowPage):
    """Its template extends settings/list.html and fills the block `cells`."""

    columns: ClassVar[Sequence[Column]]
    sorts: ClassVar[Sequence[str]]
    shown: ClassVar[Sequence[str]]
    """The columns of the rows that the template reads, besides id, name and is_active."""

    def get(self, request: HttpRequest) -> HttpResponse:
        state = ListState(request, sorts=self.sorts)
        page = state.page_of(
            self.rows(),
            order=list(dict.fromkeys([state.sort, "name", "id"])),
            columns=["id", "name", "is_active", *self.shown],
        )
        context = {"page": page, "state": state, "columns": self.columns}
        return self.show({**context, "may_manage": self.may_manage()})

    def may_manage(self) -> bool:
        raise NotImplementedError


class NewRowPage(RowPage, FormPage):
    template = "settings/form.html"

    def get_success_message(self) -> str:
        return str(self.words.added)

    def write(self, values: dict[str, Any]) -> str:
        self.create(values)
        return self.list_url


class EditRow(RowPage, FormPage):
    template = "settings/form.html"

    def row(self) -> Any:
        return get_row(self.model, actor=self.actor, key=self.kwargs["key"])

    def get_success_message(self) -> str:
        return _("Saved.")

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"row": form.row, "delete": self.address("delete", self.kwargs["key"])}

    def write(self, values: dict[str, Any]) -> str:
        self.update(self.kwargs["key"], values)
        return self.list_url


class SwitchRow(RowPage):
    """Ends the use of a row, or takes it up again (`active`): done at once, with Undo."""

    active = False

    def message(self, name: str) -> str:
        return (
            _("“%(name)s” is active again.") % {"name": name}
            if self.active
            else _("“%(name)s” is no longer offered.") % {"name": name}
        )

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        try:
            name = self.update(key, {"is_active": self.active}).name
        except Invalid as error:
            faults = [fault for faults in error.faults.values() for fault in faults]
            toast(request, " ".join(map(message_for, faults)), level="error")
            return self.go(self.list_url)
        opposite = self.address("deactivate" if self.active else "activate", key)
        return self.go(self.list_url, self.message(name), undo=opposite)


class Confirm(Page):
    """
    Asks before something that can't be undone; the page behind the dialog, for those without
    JavaScript.
    """

    template = "settings/confirm.html"

    def question(self, key: UUID) -> dict[str, str]:
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
        return message_for(InUse())

    def get(self, request: HttpRequest, key: UUID) -> HttpResponse:
        return self.show(self.question(key))

    def post(self, request: HttpRequest, key: UUID) -> HttpResponse:
        try:
            return self.go(self.after(), self.carry_out(key))
        except InUse:
            return self.refused(self.in_use(), key)

    def refused(self, sentence: str, key: UUID) -> HttpResponse:
        toast(self.request, sentence, level="error")
        return self.go(self.question(key)["back"])


class DeleteRow(RowPage, Confirm):
    def question(self, key: UUID) -> dict[str, str]:
        row: Any = get_row(self.model, actor=self.actor, key=key)
        return {
            "title": _("Delete “%(name)s”?") % {"name": row.name},
            "text": str(self.words.delete_warning),
            "action": str(self.words.delete),
            "back": reverse(f"settings:{self.noun}", args=[key]),
        }

    def carry_out(self, key: UUID) -> str:
        self.delete(key)
        return str(self.words.deleted)

    def after(self) -> str:
        return self.list_url

    def in_use(self) -> str:
        return str(self.words.in_use)


def show_once(page: Page, secret: str, **context: Any) -> HttpResponse:
    """The one page that ever shows `secret`: neither the session nor a cache keeps it."""
    response = render(page.request, "settings/once.html", {"secret": secret, **context})
    response["Cache-Control"] = "no-store"
    return response

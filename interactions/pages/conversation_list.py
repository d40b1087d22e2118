"""The list of conversations, alone or before one of them."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.clock import now
from core.paging import ResultPage
from core.tenancy.actor import Actor
from core.ui.filters import SearchFilter
from core.ui.lists import Chip, ListState
from core.ui.views import Page
from customers.models import Customer
from interactions.choices import Channel, ConversationStatus, Direction
from interactions.filters import ConversationConditions, ConversationFilterSet
from interactions.models import Conversation, Message
from interactions.selectors import (
    LATEST_FIRST,
    conversation_counts,
    conversations,
    latest_messages,
)

IN_LIST = 25


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A conversation in the list, with the beginning of its latest message."""

    conversation: dict[str, Any]
    customer: str
    latest: Message | None
    current: bool

    @property
    def waiting(self) -> bool:
        """Whether the customer had the last word and the thread is open."""
        said_last = self.latest is not None and self.latest.direction == Direction.INBOUND
        is_open = self.conversation["status"] == ConversationStatus.OPEN
        return said_last and is_open and not self.snoozed

    @property
    def snoozed(self) -> bool:
        until = self.conversation["snoozed_until"]
        return until is not None and until > now()

    @property
    def assigned_to(self) -> str:
        """The first name of who has it."""
        names = [self.conversation[f"assigned_to__{name}_name"] for name in ("first", "last")]
        return next(filter(None, names), "")

    @property
    def at(self) -> dt.datetime:
        moment: dt.datetime = self.conversation["last_message_at"] or self.conversation["opened_at"]
        return moment

    @property
    def channel(self) -> Channel:
        return Channel(self.conversation["channel"])


class ConversationListFilterSet(ConversationFilterSet):
    search = SearchFilter()


class View(models.TextChoices):
    """Which conversations stand in the list."""

    MINE = "mine", gettext_lazy("Mine")
    UNASSIGNED = "unassigned", gettext_lazy("Unassigned")
    WAITING = "waiting", gettext_lazy("Waiting")
    ALL = "all", pgettext_lazy("conversations", "All")


class Desk:
    """The list as its address says; `current` is the conversation that stands beside it."""

    def __init__(
        self, request: HttpRequest, actor: Actor, current: Conversation | None = None
    ) -> None:
        self.actor, self.current = actor, current
        self.state = ListState(request, size=IN_LIST)
        self.state.path = reverse("interactions:conversations")
        self.query = QueryDict(mutable=True)
        for name in (*ConversationListFilterSet.base_filters, "view", "page"):
            if request.GET.get(name):
                self.query[name] = request.GET[name]
        self.state.query = self.query  # type: ignore[assignment]

    @property
    def view(self) -> str:
        """What waits for us; who asks for anything else searches all."""
        asked = self.query.get("view", "")
        if asked in View.values:
            return asked
        return View.ALL if set(self.query) - {"page", "view"} else View.WAITING

    @cached_property
    def filters(self) -> QueryDict:
        """The parameters beside the view."""
        left = self.query.copy()
        left.pop("view", None)
        left.pop("page", None)
        return left

    @cached_property
    def conditions(self) -> ConversationConditions:
        asked = ConversationListFilterSet(self.filters).valid_conditions
        if self.view == View.ALL:
            return asked
        if self.view == View.WAITING:
            return replace(asked, waiting=True)
        at_work = replace(asked, status=ConversationStatus.OPEN.value, snoozed=False)
        if self.view == View.UNASSIGNED:
            return replace(at_work, assigned=False)
        return replace(at_work, assigned_to_id=self.actor.id)

    @cached_property
    def rows(self) -> ResultPage:
        names = ("first_name", "last_name", "company_name", "is_business", "email", "phone")
        return self.state.page_of(
            conversations(actor=self.actor, conditions=self.conditions),
            order=LATEST_FIRST,
            columns=[
                *(
                    "id",
                    "channel",
                    "subject",
                    "status",
                    "is_ticket",
                    "last_message_at",
                    "opened_at",
                    "snoozed_until",
                    "assigned_to__first_name",
                    "assigned_to__last_name",
                ),
                *(f"customer__{name}" for name in names),
            ],
        )

    @cached_property
    def lines(self) -> list[ThreadLine]:
        latest = latest_messages(
            actor=self.actor, conversation_ids=[row["id"] for row in self.rows.rows]
        )
        current = self.current.pk if self.current else None
        return [
            ThreadLine(row, _named(row), latest.get(row["id"]), row["id"] == current)
            for row in self.rows.rows
        ]

    @property
    def tail(self) -> str:
        """What links into the list carry, so that the way back is the list as it was."""
        return f"?{self.query.urlencode()}" if self.query else ""

    @property
    def tabs(self) -> list[dict[str, Any]]:
        counts = conversation_counts(actor=self.actor)
        return [
            {
                "label": view.label,
                "url": self.state.url(view=view.value),
                "current": view == self.view,
                "count": getattr(counts, view.value),
            }
            for view in View
        ]

    @property
    def chips(self) -> list[Chip]:
        words: dict[str, Mapping[str, Any]] = {
            "channel": dict(Channel.choices),
            "status": dict(ConversationStatus.choices),
            "is_ticket": _yes_or_no(),
            "snoozed": _yes_or_no(),
            "customer_id": {},
        }
        labels = {
            "search": _("Customer"),
            "status": _("Status"),
            "channel": _("Channel"),
            "is_ticket": _("Ticket"),
            "snoozed": _("Snoozed"),
        }
        found = self.state.chips(labels, words)
        if self.conditions.customer_id:
            found.append(Chip(_("One customer"), "", self.state.without("customer_id")))
        return found

    @property
    def channels(self) -> list[tuple[str, Any, bool]]:
        return [
            (value, label, self.query.get("channel") == value) for value, label in Channel.choices
        ]

    @property
    def statuses(self) -> list[tuple[str, Any, bool]]:
        chosen = self.query.get("status")
        return [(value, label, chosen == value) for value, label in ConversationStatus.choices]

    @property
    def before(self) -> str:
        return self.state.url(page=self.rows.number - 1) if self.rows.number > 1 else ""

    @property
    def after(self) -> str:
        return (
            self.state.url(page=self.rows.number + 1) if self.rows.number < self.rows.pages else ""
        )


class Conversations(Page):
    """The list by itself."""

    template = "interactions/conversations.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show({"desk": Desk(request, self.actor)})


def _yes_or_no() -> dict[str, str]:
    return {"true": _("Yes"), "false": _("No")}


def _named(row: dict[str, Any]) -> str:
    prefix = "customer__"
    return Customer(
        **{
            name.removeprefix(prefix): value
            for name, value in row.items()
            if name.startswith(prefix)
        }
    ).display_name

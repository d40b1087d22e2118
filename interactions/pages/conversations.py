"""Conversations: the list, a thread beside it, and what is done to a thread."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from core.filters import BooleanFilter
from core.ids import parse_id
from core.paging import ResultPage
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.filters import SearchFilter
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment, safe_next
from core.ui.lists import Chip, ListState
from core.ui.views import FormPage, Page
from customers.choices import HealthBand, Status
from customers.models import Customer
from customers.selectors.consents import ConsentState, consent_states
from customers.selectors.customers import customer, tags_of
from interactions.choices import Channel, ConversationStatus, Direction
from interactions.filters import ConversationConditions, ConversationFilterSet
from interactions.models import Conversation, Message, ReplyTemplate
from interactions.replies import fill_reply
from interactions.selectors import (
    LATEST_FIRST,
    conversation,
    conversations,
    is_connected,
    latest_messages,
    messages_after,
    messages_before,
    reply_templates,
    silence,
)
from interactions.services import add_message, open_conversation, update_conversation

IN_LIST = 25
IN_THREAD = 50

SILENCE: Mapping[str, Any] = {
    "blocked": gettext_lazy(
        "This customer is blocked, so nothing can be sent. You can still note what they write."
    ),
    "withdrawn": gettext_lazy(
        "This customer doesn't want messages on this channel, so nothing can be sent. "
        "You can still note what they write."
    ),
}
"""Why a customer gets no message."""


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
        return said_last and self.conversation["status"] == ConversationStatus.OPEN

    @property
    def at(self) -> dt.datetime:
        moment: dt.datetime = self.conversation["last_message_at"] or self.conversation["opened_at"]
        return moment

    @property
    def channel(self) -> Channel:
        return Channel(self.conversation["channel"])


class ConversationListFilterSet(ConversationFilterSet):
    waiting = BooleanFilter()
    search = SearchFilter()


class Desk:
    """The list as its address says; `current` is the conversation that stands beside it."""

    def __init__(
        self, request: HttpRequest, actor: Actor, current: Conversation | None = None
    ) -> None:
        self.actor, self.current = actor, current
        self.state = ListState(request, size=IN_LIST)
        self.state.path = reverse("interactions:conversations")
        self.query = QueryDict(mutable=True)
        for name in (*ConversationListFilterSet.base_filters, "page"):
            if request.GET.get(name):
                self.query[name] = request.GET[name]
        self.state.query = self.query  # type: ignore[assignment]

    @cached_property
    def conditions(self) -> ConversationConditions:
        return ConversationListFilterSet(self.query).valid_conditions

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
        status, waiting = self.query.get("status", ""), self.query.get("waiting", "")
        every = pgettext("conversations", "All")
        chosen = [
            ("", "", every),
            ("open", "", ConversationStatus.OPEN.label),
            ("", "true", _("Waiting for us")),
            ("resolved", "", ConversationStatus.RESOLVED.label),
        ]
        return [
            {
                "label": label,
                "url": self.state.url(status=one, waiting=two),
                "current": (one, two) == (status, waiting),
            }
            for one, two, label in chosen
        ]

    @property
    def chips(self) -> list[Chip]:
        words: dict[str, Mapping[str, Any]] = {
            "channel": dict(Channel.choices),
            "is_ticket": {"true": _("Yes"), "false": _("No")},
            "customer_id": {},
        }
        labels = {"channel": _("Channel"), "is_ticket": _("Ticket"), "search": _("Customer")}
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


def _directions(*offered: tuple[Direction, Any]) -> forms.ChoiceField:
    choices = [(direction.value, label) for direction, label in offered]
    return forms.ChoiceField(
        label=gettext_lazy("Who writes"),
        widget=forms.RadioSelect,
        initial=choices[0][0],
        choices=choices,
    )


THEIRS = (Direction.INBOUND, gettext_lazy("Log their reply"))


class NoteForm(ServiceForm):
    """What the customer wrote."""

    model = Message

    direction = _directions(THEIRS)
    body = forms.CharField(
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2, "data-sends": ""}),
        strip=True,
    )


class MessageForm(NoteForm):
    """What was said by either."""

    direction = _directions((Direction.OUTBOUND, gettext_lazy("Write to them")), THEIRS)


class Thread(FormPage):
    """
    A conversation, with the list before it and the customer beside it; its form adds a message.
    """

    template = "interactions/conversation.html"
    fragment = "interactions/messages.html"
    success_message = ""

    @cached_property
    def thread(self) -> Conversation:
        return conversation(actor=self.actor, conversation_id=self.kwargs["conversation_id"])

    @cached_property
    def silent(self) -> str:
        return silence(customer=self.thread.customer, channel=self.thread.channel)

    @property
    def form_class(self) -> type[ServiceForm]:  # type: ignore[override]
        return NoteForm if self.silent else MessageForm

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if is_fragment(request):
            return self._part(request)
        return super().get(request, **kwargs)

    def initial(self) -> dict[str, Any]:
        """The saved reply that was chosen, filled for the customer."""
        key = parse_id(self._asked("reply"))
        chosen = self.replies.filter(pk=key).first() if key else None
        if chosen is None:
            return {}
        customer = self.thread.customer
        return {"body": fill_reply(actor=self.actor, text=chosen.text, customer=customer)}

    @cached_property
    def replies(self) -> "QuerySet[ReplyTemplate]":
        return reply_templates(actor=self.actor).filter(is_active=True)

    def write(self, values: dict[str, Any]) -> str:
        add_message(actor=self.actor, conversation_id=self.thread.pk, values=values)
        return f"{self.request.path}{Desk(self.request, self.actor).tail}#end"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.actor.require(Permission.LOG)
        return super().post(request, **kwargs)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        before = parse_id(self._asked("before"))
        shown = messages_before(
            actor=self.actor, conversation_id=self.thread.pk, message_id=before, most=IN_THREAD
        )
        return {
            "thread": self.thread,
            "desk": Desk(self.request, self.actor, self.thread),
            "rail": Rail(self.thread.customer),
            "consent": self._consent(),
            "silence": SILENCE.get(self.silent, ""),
            "replies": [] if self.silent else self.replies.values_list("pk", "name"),
            "connected": is_connected(actor=self.actor, channel=self.thread.channel),
            "channel": Channel(self.thread.channel),
            "subject_form": SubjectForm(actor=self.actor, row=self.thread),
            **said(shown, self.thread, more=len(shown) == IN_THREAD),
            "past": before is not None,
        }

    def _consent(self) -> ConsentState | None:
        """How the customer stands to the thread's channel, where one can stand to it."""
        states = consent_states(actor=self.actor, customer=self.thread.customer)
        about = (state for state in states.values() if state.channel == self.thread.channel)
        return next(about, None)

    def _part(self, request: HttpRequest) -> HttpResponse:
        """Earlier messages (`before`), or those since (`after`): 204 while there are none."""
        thread, before = self.thread, parse_id(self._asked("before"))
        if before:
            shown = messages_before(
                actor=self.actor, conversation_id=thread.pk, message_id=before, most=IN_THREAD
            )
            return self.show(
                {
                    "thread": thread,
                    **said(shown, thread, more=len(shown) == IN_THREAD),
                    "earlier": True,
                }
            )
        last = parse_id(self._asked("after"))
        since = messages_after(actor=self.actor, conversation_id=thread.pk, message_id=last)
        if not since:
            return HttpResponse(status=204)
        return self.show({"thread": thread, **said(since, thread, more=False), "newer": True})

    def _asked(self, name: str) -> str:
        return str(self.request.GET.get(name, ""))


@dataclass(frozen=True, slots=True)
class Rail:
    """Who one is talking to."""

    customer: Customer

    @property
    def status(self) -> Status:
        return Status(self.customer.status)

    @property
    def health(self) -> HealthBand:
        return HealthBand.of(self.customer.health_score)

    @property
    def tags(self) -> list[str]:
        return tags_of([self.customer.pk])[self.customer.pk]


def said(shown: list[Message], thread: Conversation, *, more: bool) -> dict[str, Any]:
    """
    What the template of messages needs: their days, what earlier ones begin before, what is polled
    for after.
    """
    return {
        "days": list(by_day(shown)),
        "earliest": shown[0].pk if more else "",
        "latest": shown[-1].pk if shown else "",
        "name": thread.customer.display_name,
    }


def by_day(shown: Iterable[Message]) -> Iterator[tuple[dt.date, list[Message]]]:
    """The messages by the organization's days."""
    for day, found in groupby(shown, key=lambda message: timezone.localdate(message.sent_at)):
        yield day, list(found)


class Mark(Page):
    """
    One tap: resolves, reopens, makes a ticket or none; `back` is the name of the page that undoes
    it.
    """

    permission = Permission.LOG
    values: ClassVar[dict[str, Any]] = {}
    done: ClassVar[Any] = ""
    back: ClassVar[str] = ""

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        update_conversation(actor=self.actor, conversation_id=conversation_id, values=self.values)
        address = safe_next(request, request.POST.get("next", "")) or reverse(
            "interactions:conversation", args=[conversation_id]
        )
        return self.go(address, str(self.done), undo=reverse(self.back, args=[conversation_id]))


class SubjectForm(ServiceForm):
    model = Conversation

    subject = forms.CharField(max_length=150, required=False)


class Subject(FormPage):
    """What a conversation is about."""

    permission = Permission.LOG
    template = "interactions/subject.html"
    form_class = SubjectForm
    success_message = gettext_lazy("The subject is changed.")

    def row(self) -> Any:
        return conversation(actor=self.actor, conversation_id=self.kwargs["conversation_id"])

    def write(self, values: dict[str, Any]) -> str:
        key = self.kwargs["conversation_id"]
        update_conversation(actor=self.actor, conversation_id=key, values=values)
        return reverse("interactions:conversation", args=[key])

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"thread": form.row}


class ConversationForm(ServiceForm):
    model = Conversation

    channel = forms.ChoiceField(widget=forms.RadioSelect, choices=Channel.choices)
    subject = SubjectForm.base_fields["subject"]
    is_ticket = forms.BooleanField(label=gettext_lazy("This is a ticket"), required=False)


class NewConversation(FormPage):
    """Opens a thread with a customer; the first message follows in it."""

    permission = Permission.LOG
    template = "interactions/conversation_new.html"
    form_class = ConversationForm

    @cached_property
    def customer(self) -> Customer:
        return customer(actor=self.actor, customer_id=self.kwargs["customer_id"])

    def write(self, values: dict[str, Any]) -> str:
        opened = open_conversation(
            actor=self.actor, values={**values, "customer": self.customer.pk}
        )
        return reverse("interactions:conversation", args=[opened.pk])

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {"customer": self.customer}


def _named(row: dict[str, Any]) -> str:
    prefix = "customer__"
    return Customer(
        **{
            name.removeprefix(prefix): value
            for name, value in row.items()
            if name.startswith(prefix)
        }
    ).display_name

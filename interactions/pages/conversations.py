"""Conversations: the list, a thread beside it, and what is done to a thread."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.clock import now
from core.errors import Invalid, NotFound
from core.ids import parse_id
from core.paging import ResultPage
from core.tenancy.actor import Actor
from core.tenancy.policy import Permission
from core.ui.fields import MomentField
from core.ui.filters import SearchFilter
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment, safe_next
from core.ui.lists import Chip, ListState
from core.ui.views import FormPage, Page
from customers.choices import HealthBand, Status
from customers.filters import SEARCHED, CustomerConditions
from customers.models import Customer
from customers.selectors.consents import ConsentState, consent_states
from customers.selectors.customers import customer, customers, tags_of
from customers.selectors.owners import owners
from interactions.choices import Channel, ConversationStatus, Direction, ScheduledStatus
from interactions.filters import ConversationConditions, ConversationFilterSet
from interactions.joining import join_conversations
from interactions.models import Conversation, ConversationNote, Message, ReplyTemplate
from interactions.notes import add_note, delete_note
from interactions.replies import fill_reply
from interactions.scheduling import cancel_scheduled_message, schedule_message
from interactions.selectors import (
    LATEST_FIRST,
    conversation,
    conversation_counts,
    conversation_notes,
    conversations,
    is_connected,
    joined_conversations,
    latest_messages,
    messages,
    messages_after,
    messages_before,
    recent_conversations,
    reply_templates,
    scheduled_messages,
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


def _directions(*offered: tuple[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Who writes"),
        widget=forms.RadioSelect,
        initial=offered[0][0],
        choices=offered,
    )


NOTE = "note"
"""What is written to colleagues stands among the directions."""

OURS = (Direction.OUTBOUND.value, gettext_lazy("Write to them"))
THEIRS = (Direction.INBOUND.value, gettext_lazy("Log their reply"))
PRIVATE = (NOTE, gettext_lazy("Private note"))


class NoteForm(ServiceForm):
    """What the customer wrote, or colleagues should know."""

    model = Message

    direction = _directions(THEIRS, PRIVATE)
    body = forms.CharField(
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2, "data-sends": ""}),
        strip=True,
    )


class MessageForm(NoteForm):
    """And what is written to the customer, now or at a later moment."""

    direction = _directions(OURS, THEIRS, PRIVATE)
    send_at = MomentField(label=gettext_lazy("Send at"), required=False)


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
        try:
            self.thread  # noqa: B018
        except NotFound:
            key = str(kwargs["conversation_id"])
            into = joined_conversations(actor=self.actor, texts=[key]).get(key)
            if into is None:
                raise
            return redirect("interactions:conversation", into)
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
        moment = values.pop("send_at", None)
        if values["direction"] == NOTE:
            del values["direction"]
            add_note(actor=self.actor, conversation_id=self.thread.pk, values=values)
        elif moment is not None and values["direction"] == Direction.OUTBOUND:
            del values["direction"]
            planned = schedule_message(
                actor=self.actor,
                conversation_id=self.thread.pk,
                values={**values, "send_at": moment},
            )
            self.planned_at = planned.send_at
        else:
            add_message(actor=self.actor, conversation_id=self.thread.pk, values=values)
        return f"{self.request.path}{Desk(self.request, self.actor).tail}#end"

    planned_at: dt.datetime | None = None

    def get_success_message(self) -> str:
        """Of what is sent later, when."""
        if self.planned_at is None:
            return ""
        at = date_format(timezone.localtime(self.planned_at), "DATETIME_FORMAT")
        return _("It will be sent on %(at)s.") % {"at": at}

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
            "people": owners(actor=self.actor).filter(is_active=True),
            "snoozes": [(snooze.value, snooze.label) for snooze in Snooze],
            "snoozed": self.thread.snoozed_until is not None and self.thread.snoozed_until > now(),
            "scheduled": scheduled_messages(actor=self.actor, conversation_id=self.thread.pk)
            .filter(status__in=[ScheduledStatus.WAITING, ScheduledStatus.REFUSED])
            .select_related("written_by")
            .order_by("send_at"),
            **self._said(shown),
            "past": before is not None,
        }

    def _said(self, shown: list[Message]) -> dict[str, Any]:
        """The messages with the notes that were written among them."""
        more = len(shown) == IN_THREAD
        notes = conversation_notes(actor=self.actor, conversation_id=self.thread.pk)
        if more:
            notes = notes.filter(created_at__gte=shown[0].sent_at)
        before = parse_id(self._asked("before"))
        if before:
            edge = messages(actor=self.actor, conversation_id=self.thread.pk).filter(pk=before)
            notes = notes.filter(created_at__lt=Subquery(edge.values("sent_at")[:1]))
        among = list(notes.select_related("written_by").order_by("created_at", "pk"))
        return said(shown, self.thread, more=more, notes=among)

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
                    **self._said(shown),
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


def said(
    shown: list[Message],
    thread: Conversation,
    *,
    more: bool,
    notes: Sequence[ConversationNote] = (),
) -> dict[str, Any]:
    """
    What the template of messages needs: their days, with the notes among them, what earlier ones
    begin before, what is polled for after.
    """
    return {
        "days": list(by_day([*shown, *notes])),
        "earliest": shown[0].pk if more else "",
        "latest": shown[-1].pk if shown else "",
        "name": thread.customer.display_name,
    }


def by_day(
    shown: Iterable[Message | ConversationNote],
) -> Iterator[tuple[dt.date, list[Message | ConversationNote]]]:
    """What was said and noted, by the organization's days."""
    in_order = sorted(shown, key=_moment)
    for day, found in groupby(in_order, key=lambda row: timezone.localdate(_moment(row))):
        yield day, list(found)


def _moment(row: Message | ConversationNote) -> dt.datetime:
    return row.sent_at if isinstance(row, Message) else row.created_at


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


class Snooze(models.TextChoices):
    """How long a conversation may be out of the way."""

    HOUR = "hour", gettext_lazy("For an hour")
    TOMORROW = "tomorrow", gettext_lazy("Until tomorrow, 8:00")
    MONDAY = "monday", gettext_lazy("Until Monday, 8:00")
    MONTH = "month", gettext_lazy("For 30 days")

    def until(self) -> dt.datetime:
        """The moment, by the organization's clock."""
        present = timezone.localtime()
        morning = present.replace(hour=8, minute=0, second=0, microsecond=0)
        match self:
            case Snooze.HOUR:
                return now() + dt.timedelta(hours=1)
            case Snooze.TOMORROW:
                return morning + dt.timedelta(days=1)
            case Snooze.MONDAY:
                return morning + dt.timedelta(days=7 - present.weekday())
            case Snooze.MONTH:
                return morning + dt.timedelta(days=30)


class ChangeThread(Page):
    """One change of a conversation that a menu or a select of its page makes."""

    permission = Permission.LOG

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        values, done = self.change(request)
        update_conversation(actor=self.actor, conversation_id=conversation_id, values=values)
        address = safe_next(request, request.POST.get("next", "")) or reverse(
            "interactions:conversation", args=[conversation_id]
        )
        return self.go(address, done)

    def change(self, request: HttpRequest) -> tuple[dict[str, Any], str]:
        """What is set, and what the toast says. Raises Invalid."""
        raise NotImplementedError


class Assign(ChangeThread):
    def change(self, request: HttpRequest) -> tuple[dict[str, Any], str]:
        person = request.POST.get("assigned_to") or None
        done = _("The conversation is assigned.") if person else _("It is nobody's any more.")
        return {"assigned_to": person}, done


class SnoozeThread(ChangeThread):
    """Until a moment that is typed or called; by neither it comes back at once."""

    template = "interactions/snooze.html"

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        return self.show(
            {"thread": conversation(actor=self.actor, conversation_id=conversation_id)}
        )

    def change(self, request: HttpRequest) -> tuple[dict[str, Any], str]:
        called, typed = request.POST.get("for", ""), request.POST.get("until", "")
        until: Any = None
        if called in Snooze.values:
            until = Snooze(called).until()
        elif typed:
            try:
                until = MomentField().clean(typed)
            except ValidationError as error:
                raise Invalid.one("snoozed_until", "invalid_date", "Enter a date.") from error
        if until is None:
            return {"snoozed_until": None}, _("The conversation is back.")
        at = date_format(timezone.localtime(until), "DATETIME_FORMAT")
        return {"snoozed_until": until}, _("It comes back on %(at)s, or when they write.") % {
            "at": at
        }


class CancelScheduled(Page):
    permission = Permission.LOG

    def post(self, request: HttpRequest, conversation_id: UUID, key: UUID) -> HttpResponse:
        cancel_scheduled_message(
            actor=self.actor, conversation_id=conversation_id, scheduled_id=key
        )
        address = reverse("interactions:conversation", args=[conversation_id])
        return self.go(f"{address}#end", _("The message will not be sent."))


class DeleteNote(Page):
    permission = Permission.LOG

    def post(self, request: HttpRequest, conversation_id: UUID, key: UUID) -> HttpResponse:
        delete_note(actor=self.actor, conversation_id=conversation_id, note_id=key)
        address = reverse("interactions:conversation", args=[conversation_id])
        return self.go(address, _("The note is deleted."))


class FilledReply(Page):
    """A saved reply, filled for the conversation's customer, as plain text."""

    def get(self, request: HttpRequest, conversation_id: UUID, key: UUID) -> HttpResponse:
        thread = conversation(actor=self.actor, conversation_id=conversation_id)
        reply = reply_templates(actor=self.actor).filter(pk=key, is_active=True).first()
        if reply is None:
            raise NotFound("Saved reply", key)
        text = fill_reply(actor=self.actor, text=reply.text, customer=thread.customer)
        return HttpResponse(text, content_type="text/plain; charset=utf-8")


class Join(Page):
    """Which of the customer's other conversations on the channel belongs to this one."""

    permission = Permission.LOG
    template = "interactions/join.html"

    def get(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        thread = conversation(actor=self.actor, conversation_id=conversation_id)
        same = recent_conversations(actor=self.actor, customer_id=thread.customer_id).filter(
            channel=thread.channel
        )
        others = same.exclude(pk=thread.pk)[:IN_LIST]
        latest = latest_messages(actor=self.actor, conversation_ids=[row.pk for row in others])
        return self.show(
            {"thread": thread, "others": [(row, latest.get(row.pk)) for row in others]}
        )

    def post(self, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
        other = parse_id(request.POST.get("other", ""))
        if other is None:
            raise Invalid.one("other", "required", "Choose a conversation.")
        join_conversations(actor=self.actor, conversation_id=conversation_id, other_id=other)
        address = reverse("interactions:conversation", args=[conversation_id])
        return self.go(address, _("The two conversations are one."))


class WhoWith(Page):
    """Whom a new conversation is begun with."""

    permission = Permission.LOG
    template = "interactions/who_with.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        search = request.GET.get("search", "").strip()[:SEARCHED]
        found: list[Customer] = []
        if search:
            rows = customers(actor=self.actor, conditions=CustomerConditions(search=search))
            found = list(rows.order_by("-pk")[:IN_LIST])
        return self.show({"search": search, "found": found})


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

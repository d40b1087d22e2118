"""A conversation: its messages and notes, and the form that adds to them."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from core.errors import NotFound
from core.ids import parse_id
from core.tenancy.policy import Permission
from core.ui.fields import MomentField
from core.ui.forms import ServiceForm
from core.ui.gate import is_fragment
from core.ui.views import FormPage, Page
from customers.choices import HealthBand, Status
from customers.models import Customer
from customers.pages.reach import unreachable
from customers.selectors.consents import ConsentState, consent_states
from customers.selectors.customers import tags_of
from customers.selectors.owners import owners
from interactions.choices import Channel, Direction, ScheduledStatus
from interactions.models import Conversation, ConversationNote, Message, ReplyTemplate
from interactions.notes import add_note
from interactions.pages.conversation_list import Desk
from interactions.pages.thread_changes import Snooze, SubjectForm
from interactions.replies import fill_reply
from interactions.scheduling import schedule_message
from interactions.selectors import (
    conversation,
    conversation_notes,
    is_connected,
    joined_conversations,
    messages,
    messages_after,
    messages_before,
    reply_templates,
    scheduled_messages,
    silence,
)
from interactions.services import add_message

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
            "unreachable": unreachable(self.thread.customer),
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
        return thread_context(shown, self.thread, more=more, notes=among)

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
        return self.show(
            {"thread": thread, **thread_context(since, thread, more=False), "newer": True}
        )

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


def thread_context(
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


class FilledReply(Page):
    """A saved reply, filled for the conversation's customer, as plain text."""

    def get(self, request: HttpRequest, conversation_id: UUID, key: UUID) -> HttpResponse:
        thread = conversation(actor=self.actor, conversation_id=conversation_id)
        reply = reply_templates(actor=self.actor).filter(pk=key, is_active=True).first()
        if reply is None:
            raise NotFound("Saved reply", key)
        text = fill_reply(actor=self.actor, text=reply.text, customer=thread.customer)
        return HttpResponse(text, content_type="text/plain; charset=utf-8")

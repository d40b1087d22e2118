"""What is done to a conversation: marking, assigning, snoozing, naming, joining, taking back."""

import datetime as dt
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from core.errors import Invalid
from core.ids import parse_id
from core.tenancy.policy import Permission
from core.ui.fields import MomentField
from core.ui.forms import ServiceForm
from core.ui.gate import safe_next
from core.ui.views import FormPage, Page
from interactions.joining import join_conversations
from interactions.models import Conversation
from interactions.notes import delete_note
from interactions.pages.conversation_list import IN_LIST
from interactions.scheduling import cancel_scheduled_message
from interactions.selectors import (
    conversation,
    latest_messages,
    recent_conversations,
)
from interactions.services import update_conversation


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
        done = (
            _("The conversation is assigned.") if person else _("The conversation is unassigned.")
        )
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

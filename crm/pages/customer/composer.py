"""
The composer above the timeline: a note, a call, a message or a follow-up, from one line; what needs
more has its own page.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.tenancy.actor import Actor
from core.ui.fields import DayField
from core.ui.forms import ServiceForm
from customers.models import Customer
from interactions.choices import Channel, InteractionType
from interactions.follow_ups import create_follow_up
from interactions.models import FollowUp
from interactions.pages.follow_ups import TOMORROW, OwnerField
from interactions.selectors import outcomes
from interactions.services import log_interaction, write_to_customer


class Composed(models.TextChoices):
    """What can be written in the composer."""

    NOTE = "note", gettext_lazy("Note")
    CALL = "call", gettext_lazy("Call")
    MESSAGE = "message", gettext_lazy("Message")
    FOLLOW_UP = "follow_up", gettext_lazy("Follow-up")


class ComposerForm(ServiceForm):
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=Composed.choices, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=gettext_lazy("What happened, or is to be done"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 1, "data-sends": "", "class": "quick-log-text"}),
    )
    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), required=False)
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), choices=Channel.choices, required=False
    )
    due_date = DayField(label=gettext_lazy("Due"), required=False)
    owner = OwnerField(label=gettext_lazy("For"))

    def arrange(self) -> None:
        offered = [("", _("Outcome")), *outcomes(actor=self.actor)]
        self.fields["outcome"].choices = offered  # type: ignore[attr-defined]
        owner: Any = self.fields["owner"]
        owner.offer(self.actor)
        self.fields["text"].widget.attrs["placeholder"] = _("Write a note, log a call …")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        kind = values.get("kind")
        if kind != Composed.CALL and not values.get("text", "").strip() and not self.errors:
            self.add_error("text", _("Write something first."))
        if kind == Composed.FOLLOW_UP and not values.get("due_date") and not self.errors:
            self.add_error("due_date", _("On which day?"))
        return values


def composer_form(actor: Actor, customer: Customer) -> ComposerForm:
    """The form as it first stands above the timeline."""
    channel = Channel.SMS if customer.phone else Channel.EMAIL
    preferred = customer.preferred_contact_method
    form = ComposerForm(
        actor=actor,
        initial={
            "kind": Composed.NOTE,
            "channel": preferred if preferred in Channel.values else channel,
            "due_date": timezone.localdate() + TOMORROW,
            "owner": actor.user_id,
        },
    )
    form.auto_id = "composer_%s"
    return form


def _note(actor: Actor, customer: Customer, values: Mapping[str, Any]) -> None:
    told = {"customer": customer, "type": InteractionType.NOTE, "notes": values["text"]}
    log_interaction(actor=actor, values=told)


def _call(actor: Actor, customer: Customer, values: Mapping[str, Any]) -> None:
    log_interaction(
        actor=actor,
        values={
            "customer": customer,
            "type": InteractionType.PHONE_CALL,
            "notes": values["text"],
            "outcome": values["outcome"],
        },
    )


def _message(actor: Actor, customer: Customer, values: Mapping[str, Any]) -> None:
    write_to_customer(
        actor=actor, customer_id=customer.pk, channel=values["channel"], body=values["text"]
    )


def _follow_up(actor: Actor, customer: Customer, values: Mapping[str, Any]) -> None:
    """The first line is what to do; what is longer, or follows, stands in the notes."""
    first, _line, rest = values["text"].strip().partition("\n")
    most: Any = FollowUp._meta.get_field("reason").max_length
    notes = values["text"].strip() if len(first) > most else rest.strip()
    create_follow_up(
        actor=actor,
        values={
            "customer": customer,
            "reason": first[:most],
            "notes": notes,
            "due_date": values["due_date"],
            "owner": values["owner"],
        },
    )


WRITERS: Mapping[str, tuple[Callable[[Actor, Customer, Mapping[str, Any]], None], Any]] = {
    Composed.NOTE: (_note, gettext_lazy("The note is saved.")),
    Composed.CALL: (_call, gettext_lazy("The call is logged.")),
    Composed.MESSAGE: (_message, gettext_lazy("The message is written.")),
    Composed.FOLLOW_UP: (_follow_up, gettext_lazy("The follow-up is added.")),
}
"""What each kind calls, and what is said afterwards."""

COMPOSER_NAMES = {"notes": "text", "body": "text", "reason": "text"}
"""The domain's field → the form's."""

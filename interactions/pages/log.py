"""Logging a contact with a customer, correcting and deleting what was logged."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.tenancy.policy import Permission
from core.ui.fields import DayField, MomentField
from core.ui.forms import ServiceForm
from customers.pages.around import Deletion, FormOfCustomer
from interactions.choices import InteractionType, Outcome
from interactions.follow_ups import log_with_follow_up
from interactions.models import Interaction
from interactions.pages.follow_ups import OwnerField
from interactions.selectors import interaction, interaction_types, outcomes
from interactions.services import delete_interaction, update_interaction


class LogForm(ServiceForm):
    model = Interaction

    type = forms.ChoiceField(label=_("What it was"), widget=forms.RadioSelect)
    notes = forms.CharField(
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True}),
    )
    outcome = forms.ChoiceField(required=False, widget=forms.RadioSelect)
    occurred_at = MomentField()
    wide: tuple[str, ...] = ("type", "notes", "outcome")
    pills = ("type", "outcome")

    def arrange(self) -> None:
        offered = {
            "type": interaction_types(actor=self.actor),
            "outcome": [("", _("None")), *outcomes(actor=self.actor)],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]


class NewLogForm(LogForm):
    """What was said, and what is to follow from it: without a day, nothing."""

    due_date = DayField(label=_("Follow up on"), required=False)
    owner = OwnerField(label=_("By"))
    reason = forms.CharField(
        label=_("What to do then"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": 150}),
    )
    contact = ("type", "notes", "outcome", "occurred_at")
    """The fields of what was said."""
    wide = (*contact, "reason")

    def arrange(self) -> None:
        super().arrange()
        owner: Any = self.fields["owner"]
        owner.offer(self.actor)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("reason") and not values.get("due_date") and "due_date" not in self.errors:
            self.add_error("due_date", gettext("On which day?"))
        return values

    def follow_up(self) -> dict[str, Any] | None:
        """The values of the follow-up that is to be; None without one."""
        names = ("due_date", "owner", "reason")
        values = {name: self.cleaned_data[name] for name in names}
        if values["due_date"] is None:
            return None
        return {**values, "reason": values["reason"] or gettext("Follow up")}

    def values(self) -> dict[str, Any]:
        """Of the contact alone."""
        return {name: value for name, value in super().values().items() if name in self.contact}


class Log(FormOfCustomer):
    needed = Permission.LOG
    form_class = NewLogForm
    title = _("Log an interaction")
    submit = pgettext_lazy("verb", "Log")
    success_message = _("It is logged.")

    def initial(self) -> dict[str, Any]:
        return {
            "type": InteractionType.PHONE_CALL,
            "outcome": "",
            "occurred_at": now(),
            "owner": self.actor.user_id,
            **super().initial(),
        }

    def _write(self, form: Any) -> str:
        self.watch(self.customer)
        log_with_follow_up(
            actor=self.actor,
            values={**form.values(), "customer": self.customer},
            follow_up=form.follow_up(),
        )
        return self.back


class Logged(FormOfCustomer):
    """One logged contact, and its correction."""

    needed = Permission.UPDATE_CUSTOMERS
    shows = True
    template = "interactions/logged.html"
    form_class = LogForm
    success_message = _("The interaction is saved.")

    def row(self) -> Interaction:
        self.interaction = interaction(
            actor=self.actor, interaction_id=self.kwargs["interaction_id"]
        )
        self.customer = self.interaction.customer
        return self.interaction

    @property
    def heading(self) -> str:
        return str(InteractionType(self.interaction.type).label)

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {
            "interaction": self.interaction,
            "outcome": str(Outcome(self.interaction.outcome).label)
            if self.interaction.outcome
            else "",
        }

    def write(self, values: dict[str, Any]) -> str:
        update_interaction(
            actor=self.actor, interaction_id=self.kwargs["interaction_id"], values=values
        )
        return self.back


class DeleteLogged(Deletion):
    permission = Permission.UPDATE_CUSTOMERS
    title = _("Delete the interaction?")
    consequence = _("It leaves the customer's history and figures.")
    success_message = _("The interaction is deleted.")

    def row(self) -> Interaction:
        return interaction(actor=self.actor, interaction_id=self.kwargs["interaction_id"])

    def named(self, row: Any) -> str:
        when = date_format(localtime(row.occurred_at), "DATETIME_FORMAT")
        return f"{InteractionType(row.type).label} · {when}"

    def back(self, row: Any) -> str:
        return reverse("interactions:interaction", args=[row.pk])

    def delete(self) -> None:
        delete_interaction(actor=self.actor, interaction_id=self.kwargs["interaction_id"])

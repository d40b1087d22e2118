"""Logging a contact with a customer, correcting and deleting what was logged."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.clock import now
from core.tenancy.policy import Permission
from core.ui.fields import MomentField
from core.ui.forms import ServiceForm
from customers.pages.around import Deletion, FormOfCustomer
from interactions.choices import InteractionType, Outcome
from interactions.models import Interaction
from interactions.selectors import interaction, interaction_types, outcomes
from interactions.services import delete_interaction, log_interaction, update_interaction


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
    wide = ("type", "notes", "outcome")
    pills = ("type", "outcome")

    def arrange(self) -> None:
        offered = {
            "type": interaction_types(actor=self.actor),
            "outcome": [("", _("None")), *outcomes(actor=self.actor)],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]


class Log(FormOfCustomer):
    needed = Permission.LOG
    form_class = LogForm
    title = _("Log an interaction")
    submit = pgettext_lazy("verb", "Log")
    success_message = _("It is logged.")

    def initial(self) -> dict[str, Any]:
        return {
            "type": InteractionType.PHONE_CALL,
            "outcome": "",
            "occurred_at": now(),
            **super().initial(),
        }

    def write(self, values: dict[str, Any]) -> str:
        log_interaction(actor=self.actor, values={**values, "customer": self.customer})
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

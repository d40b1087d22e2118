"""Payments, consents and loyalty points of a customer."""

from typing import Any, cast

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from core.tenancy.policy import Permission
from core.ui.audit_labels import door_name
from core.ui.fields import MomentField, MoneyField, WholeField
from core.ui.formatting import count
from core.ui.forms import OWN, ServiceForm
from core.ui.gate import safe_next
from customers.choices import (
    CONSENT_FIELDS,
    ConsentAnswer,
    ConsentChannel,
    ConsentMethod,
    TransactionStatus,
)
from customers.filters import ProjectConditions
from customers.models import Consent, Customer, LoyaltyEntry, Project, Transaction
from customers.pages.around import FormOfCustomer
from customers.selectors.consents import (
    ConsentState,
    consent_states,
    consents,
    current_versions,
)
from customers.selectors.customers import customer
from customers.selectors.loyalty import loyalty_entries
from customers.selectors.work import projects, transaction
from customers.services.loyalty import adjust_loyalty
from customers.services.management import change_consents
from customers.services.work import create_transaction, update_transaction

LATEST = 10
"""How many entries of a ledger stand under its form."""


# Payments


class ProjectField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of a customer's projects, which `offer_projects` offers."""

    def __init__(self, **options: Any) -> None:
        none = Project.objects.unscoped().none()
        super().__init__(none, required=False, empty_label=gettext_lazy("None"), **options)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.get_status_display()}"


def offer_projects(form: ServiceForm, customer: Customer | None) -> None:
    """The newest first; without any, the form has no such field."""
    of_customer = ProjectConditions(customer_id=customer.pk if customer else None)
    rows = projects(actor=form.actor, conditions=of_customer).order_by("-created_at", "-pk")
    if customer and rows.exists():
        form.fields["project"].queryset = rows  # type: ignore[attr-defined]
    else:
        del form.fields["project"]


class PaymentForm(ServiceForm):
    model = Transaction

    gross_amount = MoneyField(min_value=0, max_digits=15, decimal_places=3)
    currency_code = forms.CharField(
        min_length=3,
        max_length=3,
        help_text=gettext_lazy("Three letters, such as USD."),
        widget=forms.TextInput(
            attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    status = forms.ChoiceField(choices=TransactionStatus.choices)
    created_at = MomentField(required=False)
    project = ProjectField()
    description = forms.CharField(
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    wide = ("project", "description")

    def arrange(self) -> None:
        if self.row is None:
            self.fields["gross_amount"].widget.attrs["autofocus"] = True

    def clean_currency_code(self) -> str:
        return str(self.cleaned_data["currency_code"]).upper()

    def values(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in super().values().items()
            if name != "created_at" or value is not None
        }


class PaymentOfCustomer(FormOfCustomer):
    def get_form(self, *data: Any, **options: Any) -> ServiceForm:
        form = super().get_form(*data, **options)
        offer_projects(form, self.customer)
        return form


class NewPayment(PaymentOfCustomer):
    """Of the customer; whoever comes from a project or an appointment goes back there (`next`)."""

    needed = Permission.MANAGE_TRANSACTIONS
    form_class = PaymentForm
    title = gettext_lazy("Record a payment")
    submit = gettext_lazy("Record the payment")
    success_message = gettext_lazy("The payment is recorded.")

    def initial(self) -> dict[str, Any]:
        usual = {
            "currency_code": self.actor.organization.currency,
            "status": TransactionStatus.COMPLETED,
            "created_at": now(),
        }
        return {**usual, **super().initial()}

    @property
    def back(self) -> str:
        return safe_next(self.request, self.request.GET.get("next", "")) or super().back

    def write(self, values: dict[str, Any]) -> str:
        create_transaction(actor=self.actor, values={**values, "customer": self.customer})
        return self.back


class PaymentPage(PaymentOfCustomer):
    """One payment or refund, and its edit."""

    needed = Permission.MANAGE_TRANSACTIONS
    shows = True
    template = "customers/around/payment.html"
    form_class = PaymentForm
    title = gettext_lazy("Payment")
    success_message = gettext_lazy("The payment is saved.")

    def row(self) -> Transaction:
        row = transaction(actor=self.actor, transaction_id=self.kwargs["transaction_id"])
        self.customer = row.customer
        return row

    def context(self, form: ServiceForm) -> dict[str, Any]:
        row: Any = form.row
        return {
            "payment": row,
            "status": TransactionStatus(row.status),
        }

    def write(self, values: dict[str, Any]) -> str:
        update_transaction(
            actor=self.actor, transaction_id=self.kwargs["transaction_id"], values=values
        )
        return self.back


# Consents and loyalty points


def consent_label(row: Consent) -> str:
    """What is agreed to, and over which channel unless it is all of them."""
    purpose = str(row.get_purpose_display())
    every = row.channel == ConsentChannel.ALL
    return purpose if every else f"{purpose} · {row.get_channel_display()}"


def method_label(method: str) -> str:
    """How a consent was given: what a person said of it, else the door that it came through."""
    return str(ConsentMethod(method).label) if method in ConsentMethod else door_name(method)


SAID = {ConsentAnswer.GRANTED: True, ConsentAnswer.WITHDRAWN: False}
"""What the customer answered; other states are none."""


def answer_field(help_text: Any = "") -> forms.NullBooleanField:
    return forms.NullBooleanField(widget=forms.RadioSelect, help_text=help_text)


class ConsentForm(ServiceForm):
    """What the customer says to each channel: yes, no, or nothing so far."""

    model = Customer

    notify_email = answer_field()
    notify_sms = answer_field()
    notify_whatsapp = answer_field()
    notify_push = answer_field()
    marketing_consent = answer_field(gettext_lazy("Offers and news; apart from notifications."))
    method = forms.ChoiceField(
        label=gettext_lazy("How the customer said so"),
        choices=[("", gettext_lazy("Choose…")), *ConsentMethod.choices],
    )
    shown = forms.ChoiceField(
        label=gettext_lazy("Saved wording"),
        required=False,
        help_text=gettext_lazy("The one that the customer was shown."),
    )
    wording = forms.CharField(
        label=gettext_lazy("Another wording"),
        max_length=10_000,
        required=False,
        help_text=gettext_lazy(
            "What the customer was asked, or read and signed, as it stood there."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    proof = forms.CharField(
        label=gettext_lazy("Proof"),
        max_length=10_000,
        required=False,
        help_text=gettext_lazy("What shows it: where the form lies, an address, a name."),
    )
    wide = ("wording", "method", "shown", "proof")

    def arrange(self) -> None:
        fields: Any = self.fields
        for name, state in self._states.items():
            unsaid = [] if state.answer in SAID else [("", state.answer.label)]
            fields[name].widget.choices = [*unsaid, (True, _("Yes")), (False, _("No"))]
        if "shown" in fields:
            fields["shown"].choices = self._saved_wordings()

    def _values_of(self, row: Any) -> dict[str, Any]:
        answers = {name: SAID.get(state.answer) for name, state in self._states.items()}
        return super()._values_of(row) | answers

    @cached_property
    def _states(self) -> dict[str, ConsentState]:
        """How the customer stands to what the form offers."""
        states = consent_states(actor=self.actor, customer=cast("Customer", self.row))
        return {name: state for name, state in states.items() if name in self.fields}

    def _saved_wordings(self) -> list[tuple[str, Any]]:
        saved = current_versions(actor=self.actor).filter(wording__is_active=True)
        rows = saved.select_related("wording").order_by("wording__name", "wording__language")
        return [("", gettext_lazy("None")), *((str(row.pk), str(row.wording)) for row in rows)]

    @property
    def answers(self) -> list[forms.BoundField]:
        return [bound for bound in self.visible_fields() if bound.name in CONSENT_FIELDS]

    @property
    def evidence(self) -> list[forms.BoundField]:
        saved = [self["shown"]] if len(self.fields["shown"].choices) > 1 else []  # type: ignore[attr-defined]
        return [self["method"], *saved, self["wording"], self["proof"]]


def consent_form(name: str) -> type[ServiceForm]:
    """One of the consents with how the customer said so; what else proves it has its own page."""
    others = {*ConsentForm.base_fields} - {name, "method", *OWN}
    # a name set to None takes the field of that name away
    return type("OneConsentForm", (ConsentForm,), dict.fromkeys(others))


class Consents(FormOfCustomer):
    """What the customer agrees to, changed with how and by which words; the ledger beneath."""

    needed = Permission.EDIT_PREFERENCES
    template = "customers/around/consents.html"
    form_class = ConsentForm
    title = gettext_lazy("Consents")
    success_message = gettext_lazy("The consents are recorded.")

    def row(self) -> Customer:
        self.customer = customer(actor=self.actor, customer_id=self.kwargs["customer_id"])
        return self.customer

    def context(self, form: ServiceForm) -> dict[str, Any]:
        rows = consents(actor=self.actor, customer_id=self.kwargs["customer_id"])[:LATEST]
        return {
            "ledger": [
                {
                    "row": row,
                    "purpose": consent_label(row),
                    "method": method_label(row.method),
                }
                for row in rows
            ]
        }

    def write(self, values: dict[str, Any]) -> str:
        change_consents(
            actor=self.actor,
            customer_id=self.kwargs["customer_id"],
            values=values,
            if_version=self.version,
        )
        return self.back


class LoyaltyForm(ServiceForm):
    model = LoyaltyEntry

    way = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[("give", gettext_lazy("Give points")), ("take", gettext_lazy("Take points"))],
        widget=forms.RadioSelect,
    )
    points = WholeField(
        min_value=1,
        max_value=1_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autofocus": True}),
    )
    reason = forms.CharField(max_length=150)
    wide = ("way",)
    pills = ("way",)


class Loyalty(FormOfCustomer):
    """The customer's points: how many, giving and taking, and the latest movements."""

    needed = Permission.ADJUST_LOYALTY
    shows = True
    template = "customers/around/loyalty.html"
    form_class = LoyaltyForm
    title = gettext_lazy("Loyalty points")
    submit = gettext_lazy("Record")

    def initial(self) -> dict[str, Any]:
        return {"way": "give", **super().initial()}

    def context(self, form: ServiceForm) -> dict[str, Any]:
        return {
            "entries": loyalty_entries(actor=self.actor, customer_id=self.kwargs["customer_id"])[
                :LATEST
            ]
        }

    def write(self, values: dict[str, Any]) -> str:
        points = values["points"] if values["way"] == "give" else -values["points"]
        adjust_loyalty(
            actor=self.actor,
            customer_id=self.kwargs["customer_id"],
            values={"points": points, "reason": values["reason"]},
        )
        return self.back

    def get_success_message(self) -> str:
        row = customer(actor=self.actor, customer_id=self.kwargs["customer_id"])
        return _("The balance is now %(points)s points.") % {"points": count(row.loyalty_points)}
